"""Messages that stand or fall together: a call of tools and its results."""

from __future__ import annotations

import re
from collections.abc import Iterable

from harness.domain.messages import Message, Role
from harness.prompts import Transcript

Span = tuple[int, int]
"""Messages of a transcript, from the first up to the last, which is not among them."""

_WEIGHTY = re.compile(
    r"\b(must|never|always|only|remember|important|decid\w+|agree\w*|prefer\w*|deadline|require\w*|password|"
    r"name is|call me)\b",
    re.IGNORECASE,
)


def group_at(transcript: Transcript, index: int) -> Span:
    """Returns the group that a message belongs to."""
    start, end = index, index + 1
    while start > 0 and transcript.role(start) == "tool":
        start -= 1
    while transcript.role(end) == "tool":
        end += 1
    return start, end


def merged(spans: Iterable[Span]) -> list[Span]:
    """Returns the spans in order, those that touch or overlap joined."""
    out: list[Span] = []
    for start, end in sorted(span for span in spans if span[0] < span[1]):
        if out and start <= out[-1][1]:
            out[-1] = (out[-1][0], max(end, out[-1][1]))
        else:
            out.append((start, end))
    return out


def longest_tail(transcript: Transcript, kept: list[Span], budget: int, start: int = 0) -> int:
    """Returns where the longest run of messages begins that reaches to the end and costs, with `kept`, which may be
    inside or before it, at most `budget` tokens. It begins at `start` or later, and with no results of calls.

    Args:
        kept: merged spans; they alone fit.
    """
    low, high = start, len(transcript)
    while low < high:
        middle = (low + high) // 2
        tokens = transcript.tokens(middle) + sum(
            transcript.tokens(first, min(last, middle)) for first, last in kept if first < middle
        )
        if tokens <= budget:
            high = middle
        else:
            low = middle + 1
    while transcript.role(low) == "tool":
        low += 1
    return low


def importance(message: Message) -> float:
    """Returns how much a message is likely to matter later, from 0 to 3: what the user said more than what the model
    did, and that more than what tools gave; more where it sounds like a rule, a decision or a fact to keep."""
    score = {Role.SYSTEM: 2.0, Role.USER: 1.5, Role.ASSISTANT: 1.0, Role.TOOL: 0.0}[message.role]
    return score + (1.0 if _WEIGHTY.search(message.text) else 0.0)
