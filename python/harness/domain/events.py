"""The events of a run: its only output. Journal, metrics, traces, terminal and servers all listen to this stream."""

from __future__ import annotations

from typing import TypeAlias

from harness.domain.completions import Completion
from harness.domain.messages import Turn
from harness.domain.routes import Attempt
from harness.domain.runs import RunResult
from harness.domain.tools import ToolCall, ToolResult
from harness.domain.values import dataclass


@dataclass(frozen=True, slots=True)
class EventBase:
    """What every event carries.

    Args:
        run_id: the run it belongs to.
        seq: its place in the run's stream, from 0, without gaps.
        at: when it happened, seconds since 1970.
    """

    run_id: str
    seq: int
    at: float


@dataclass(frozen=True, slots=True)
class RunStarted(EventBase):
    """A run has begun: `input` is the user's text; `parent_run_id` the run whose tool started this one."""

    input: str
    conversation_id: str | None = None
    parent_run_id: str | None = None


@dataclass(frozen=True, slots=True)
class ModelCallStarted(EventBase):
    """The model is asked, for the `iteration`-th time, from 1."""

    iteration: int


@dataclass(frozen=True, slots=True)
class ContextFitted(EventBase):
    """The conversation is longer than what the model is shown: `dropped` messages are left out, `kept` are shown, in a
    prompt of `tokens` tokens. Told when it first happens in a run and whenever more is left out."""

    iteration: int
    kept: int
    dropped: int
    tokens: int


@dataclass(frozen=True, slots=True)
class ContextCondensed(EventBase):
    """In place of the first `turns` turns of the conversation the model is shown a summary of them, of `tokens`
    tokens."""

    turns: int
    tokens: int


@dataclass(frozen=True, slots=True)
class SnippetsShown(EventBase):
    """Of the snippets that the run was given the model is shown those of `sources`, of `tokens` tokens; `dropped`
    others did not fit."""

    sources: tuple[str, ...]
    dropped: int
    tokens: int


@dataclass(frozen=True, slots=True)
class TextDelta(EventBase):
    """The model said `text`."""

    text: str


@dataclass(frozen=True, slots=True)
class ReasoningDelta(EventBase):
    """The model thought `text`."""

    text: str


@dataclass(frozen=True, slots=True)
class ToolCallStarted(EventBase):
    """The model has begun to write a call of tool `name`; `index` counts the calls of this answer from 0."""

    index: int
    name: str


@dataclass(frozen=True, slots=True)
class ToolCallReady(EventBase):
    """A call is whole."""

    call: ToolCall


@dataclass(frozen=True, slots=True)
class AttemptFinished(EventBase):
    """A provider attempt has ended, well or not."""

    attempt: Attempt


@dataclass(frozen=True, slots=True)
class ModelCallFinished(EventBase):
    """The model's answer is whole."""

    iteration: int
    completion: Completion


@dataclass(frozen=True, slots=True)
class ToolStarted(EventBase):
    """A tool is at work."""

    call: ToolCall


@dataclass(frozen=True, slots=True)
class ToolFinished(EventBase):
    """A tool's result has landed, good or bad. Results come in the order in which they land."""

    call: ToolCall
    result: ToolResult


@dataclass(frozen=True, slots=True)
class NoProgressWarned(EventBase):
    """The model repeats itself and was told so."""

    iteration: int


@dataclass(frozen=True, slots=True)
class TurnSaved(EventBase):
    """The turn is in the conversation store."""

    conversation_id: str
    turn: Turn


@dataclass(frozen=True, slots=True)
class RunCompleted(EventBase):
    """The run has ended with a result. The last event."""

    result: RunResult


@dataclass(frozen=True, slots=True)
class RunFailed(EventBase):
    """The run has ended with an error, which is raised next. The last event."""

    error: Exception


@dataclass(frozen=True, slots=True)
class RunCancelled(EventBase):
    """The run was cancelled. Listeners get it; the caller gets `asyncio.CancelledError`."""


Event: TypeAlias = (
    RunStarted
    | ModelCallStarted
    | ContextFitted
    | ContextCondensed
    | SnippetsShown
    | TextDelta
    | ReasoningDelta
    | ToolCallStarted
    | ToolCallReady
    | AttemptFinished
    | ModelCallFinished
    | ToolStarted
    | ToolFinished
    | NoProgressWarned
    | TurnSaved
    | RunCompleted
    | RunFailed
    | RunCancelled
)
"""One event of a run."""
