"""Runs: their states and what comes out of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum
from typing import Any

from harness.domain.completions import FinishReason
from harness.domain.messages import Message
from harness.domain.routes import Attempt, Route
from harness.domain.usage import Usage
from harness.domain.values import dataclass


class RunStatus(StrEnum):
    """Where a run stands."""

    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class ToolCallRecord:
    """A tool call of a run with what came of it.

    Args:
        id: the call's id.
        name: the tool's name.
        arguments: what it was called with.
        result: what the tool returned; None where it failed.
        error: what went wrong, or None.
        duration_ms: milliseconds the tool took.
    """

    id: str
    name: str
    arguments: Mapping[str, Any]
    result: Any = None
    error: str | None = None
    duration_ms: float = 0.0


@dataclass(frozen=True, slots=True)
class RunResult:
    """What came of a run.

    Args:
        run_id: the run.
        text: the model's last words.
        finish_reason: why the run ended.
        output: the typed or JSON value, where one was asked for; else None.
        conversation_id: the conversation the turn was saved in, or None.
        messages: the messages of this turn, from the user's to the last.
        tool_calls: every tool call with its result, in the order of the model's asking.
        usage: the sum over all model calls.
        route: who gave the last answer.
        iterations: how many model calls were made.
        attempts: the trail of every provider attempt, oldest first.
        reasoning: what the model thought before its last words, where it shows it.
    """

    run_id: str
    text: str
    finish_reason: FinishReason
    output: Any = None
    conversation_id: str | None = None
    messages: tuple[Message, ...] = ()
    tool_calls: tuple[ToolCallRecord, ...] = ()
    usage: Usage = field(default_factory=Usage)
    route: Route | None = None
    iterations: int = 0
    attempts: tuple[Attempt, ...] = ()
    reasoning: str = ""


@dataclass(frozen=True, slots=True)
class Run:
    """A run as a store knows it.

    Args:
        run_id: its id.
        status: where it stands.
        conversation_id: the conversation it belongs to, or None.
        started_at: seconds since 1970.
        ended_at: seconds since 1970, None while it runs.
        finish_reason: why it ended, None while it runs or where it failed.
        error: what it failed with, or None.
    """

    run_id: str
    status: RunStatus
    conversation_id: str | None = None
    started_at: float = 0.0
    ended_at: float | None = None
    finish_reason: FinishReason | None = None
    error: str | None = None
