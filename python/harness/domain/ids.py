"""Identifiers: sortable by time of birth, unique without coordination."""

import os
import time
from itertools import count

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32, lower case
# One random stem a process and a counter under it: unique, and cheaper than asking the kernel for every id.
_stem = int.from_bytes(os.urandom(6), "big")
_counter = count(int.from_bytes(os.urandom(2), "big"))


def _reseed() -> None:
    global _stem, _counter
    _stem = int.from_bytes(os.urandom(6), "big")
    _counter = count(int.from_bytes(os.urandom(2), "big"))


os.register_at_fork(after_in_child=_reseed)


def _base32(value: int, width: int) -> str:
    out = []
    for _ in range(width):
        out.append(_ALPHABET[value & 31])
        value >>= 5
    return "".join(reversed(out))


_stem_text = ""
_stem_of = -1


def new_id(prefix: str) -> str:
    """Returns `prefix_` and 25 characters: 10 of milliseconds since 1970, 10 of this process, 5 of a counter."""
    global _stem_text, _stem_of
    if _stem_of != _stem:
        _stem_text, _stem_of = _base32(_stem, 10), _stem
    return f"{prefix}_{_base32(time.time_ns() // 1_000_000, 10)}{_stem_text}{_base32(next(_counter), 5)}"


def new_run_id() -> str:
    """Returns a fresh run id, `run_…`."""
    return new_id("run")
