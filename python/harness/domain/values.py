"""The dataclass decorator of the domain: frozen to the type checker always, frozen at run time in development mode.

A run-time guard against assignment makes every construction three times as dear, a quarter of the cost of a whole tool
round trip. So values are plain slotted dataclasses that mypy treats as frozen; under `python -X dev`, or with
`HARNESS_FROZEN=1` in the environment, as in the tests of the house, they are truly frozen.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    import dataclasses

    GUARDED = sys.flags.dev_mode or os.environ.get("HARNESS_FROZEN", "") not in ("", "0")

    def dataclass(*, frozen: bool, slots: bool) -> Any:
        """Stands for `dataclasses.dataclass(frozen=True, slots=True)`."""
        if GUARDED:
            return dataclasses.dataclass(frozen=frozen, slots=slots)
        return dataclasses.dataclass(slots=slots, unsafe_hash=frozen)


__all__ = ["dataclass"]
