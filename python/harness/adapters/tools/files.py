"""Files under a root: list, read and describe them. Nothing is written, and nothing outside is reached."""

from __future__ import annotations

import codecs
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from harness.adapters.tools.paths import Root, kind, refusal, status
from harness.adapters.tools.python import tool
from harness.domain.failures import ToolErrorKind
from harness.ports.tool import Tool

MAX_BYTES = 64 * 1024
"""How much of a file is read at once, where nothing else is said."""
MAX_ENTRIES = 1_000
"""How many entries of a folder are listed."""


def make_tools(root: str | Path = ".", *, max_bytes: int = MAX_BYTES) -> tuple[Tool, ...]:
    """Returns list_files, read_file and file_info, all of one root. They are plain functions, and so run in threads.

    Args:
        root: the folder that they can see.
        max_bytes: most bytes that one call of read_file returns.

    Raises:
        InputError: the root is no folder.
    """
    place = Root(root)

    @tool(idempotent=True, side_effects=False)
    def list_files(path: str = ".") -> dict[str, Any]:
        """List the files and folders in a folder, with the size of each file in bytes.

        Args:
            path: The folder, relative to the root, such as "docs"; "." is the root itself.
        """
        with place.open(path, directory=True) as (folder, _):
            names = sorted(os.listdir(folder))  # noqa: PTH208 - by descriptor
            entries = [_entry(folder, name) for name in names[:MAX_ENTRIES]]
        listing: dict[str, Any] = {"path": path, "entries": [entry for entry in entries if entry is not None]}
        if len(names) > MAX_ENTRIES:
            listing["note"] = f"the first {MAX_ENTRIES} of {len(names)} entries"
        return listing

    @tool(idempotent=True, side_effects=False)
    def read_file(path: str, offset: Annotated[int, Field(ge=0)] = 0) -> str:
        """Read a text file. A long one is cut; a note at the end says how to read on.

        Args:
            path: The file, relative to the root, such as "docs/notes.txt".
            offset: The byte to begin with.
        """
        with place.open(path) as (file, found):
            if offset > found.st_size:
                raise refusal(path, f"ends at byte {found.st_size}")
            data = _read(file, offset, max_bytes)
        if b"\0" in data:
            raise refusal(path, f"is a binary file of {found.st_size} bytes, not text", ToolErrorKind.FAILED)
        # A character cut in two at the end is left for the next call.
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        more = offset + len(data) < found.st_size
        text = decoder.decode(data, not more)
        end = offset + len(data) - len(decoder.getstate()[0])
        return f"{text}\n[cut: bytes {offset} to {end} of {found.st_size}; go on with offset={end}]" if more else text

    @tool(idempotent=True, side_effects=False)
    def file_info(path: str) -> dict[str, Any]:
        """Say what a file or folder is: its kind, its size in bytes and when it was last changed (UTC).

        Args:
            path: The file or folder, relative to the root.
        """
        with place.parent(path) as (folder, name):
            found = status(folder, name, path)
        changed = datetime.fromtimestamp(found.st_mtime, UTC).isoformat(timespec="seconds")
        return {"path": path, "kind": kind(found.st_mode), "size": found.st_size, "changed": changed}

    return (list_files, read_file, file_info)


def _entry(folder: int, name: str) -> dict[str, Any] | None:
    try:
        found = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except OSError:
        return None  # gone since it was listed
    shown = os.fsencode(name).decode("utf-8", "replace")
    what = kind(found.st_mode)
    return {"name": shown, "kind": what, "size": found.st_size} if what == "file" else {"name": shown, "kind": what}


def _read(file: int, offset: int, most: int) -> bytes:
    os.lseek(file, offset, os.SEEK_SET)
    pieces: list[bytes] = []
    while most > 0 and (piece := os.read(file, most)):
        pieces.append(piece)
        most -= len(piece)
    return b"".join(pieces)
