"""From errors to what a terminal and a shell are told: one line, one object, one exit code."""

from __future__ import annotations

import errno
import traceback
from enum import IntEnum
from pathlib import Path
from typing import Any

from harness.domain.completions import FinishReason
from harness.domain.errors import (
    BudgetExceeded,
    ConfigError,
    HarnessError,
    InputError,
    ProviderError,
    StoreError,
    ToolError,
)
from harness.domain.redaction import redact
from harness.domain.runs import RunResult

MAX_LINE = 2000
"""Longest error line, in characters."""


class Exit(IntEnum):
    """What the process ends with. Ended by a signal it is 128 and the signal's number, as in any shell."""

    OK = 0
    FAILED = 1
    USAGE = 2
    CONFIG = 3
    UNANSWERED = 4
    STORE = 5
    BUDGET = 6
    INTERRUPTED = 130


EXIT_CODES: dict[int, str] = {
    Exit.OK: "answered",
    Exit.FAILED: "the run failed: a provider or a tool",
    Exit.USAGE: "usage or input: an empty prompt, an unknown option",
    Exit.CONFIG: "configuration",
    Exit.UNANSWERED: "ended without an answer: max_iterations, no_progress, length, content_filter",
    Exit.STORE: "the store could not read or write",
    Exit.BUDGET: "the run's envelope was spent: time, tokens, money, tool calls",
    Exit.INTERRUPTED: "interrupted",
}
"""Exit codes and their meanings, as `harness --help` prints them."""

_WHY_UNANSWERED = {
    FinishReason.MAX_ITERATIONS: "raise policy.max_iterations, or ask for less at once",
    FinishReason.NO_PROGRESS: "the model repeated the same tool call; say it in other words, or use another model",
    FinishReason.LENGTH: "raise options.max_tokens, or ask for a shorter answer",
    FinishReason.CONTENT_FILTER: "rephrase the prompt",
}


class Unanswered(HarnessError):
    """A run that ended, but not with an answer. `result` is what there is of it."""

    def __init__(self, result: RunResult) -> None:
        calls = f"{result.iterations} model call" + ("" if result.iterations == 1 else "s")
        super().__init__(
            f"the run ended without an answer: {result.finish_reason} after {calls}",
            remedy=_WHY_UNANSWERED.get(result.finish_reason, "try again, or use another model"),
        )
        self.result = result


class OutputError(HarnessError):
    """Standard output cannot be written."""


def output_error(error: OSError) -> OutputError:
    """Returns the error of a write to standard output that failed."""
    remedy = "free some space there" if error.errno in (errno.ENOSPC, errno.EDQUOT) else "check where it goes"
    return OutputError(f"cannot write to standard output: {error.strerror or error}", remedy=remedy)


def exit_code(error: BaseException) -> int:
    """Returns the exit code that an error ends the process with."""
    if isinstance(error, KeyboardInterrupt):
        return Exit.INTERRUPTED
    for kind, code in (
        (InputError, Exit.USAGE),
        (ConfigError, Exit.CONFIG),
        (Unanswered, Exit.UNANSWERED),
        (StoreError, Exit.STORE),
        (BudgetExceeded, Exit.BUDGET),
    ):
        if isinstance(error, kind):
            return code
    return Exit.FAILED


def one_line(text: str) -> str:
    """Returns `text` on one line, fit for a terminal: no secrets, no control characters, not endless."""
    line = printable(" ".join(redact(text).split()))
    return line if len(line) <= MAX_LINE else line[: MAX_LINE - 1] + "…"


def printable(text: str) -> str:
    """Returns `text` with control characters made visible, line feeds and tabs kept.

    What a model or a tool says must not move the cursor, colour or rename the window of whoever reads it.
    """
    return text if text.isprintable() else text.translate(_VISIBLE)


# C0 and DEL as the control pictures of Unicode, C1 and the characters that turn the direction of text as U+FFFD.
_VISIBLE = (
    {code: chr(0x2400 + code) for code in range(0x20) if chr(code) not in "\n\t"}
    | {0x7F: "\u2421"}
    | dict.fromkeys([*range(0x80, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A)], "\ufffd")
    | dict.fromkeys(range(0xD800, 0xE000), "\ufffd")
)


def describe(error: BaseException) -> str:
    """Returns what an error says, on one line: what happened, where, and what to do about it."""
    if isinstance(error, HarnessError):
        return one_line(str(error))
    where = ""
    frames = traceback.extract_tb(error.__traceback__)
    if frames:
        where = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}"
    return one_line(f"unexpected {type(error).__name__}{where}: {error} (add --debug to see the traceback)")


def error_object(error: BaseException) -> dict[str, Any]:
    """Returns an error as `--json` prints it: `{"error": {"type", "message", "remedy", "exit_code", …}}`."""
    body: dict[str, Any] = {
        "type": type(error).__name__,
        "message": one_line(error.message if isinstance(error, HarnessError) else describe(error)),
        "remedy": one_line(error.remedy) if isinstance(error, HarnessError) else "",
        "exit_code": int(exit_code(error)),
    }
    if isinstance(error, ProviderError):
        body |= {
            "category": str(error.category),
            "provider": error.provider,
            "status": error.status,
            "retry_after_s": error.retry_after_s,
            "attempts": len(error.attempts),
        }
    elif isinstance(error, ConfigError):
        file = None if error.file is None else str(error.file)
        body |= {"file": file, "line": error.line, "column": error.column, "key": error.key}
    elif isinstance(error, BudgetExceeded):
        body |= {"limit": error.limit, "allowed": error.allowed, "spent": error.spent}
    elif isinstance(error, ToolError):
        body |= {"tool": error.tool, "kind": str(error.kind)}
    return {"error": body}
