"""SQLite's errors in the words of the house."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from harness.domain.errors import StoreError

_KNOWN: dict[int, tuple[str, str]] = {
    sqlite3.SQLITE_BUSY: ("is locked by another process", "end the process that holds it, or raise busy_timeout_s"),
    sqlite3.SQLITE_LOCKED: ("is locked by another process", "end the process that holds it, or raise busy_timeout_s"),
    sqlite3.SQLITE_READONLY: ("is read-only", "make the file and its folder writable, or choose another store.url"),
    sqlite3.SQLITE_FULL: ("cannot grow: the disk is full", "make room on the disk and run again"),
    sqlite3.SQLITE_IOERR: ("cannot be read or written: the disk fails or is full", "check the disk and its free space"),
    sqlite3.SQLITE_CANTOPEN: ("cannot be opened", "check that its folder exists and may be written to"),
    sqlite3.SQLITE_NOTADB: ("is no database", "choose another store.url, or move the file away"),
    sqlite3.SQLITE_CORRUPT: ("is damaged", "restore it from a copy"),
    sqlite3.SQLITE_PERM: ("may not be used", "check the permissions of the file and its folder"),
    sqlite3.SQLITE_AUTH: ("may not be used", "check the permissions of the file and its folder"),
    sqlite3.SQLITE_TOOBIG: ("cannot hold a value as large as this", "store less in one turn or artifact"),
}


def mapped(error: sqlite3.Error, path: Path) -> StoreError:
    """Returns the `StoreError` that says what is wrong with the file and what to do."""
    code = getattr(error, "sqlite_errorcode", None)
    known = None if code is None else _KNOWN.get(code & 0xFF)  # the low byte is the primary code
    if known is None:
        return StoreError(f"the store {path} failed: {error}", remedy="check the file; if it is whole, report this")
    what, remedy = known
    return StoreError(f"the store {path} {what}", remedy=remedy)
