"""The tables and statements that every libSQL and SQLite store shares, and their migrations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

from harness.domain.errors import StoreError

Statement: TypeAlias = tuple[str, Sequence[Any]]
"""SQL with `?` places, and what stands in them: int, float, str, bytes or None."""

MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        """CREATE TABLE conversations (
             id TEXT PRIMARY KEY, length INTEGER NOT NULL, written INTEGER NOT NULL
           ) WITHOUT ROWID""",
        """CREATE TABLE turns (
             conversation_id TEXT NOT NULL, position INTEGER NOT NULL, run_id TEXT NOT NULL, body BLOB NOT NULL,
             PRIMARY KEY (conversation_id, position)
           )""",
        """CREATE TABLE artifacts (
             conversation_id TEXT NOT NULL, name TEXT NOT NULL, version INTEGER NOT NULL, media_type TEXT NOT NULL,
             data BLOB NOT NULL, PRIMARY KEY (conversation_id, name)
           )""",
        "CREATE INDEX conversations_written ON conversations (written)",
    ),
)
"""What takes a store from version n to n + 1, in one transaction each. Past entries never change."""

VERSION = len(MIGRATIONS)

CREATE_META = "CREATE TABLE IF NOT EXISTS harness_meta (key TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID"
GET_VERSION = "SELECT value FROM harness_meta WHERE key = 'schema'"
SET_VERSION = (
    "INSERT INTO harness_meta (key, value) VALUES ('schema', ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value"
)
# Fails where the version is another, and with it the transaction: who migrates over the wire cannot look in between.
EXPECT_VERSION = """SELECT json(CASE
  WHEN coalesce((SELECT value FROM harness_meta WHERE key = 'schema'), 0) = ? THEN '0' ELSE 'another version' END)"""

LENGTH = "SELECT length FROM conversations WHERE id = ?"
TURNS = "SELECT position, body FROM turns WHERE conversation_id = ? AND position >= ? ORDER BY position"
TURNS_BETWEEN = """SELECT position, body FROM turns
  WHERE conversation_id = ? AND position >= ? AND position < ? ORDER BY position"""
LAST_TURNS = """SELECT position, body FROM turns
  WHERE conversation_id = ?1 AND position >= coalesce((SELECT length FROM conversations WHERE id = ?1), 0) - ?2
  ORDER BY position"""
# The guard is in the statement itself: it inserts nothing where the length is not what the caller has seen, and two
# writers at once cannot both be right.
INSERT_TURN = """INSERT INTO turns (conversation_id, position, run_id, body)
  SELECT ?1, n, ?2, ?3 FROM (SELECT coalesce((SELECT length FROM conversations WHERE id = ?1), 0) AS n)
  WHERE ?4 IS NULL OR n = ?4"""
GROW = """INSERT INTO conversations (id, length, written)
  SELECT ?1, max(position) + 1, coalesce((SELECT max(written) FROM conversations), 0) + 1
    FROM turns WHERE conversation_id = ?1
  ON CONFLICT (id) DO UPDATE SET length = excluded.length, written = excluded.written"""
# The same for a batch that goes on after an insert of nothing: it changes nothing then.
GROW_IF_LONGER = """INSERT INTO conversations (id, length, written)
  SELECT ?1, n + 1, coalesce((SELECT max(written) FROM conversations), 0) + 1
    FROM (SELECT coalesce((SELECT length FROM conversations WHERE id = ?1), 0) AS n)
    WHERE EXISTS (SELECT 1 FROM turns WHERE conversation_id = ?1 AND position = n)
  ON CONFLICT (id) DO UPDATE SET length = excluded.length, written = excluded.written"""
DELETE = (
    "DELETE FROM turns WHERE conversation_id = ?",
    "DELETE FROM artifacts WHERE conversation_id = ?",
    "DELETE FROM conversations WHERE id = ?",
)
LIST = "SELECT id FROM conversations ORDER BY written DESC LIMIT ?"
GET_ARTIFACT = "SELECT data, media_type, version FROM artifacts WHERE conversation_id = ? AND name = ?"
ARTIFACT_VERSION = "SELECT version FROM artifacts WHERE conversation_id = ? AND name = ?"
PUT_ARTIFACT = """INSERT INTO artifacts (conversation_id, name, version, media_type, data)
  SELECT ?1, ?2, v + 1, ?3, ?4
    FROM (SELECT coalesce((SELECT version FROM artifacts WHERE conversation_id = ?1 AND name = ?2), 0) AS v)
    WHERE ?5 IS NULL OR v = ?5
  ON CONFLICT (conversation_id, name) DO UPDATE SET
    version = excluded.version, media_type = excluded.media_type, data = excluded.data
  RETURNING version"""
LIST_ARTIFACTS = "SELECT name FROM artifacts WHERE conversation_id = ? ORDER BY name"


def check_version(version: int, place: str) -> None:
    """Raises `StoreError` where the store was made by newer code, which alone knows how to keep it whole."""
    if version > VERSION:
        raise StoreError(
            f"{place} has schema version {version}, and this harness knows up to {VERSION}",
            remedy="upgrade llm-harness, or use another store",
        )
