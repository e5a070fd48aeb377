"""The cache of the hot core: `LruTtlCache`, in Rust."""

from __future__ import annotations

from harness import _native

LruTtlCache = _native.LruTtlCache

__all__ = ["LruTtlCache"]
