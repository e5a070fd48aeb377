"""What one check of `harness doctor` found."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from harness.cli.errors import Exit, exit_code
from harness.domain.errors import HarnessError


class Status(StrEnum):
    """Whether all is well; a note is worth knowing and no mistake."""

    OK = "ok"
    NOTE = "note"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Check:
    """What was looked at and what was found.

    Args:
        name: what was looked at.
        status: whether it is well.
        detail: what was found.
        remedy: what to do about it.
        exit_code: what the command ends with where this is the first bad thing.
    """

    name: str
    status: Status
    detail: str
    remedy: str = ""
    exit_code: int = Exit.FAILED


def bad(name: str, error: HarnessError) -> Check:
    """Returns the check that found an error."""
    return Check(name, Status.BAD, error.message, error.remedy, exit_code(error))
