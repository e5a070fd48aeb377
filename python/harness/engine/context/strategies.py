"""Which messages are shown: a function a strategy, from what must be shown and what fits to the spans that are."""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable

from harness.domain.messages import Message
from harness.engine.context.groups import Span, group_at, importance, longest_tail, merged
from harness.prompts import Transcript


def sliding_window(transcript: Transcript, kept: list[Span], budget: int, start: int) -> list[Span]:
    """The longest tail, from `start` on, that fits beside what must be shown. O(log n)."""
    return merged([*kept, (longest_tail(transcript, kept, budget, start), len(transcript))])


class Hierarchy:
    """What must be shown, the last messages, then the most important of the others, then what else fits of the tail.

    Keeps the groups in the order of their importance, so that a call costs what it adds and looks at, and sorts nothing
    twice.

    Args:
        recent: how many of the last messages come before what is important.
        score: how important a message is; a group is as important as its most important message.
    """

    def __init__(self, recent: int, score: Callable[[Message], float] = importance) -> None:
        self._recent = recent
        self._score = score
        self._ranked: list[tuple[float, int, Span]] = []
        self._known = 0

    def copy(self) -> Hierarchy:
        """Returns one that goes on by itself."""
        twin = Hierarchy(self._recent, self._score)
        twin._ranked, twin._known = list(self._ranked), self._known
        return twin

    def learn(self, transcript: Transcript, messages: list[Message]) -> None:
        """Takes in the groups that are whole; the last one may still get results."""
        whole = group_at(transcript, len(transcript) - 1)[0] if len(transcript) else 0
        while self._known < whole:
            start, end = group_at(transcript, self._known)
            score = max(self._score(message) for message in messages[start:end])
            # Of equal importance the later one first.
            insort(self._ranked, (-score, -start, (start, end)))
            self._known = end

    def __call__(self, transcript: Transcript, kept: list[Span], budget: int, first: int) -> list[Span]:
        """Returns the spans that are shown, from message `first` on."""
        end = len(transcript)
        recent = longest_tail(transcript, kept, budget, max(first, end - self._recent))
        spans = merged([*kept, (recent, end)])
        left = budget - sum(transcript.tokens(*span) for span in spans)
        shown: set[int] = set()
        for start, stop in spans:
            shown.update(range(start, stop))
        for _, _, span in self._ranked:
            if left <= 0:
                break
            if span[0] in shown or span[0] < first:
                continue
            tokens = transcript.tokens(*span)
            if tokens <= left:
                left -= tokens
                spans.append(span)
        spans = merged(spans)
        return merged([*spans, (longest_tail(transcript, spans, budget, first), end)])
