"""One model call: the prompt that goes in, the options, the chunks and the completion that come out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum
from typing import Any, Literal, TypeAlias

from harness.domain.envelope import Envelope
from harness.domain.messages import Message
from harness.domain.routes import Attempt
from harness.domain.tools import ToolCall, ToolSpec
from harness.domain.usage import Usage
from harness.domain.values import dataclass


class FinishReason(StrEnum):
    """Why a completion, or a whole run, ended."""

    STOP = "stop"
    LENGTH = "length"
    TOOL_CALLS = "tool_calls"
    CONTENT_FILTER = "content_filter"
    MAX_ITERATIONS = "max_iterations"
    NO_PROGRESS = "no_progress"


ToolChoice: TypeAlias = Literal["auto", "none", "required"] | str
"""`auto`, `none`, `required`, or the name of the one tool to call."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """What one model call sees.

    Args:
        messages: the conversation so far, the system message first where there is one.
        tools: the tools the model may call.
    """

    messages: tuple[Message, ...]
    tools: tuple[ToolSpec, ...] = ()


@dataclass(frozen=True, slots=True)
class Options:
    """How a model is to answer. None leaves a choice to the provider.

    Args:
        model: overrides the adapter's model.
        temperature: 0 to 2.
        top_p: 0 to 1.
        max_tokens: most tokens of the answer.
        seed: for answers that can be repeated, where the provider can.
        stop: texts at which to stop.
        tool_choice: `auto`, `none`, `required` or a tool's name.
        parallel_tool_calls: whether several calls may come in one turn.
        response_format: None for text, `{"type": "json_object"}`, or
            `{"type": "json_schema", "name": …, "schema": …}`.
        extra: fields passed through to the provider as they are.
        stream: whether the caller watches the chunks. An adapter may fetch an unwatched answer in one piece.
        envelope: what the run may still spend; layers that wait or ask again draw on it.
    """

    model: str | None = None
    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int | None = None
    seed: int | None = None
    stop: tuple[str, ...] = ()
    tool_choice: ToolChoice | None = None
    parallel_tool_calls: bool | None = None
    response_format: Mapping[str, Any] | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)
    stream: bool = True
    envelope: Envelope | None = field(default=None, compare=False, repr=False)

    def of_run(self, envelope: Envelope, *, stream: bool) -> Options:
        """Returns the same options for the calls of one run; several times as quick as `dataclasses.replace`."""
        return Options(
            self.model,
            self.temperature,
            self.top_p,
            self.max_tokens,
            self.seed,
            self.stop,
            self.tool_choice,
            self.parallel_tool_calls,
            self.response_format,
            self.extra,
            stream,
            envelope,
        )


@dataclass(frozen=True, slots=True)
class ToolCallDelta:
    """A piece of a tool call.

    Args:
        index: which call of the answer it belongs to, from 0.
        id: the call's id; in the first piece only, with many providers.
        name: a piece of the name; whole and in the first piece, with most providers.
        arguments: a piece of the arguments' JSON text.
        signature: the provider's seal on the call.
    """

    index: int
    id: str | None = None
    name: str | None = None
    arguments: str = ""
    signature: str | None = None


@dataclass(frozen=True, slots=True)
class CompletionChunk:
    """A piece of an answer. Each field that is set says something; the rest say nothing.

    Args:
        text: text to append.
        reasoning: reasoning to append.
        tool_calls: pieces of tool calls.
        finish_reason: set once, when the model has stopped.
        usage: what the call cost; a later one replaces an earlier one.
        model: the model that answers, as the provider names it.
        attempt: an attempt that has ended, well or not.
        reasoning_signature: the provider's seal on the reasoning so far.
    """

    text: str = ""
    reasoning: str = ""
    tool_calls: tuple[ToolCallDelta, ...] = ()
    finish_reason: FinishReason | None = None
    usage: Usage | None = None
    model: str | None = None
    attempt: Attempt | None = None
    reasoning_signature: str | None = None


@dataclass(frozen=True, slots=True)
class Completion:
    """A whole answer: the fold of its chunks."""

    text: str = ""
    reasoning: str = ""
    tool_calls: tuple[ToolCall, ...] = ()
    finish_reason: FinishReason = FinishReason.STOP
    usage: Usage = field(default_factory=Usage)
    model: str | None = None
    attempts: tuple[Attempt, ...] = ()
    reasoning_signature: str | None = None
