"""Tool calls that a model wrote as text, because its provider reports none; reasoning that it wrote between tags."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TypeAlias

from harness import parsing
from harness.domain.completions import Completion, FinishReason
from harness.domain.events import ReasoningDelta, TextDelta, ToolCallStarted
from harness.domain.ids import new_id
from harness.domain.tools import ToolCall
from harness.parsing import ParsedToolCall, StreamParser, ToolSet

Shown: TypeAlias = (
    "tuple[type[TextDelta], str] | tuple[type[ReasoningDelta], str] | tuple[type[ToolCallStarted], int, str]"
)
"""An event to show: its class and its fields."""


class TextCalls:
    """Watches the text of one answer for tool calls.

    Args:
        tools: what may be called, prepared once for all answers.
    """

    __slots__ = ("_calls", "_parser", "_reasoning", "_text")

    def __init__(self, tools: ToolSet | None) -> None:
        self._parser = StreamParser(tools)
        self._text: list[str] = []
        self._reasoning: list[str] = []
        self._calls: list[ParsedToolCall] = []

    def feed(self, text: str) -> list[Shown]:
        """Takes text in and returns what may be shown now; what may yet become a call is held back."""
        return self._taken(self._parser.feed(text))

    def finish(self, completion: Completion) -> tuple[Completion, list[Shown]]:
        """Returns the answer with the calls found in its text, and what is still to be shown.

        Calls that the provider itself reported are the answer's calls; the text then stays as it is.
        """
        shown = self._taken(self._parser.finish())
        if completion.tool_calls:
            return completion, [each for each in shown if each[0] is not ToolCallStarted]
        text, thought = "".join(self._text), "".join(self._reasoning)
        if not self._calls and not thought and text == completion.text:
            return completion, shown
        reasoning = completion.reasoning + thought
        if not self._calls:
            return replace(completion, text=text, reasoning=reasoning), shown
        cut = completion.finish_reason is FinishReason.LENGTH
        calls = tuple([_call(each, cut=cut) for each in self._calls])
        finish = FinishReason.TOOL_CALLS if completion.finish_reason is FinishReason.STOP else completion.finish_reason
        return replace(
            completion, text=text.strip(), reasoning=reasoning, tool_calls=calls, finish_reason=finish
        ), shown

    def _taken(self, events: list[parsing.StreamEvent]) -> list[Shown]:
        shown: list[Shown] = []
        for event in events:
            if isinstance(event, parsing.TextDelta):
                self._text.append(event.text)
                shown.append((TextDelta, event.text))
            elif isinstance(event, parsing.ReasoningDelta):
                self._reasoning.append(event.text)
                shown.append((ReasoningDelta, event.text))
            elif isinstance(event, parsing.ToolCallStarted):
                shown.append((ToolCallStarted, event.index, event.name))
            elif isinstance(event, parsing.ToolCallReady):
                self._calls.append(event.call)
            elif isinstance(event, parsing.TextWasReasoning):
                self._reasoning = [*self._text, *self._reasoning]
                self._text = []
        return shown


def _call(found: ParsedToolCall, *, cut: bool) -> ToolCall:
    """The call, under an id of its own: those that models write are not unique."""
    written = json.dumps(found.arguments, ensure_ascii=False)
    unterminated = cut and any(kind == "unterminated_call" for kind, _ in found.repairs)
    # What the limit of tokens cut off must not be carried out half.
    error = "the call was cut off: the answer reached its limit of tokens" if unterminated else None
    return ToolCall(new_id("call"), found.name, {} if unterminated else found.arguments, written, error)
