"""Conversations in an SQLite file or on a libSQL server: the scheme of the address says which."""

from __future__ import annotations

import difflib
from pathlib import Path
from urllib.parse import unquote

from harness.adapters.stores.sqlite import SqliteStore
from harness.domain.errors import ConfigError
from harness.ports.conversations import ConversationStore

SCHEMES = ("file",)


def open_store(url: str = "file:.harness/harness.db", *, auth_token: str | None = None) -> ConversationStore:
    """Returns the store at `url`. Nothing is opened or connected to before it is first used.

    Args:
        url: `file:PATH` is an SQLite file; the path is relative to the current folder unless it begins with `/`.
        auth_token: for a server that asks for one; a file takes none.

    Raises:
        ConfigError: the address is none, or of an unknown scheme; `key` is `url`.
    """
    scheme, colon, rest = url.partition(":")
    if not colon or scheme not in SCHEMES:
        near = difflib.get_close_matches(scheme, SCHEMES, n=1)
        remedy = f"did you mean {near[0]}:{rest}?" if near and colon else f"begin it with {', '.join(SCHEMES)}"
        raise ConfigError(f"{url!r} is no address of a store", key="url", remedy=remedy)
    return SqliteStore(_path(url, rest))


def _path(url: str, rest: str) -> Path:
    """The path of a `file:` address, with or without an empty host (RFC 8089)."""
    rest = unquote(rest.split("?", 1)[0].split("#", 1)[0])
    if rest.startswith("//"):
        rest = rest[2:]
        if rest and not rest.startswith("/"):
            raise ConfigError(f"{url!r} names another host", key="url", remedy="write file:PATH or file:///PATH")
    if not rest or "\0" in rest:
        raise ConfigError(f"{url!r} names no file", key="url", remedy="write file:PATH")
    return Path(rest)
