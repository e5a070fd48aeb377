"""Identifiers: sortable by time of birth, unique without coordination."""

import os
import time
from itertools import count

# One random stem a process and a counter under it: unique, and cheaper than asking the kernel for every id.
_stem = os.urandom(6).hex()
_counter = count(int.from_bytes(os.urandom(2), "big"))


def _reseed() -> None:
    global _stem, _counter
    _stem = os.urandom(6).hex()
    _counter = count(int.from_bytes(os.urandom(2), "big"))


os.register_at_fork(after_in_child=_reseed)


def new_id(prefix: str) -> str:
    """Returns `prefix_` and hexadecimal digits: 11 of milliseconds since 1970, 12 of this process, 6 of a counter."""
    return f"{prefix}_{time.time_ns() // 1_000_000:011x}{_stem}{next(_counter) & 0xFFFFFF:06x}"


def new_run_id() -> str:
    """Returns a fresh run id, `run_…`."""
    return new_id("run")
