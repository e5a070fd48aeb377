"""Paths that a model names, read under one root and nowhere else."""

from __future__ import annotations

import os
import re
import stat
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote_to_bytes

from harness.domain.errors import InputError, ToolError
from harness.domain.failures import ToolErrorKind

_LONGEST = 4_096
_PERCENT = re.compile(r"%[0-9A-Fa-f]{2}|%u[0-9A-Fa-f]{4}")
_DRIVE = re.compile(r"[A-Za-z]:")
_LOOK_LIKE_SEPARATORS = "\u2044\u2215\u2216\u29f5\u29f8\u29f9\ufe68\uff0f\uff3c"
_LOOK_LIKE_DOTS = "\u2024\u2025\u2026\ufe52\uff0e\u3002\uff61"


class Root:
    """A folder, and what lies in it.

    Every path is first read as text, and refused where it, or what it stands for in any of the usual encodings, could
    lead elsewhere; then resolved, and refused where a symbolic link leads out; then opened from the root downwards,
    one component at a time and following no link, so that nothing can be exchanged between check and use.

    Raises:
        InputError: the folder is not there, or this platform cannot open files relative to a folder.
    """

    def __init__(self, folder: str | Path) -> None:
        if os.open not in os.supports_dir_fd or not hasattr(os, "O_NOFOLLOW"):
            raise InputError("the file tools need openat and O_NOFOLLOW, which this platform does not have")
        self._folder = os.path.realpath(folder)
        if not Path(self._folder).is_dir():
            raise InputError(f"the root of the file tools, {os.fspath(folder)!r}, is no folder", remedy="make it first")

    @property
    def folder(self) -> str:
        """The real path of the root."""
        return self._folder

    def components(self, path: str) -> list[str]:
        """Returns the names that lead from the root to `path`, links resolved; none for the root itself.

        Raises:
            ToolError: it leads out, or could.
        """
        names = check_path(path)
        real = os.path.realpath(os.path.join(self._folder, *names))  # noqa: PTH118 - names were checked one by one
        if real == self._folder:
            return []
        inside = self._folder.rstrip("/") + "/"
        if not real.startswith(inside):
            raise refusal(path, "leads out of the folder")
        return real[len(inside) :].split("/")

    @contextmanager
    def parent(self, path: str) -> Iterator[tuple[int, str]]:
        """Yields a descriptor of the folder that `path` lies in, and its name there (`.` for the root itself).

        Raises:
            ToolError: it leads out, could, or is not there.
        """
        names = self.components(path)
        folder = self._open(self._folder, None, path)
        try:
            for name in names[:-1]:
                inner = self._open(name, folder, path)
                os.close(folder)
                folder = inner
            yield folder, names[-1] if names else "."
        finally:
            os.close(folder)

    @contextmanager
    def open(self, path: str, *, directory: bool = False) -> Iterator[tuple[int, os.stat_result]]:
        """Yields a descriptor of a regular file, or of a folder, and what it is; nothing else is opened.

        Raises:
            ToolError: it leads out, could, is not there, or is something else.
        """
        with self.parent(path) as (folder, name):
            found = status(folder, name, path)
            _require(found, path, directory)  # before opening: to open a device or a pipe is to act on it
            flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
            try:
                descriptor = os.open(name, flags | (os.O_DIRECTORY if directory else 0), dir_fd=folder)
            except OSError as error:
                raise _unreadable(path, error) from None
        try:
            found = os.fstat(descriptor)
            _require(found, path, directory)
            yield descriptor, found
        finally:
            os.close(descriptor)

    def _open(self, name: str, folder: int | None, path: str) -> int:
        flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            return os.open(name, flags, dir_fd=folder)
        except OSError as error:
            raise _unreadable(path, error) from None


def status(folder: int, name: str, path: str) -> os.stat_result:
    """Returns what `name` is, a link as itself. Raises `ToolError` where it is not there."""
    try:
        return os.stat(name, dir_fd=folder, follow_symlinks=False)
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from None


def check_path(path: str) -> list[str]:
    """Returns the components of a relative path.

    Raises:
        ToolError: the path is absolute, climbs, or stands for one that does, in percent encoding (also doubled,
            overlong or broken), backslashes, look-alike characters or Windows spellings.
    """
    _check_text(path, path)
    seen = path
    for _ in range(5):
        decoded = _decode(seen, path)
        if decoded == seen:
            break
        _check_text(decoded, path)
        seen = decoded
    else:
        raise refusal(path, "is encoded too often")
    return [name for name in path.split("/") if name not in ("", ".")]


def _check_text(text: str, path: str) -> None:
    if not text.strip():
        raise refusal(path, "is empty; the folder itself is '.'")
    if len(text) > _LONGEST:
        raise refusal(path[:40] + "…", f"is longer than {_LONGEST} characters")
    for reading in {text, unicodedata.normalize("NFKC", text)}:
        if any(unicodedata.category(sign) in ("Cc", "Cs", "Cf", "Zl", "Zp") for sign in reading):
            raise refusal(path, "holds characters that cannot be seen")
        if reading.startswith(("/", "~")) or _DRIVE.match(reading):
            raise refusal(path, "is absolute; paths are relative to the folder")
        if "\\" in reading:
            raise refusal(path, "holds a backslash; use /")
        if "://" in reading or reading.lower().startswith("file:"):
            raise refusal(path, "is an address, and not a path")
        for name in reading.split("/"):
            _check_name(name, path)
    if any(sign in text for sign in _LOOK_LIKE_SEPARATORS):
        raise refusal(path, "holds a character that looks like a separator")


def _check_name(name: str, path: str) -> None:
    if len(name.encode("utf-8", "surrogatepass")) > 255:
        raise refusal(path[:40] + "…", "holds a name longer than 255 bytes")
    bare = name.strip(" .\t" + _LOOK_LIKE_DOTS)
    if name not in ("", ".") and not bare:  # `..`, and `...`, `.. ` and the like, which some systems take for it
        raise refusal(path, "climbs out of the folder")
    if name.startswith("..") and (";" in name or bare[:1] in ("\u00c0", "\u00c1", "\u00e0", "\u00f0", "\ufffd")):
        raise refusal(path, "climbs out of the folder")


def _decode(text: str, path: str) -> str:
    """What percent encoding stands for; a `%` that encodes nothing stays."""
    if not _PERCENT.search(text):
        return text
    wide = re.sub(r"%u([0-9A-Fa-f]{4})", lambda found: chr(int(found[1], 16)), text)
    try:
        return unquote_to_bytes(wide.encode("utf-8", "surrogatepass")).decode("utf-8")
    except UnicodeDecodeError:  # also overlong forms, which strict UTF-8 does not know
        raise refusal(path, "holds percent-encoded bytes that are no UTF-8") from None


def _require(found: os.stat_result, path: str, directory: bool) -> None:
    mode = found.st_mode
    if directory and not stat.S_ISDIR(mode):
        raise refusal(path, "is no folder", ToolErrorKind.FAILED)
    if not directory and stat.S_ISDIR(mode):
        raise refusal(path, "is a folder; list it instead", ToolErrorKind.FAILED)
    if not directory and not stat.S_ISREG(mode):
        raise refusal(path, f"is a {kind(mode)}, and only regular files are read", ToolErrorKind.FAILED)


def kind(mode: int) -> str:
    """Returns what a file mode says it is: file, folder, link, device, pipe or socket."""
    if stat.S_ISREG(mode):
        return "file"
    if stat.S_ISDIR(mode):
        return "folder"
    if stat.S_ISLNK(mode):
        return "link"
    if stat.S_ISFIFO(mode):
        return "pipe"
    return "socket" if stat.S_ISSOCK(mode) else "device"


def refusal(path: str, why: str, error_kind: ToolErrorKind = ToolErrorKind.INVALID_ARGUMENTS) -> ToolError:
    """Returns the error that says why `path` is not read. It never names a place outside the root."""
    shown = path if len(path) <= 100 else f"{path[:99]}…"
    return ToolError(f"the path {shown!a} {why}", kind=error_kind)


def _unreadable(path: str, error: OSError | ValueError) -> ToolError:
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return refusal(path, "is not there", ToolErrorKind.FAILED)
    if isinstance(error, PermissionError):
        return refusal(path, "may not be read", ToolErrorKind.FAILED)
    reason = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else str(error)
    return refusal(path, f"cannot be opened: {reason.lower()}", ToolErrorKind.FAILED)
