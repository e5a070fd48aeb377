"""Conversations in an SQLite file or on a libSQL server: the scheme of the address says which."""

from __future__ import annotations

import difflib
from pathlib import Path
from urllib.parse import unquote, urlsplit

from harness.adapters.stores.sqlite import SqliteStore
from harness.domain.errors import ConfigError
from harness.ports.conversations import ConversationStore

_HRANA = {"libsql": "https", "https": "https", "hrana+http": "http"}
_CLIENT = ("ws", "wss", "http")
SCHEMES = ("file", *_HRANA, *_CLIENT)


def open_store(url: str = "file:.harness/harness.db", *, auth_token: str | None = None) -> ConversationStore:
    """Returns the store at `url`. Nothing is opened or connected to before it is first used.

    Args:
        url: `file:PATH` is an SQLite file; the path is relative to the current folder unless it begins with `/`.
            `libsql://HOST` and `https://HOST` are a server that is spoken to over HTTPS; `hrana+http://HOST:PORT` is
            the same in plain text, for a server nearby.
            `wss://HOST`, `ws://HOST:PORT` and `http://HOST:PORT` go through the package `libsql-client`.
        auth_token: for a server that asks for one; a file takes none.

    Raises:
        ConfigError: the address is none, or of an unknown scheme, or its package is not installed; `key` is `url`.
    """
    scheme, colon, rest = url.partition(":")
    if not colon or scheme not in SCHEMES:
        near = difflib.get_close_matches(scheme, SCHEMES, n=1)
        remedy = f"did you mean {near[0]}:{rest}?" if near and colon else f"begin it with {', '.join(SCHEMES)}"
        raise ConfigError(f"{url!r} is no address of a store", key="url", remedy=remedy)
    if scheme == "file":
        return SqliteStore(_path(url, rest))
    address = _server(url)
    # Imported here, so that who keeps conversations in a file does not load an HTTP client for them.
    if scheme in _CLIENT:
        try:
            from harness.adapters.stores.libsql_client import ClientStore
        except ImportError as error:
            raise ConfigError(
                f"a {scheme}: address needs the package libsql-client ({error})",
                key="url",
                remedy="pip install 'llm-harness[libsql]', or use libsql:// or hrana+http://",
            ) from None
        return ClientStore(f"{scheme}://{address}", auth_token)
    from harness.adapters.stores.hrana import HranaStore

    return HranaStore(f"{_HRANA[scheme]}://{address}", auth_token)


def _server(url: str) -> str:
    """The host, port and path of a server's address."""
    try:
        parts = urlsplit(url)
        usable = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        usable = False
    if not usable:
        raise ConfigError("the address names no host", key="url", remedy="write libsql://HOST")
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise ConfigError(
            f"the address of {parts.hostname} holds more than host, port and path",
            key="url",
            remedy="leave the rest out; a token belongs into store.auth_token",
        )
    return parts.netloc + parts.path


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
