"""Every error the house raises.

HarnessError
├── ProviderError        a provider did not answer well; `category` says how, routing reads nothing else
├── ToolError            a tool failed, timed out or is unknown
├── PolicyViolation      the run did what its policy forbids
├── GuardrailViolation   an input or output rule refused
├── BudgetExceeded       the run's envelope is spent: deadline, tokens, money, tool calls
├── ConfigError          the configuration is wrong; file, line and key say where
├── StoreError           a store could not read or write
│   └── ConversationConflict   another process wrote to the conversation meanwhile
└── InputError           what the caller passed in cannot be used
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from harness.domain.failures import ErrorCategory, ToolErrorKind
from harness.domain.routes import Attempt

if TYPE_CHECKING:
    from pathlib import Path


class HarnessError(Exception):
    """The root of every error raised by harness.

    `remedy` is one sentence that says what to do about it, or an empty string.
    """

    remedy: str = ""

    def __init__(self, message: str, *, remedy: str = "") -> None:
        super().__init__(message)
        if remedy:
            self.remedy = remedy

    @property
    def message(self) -> str:
        """What happened, without the remedy."""
        return str(self.args[0]) if self.args else ""

    def __str__(self) -> str:
        return f"{self.message} ({self.remedy})" if self.remedy else self.message


class ProviderError(HarnessError):
    """A provider did not answer, or not well.

    Args:
        category: the kind of trouble.
        provider: the name of the provider it happened in.
        status: the HTTP status, where there was one.
        retry_after_s: how long the provider asks to be left alone, in seconds, where it said so.
        attempts: the trail of attempts that led here, oldest first.
    """

    def __init__(
        self,
        message: str,
        *,
        category: ErrorCategory,
        provider: str = "",
        status: int | None = None,
        retry_after_s: float | None = None,
        attempts: Sequence[Attempt] = (),
        remedy: str = "",
    ) -> None:
        super().__init__(message, remedy=remedy)
        self.category = category
        self.provider = provider
        self.status = status
        self.retry_after_s = retry_after_s
        self.attempts: tuple[Attempt, ...] = tuple(attempts)


class ToolError(HarnessError):
    """A tool failed. Raised by a tool to tell the model why, and by a run whose policy is `fail_fast`."""

    def __init__(
        self, message: str, *, tool: str = "", kind: ToolErrorKind = ToolErrorKind.FAILED, remedy: str = ""
    ) -> None:
        super().__init__(message, remedy=remedy)
        self.tool = tool
        self.kind = kind


class PolicyViolation(HarnessError):
    """The run did what its policy forbids, such as nesting runs deeper than `max_tool_depth`."""


class GuardrailViolation(HarnessError):
    """A rule on inputs or outputs refused."""


class BudgetExceeded(HarnessError):
    """The run's envelope is spent.

    Args:
        limit: the name of the limit, as in `Policy`: run_timeout_s, max_input_tokens, max_output_tokens,
            max_cost_usd or max_tool_calls.
        allowed: the limit's value, in its unit.
        spent: what was spent when it was noticed.
    """

    def __init__(self, message: str, *, limit: str, allowed: float, spent: float, remedy: str = "") -> None:
        super().__init__(message, remedy=remedy)
        self.limit = limit
        self.allowed = allowed
        self.spent = spent


class ContextOverflow(HarnessError):
    """What the model must be shown does not fit its window.

    Args:
        needed: tokens of what must be shown.
        allowed: tokens that there is room for.
    """

    def __init__(self, message: str, *, needed: int, allowed: int, remedy: str = "") -> None:
        super().__init__(message, remedy=remedy)
        self.needed = needed
        self.allowed = allowed


class ConfigError(HarnessError):
    """The configuration is wrong. The message begins with the place: file, line, and path of the key."""

    def __init__(
        self,
        message: str,
        *,
        file: str | Path | None = None,
        line: int | None = None,
        column: int | None = None,
        key: str = "",
        remedy: str = "",
    ) -> None:
        place = "" if file is None else str(file)
        if line is not None:
            place += f":{line}" if column is None else f":{line}:{column}"
        where = ": ".join(part for part in (place, key) if part)
        super().__init__(f"{where}: {message}" if where else message, remedy=remedy)
        self.file = file
        self.line = line
        self.column = column
        self.key = key


class StoreError(HarnessError):
    """A store could not read or write.

    `result` is the `RunResult` of the finished run whose turn could not be saved, where there is one, so that no
    answer is lost. (Any: the results know the errors, so the errors cannot know the results.)
    """

    result: Any = None


class ConversationConflict(StoreError):
    """Another process appended to the conversation after this run had read it; this run's turn was not saved."""


class InputError(HarnessError, ValueError):
    """What the caller passed in cannot be used: an empty prompt, a prompt past the size limit, a bad argument."""
