"""Which messages are shown: a function a strategy, from what must be shown and what fits to the spans that are."""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable, Iterable, Sequence

from harness.domain.messages import Message
from harness.engine.context.groups import Span, group_at, importance, longest_tail, merged
from harness.prompts import Transcript


def sliding_window(transcript: Transcript, kept: list[Span], budget: int, start: int) -> list[Span]:
    """The longest tail, from `start` on, that fits beside what must be shown. O(log n)."""
    return merged([*kept, (longest_tail(transcript, kept, budget, start), len(transcript))])


def by_rank(
    transcript: Transcript,
    kept: list[Span],
    budget: int,
    first: int,
    recent: int,
    ranked: Iterable[Span],
) -> list[Span]:
    """What must be shown, the last `recent` messages, then the groups in the order of their rank as far as they fit,
    then what else fits of the tail; of what is before message `first` only what must be shown and what has a rank."""
    end = len(transcript)
    spans = merged([*kept, (longest_tail(transcript, kept, budget, max(first, end - recent)), end)])
    left = budget - sum(transcript.tokens(*span) for span in spans)
    shown: set[int] = set()
    for start, stop in spans:
        shown.update(range(start, stop))
    for span in ranked:
        if left <= 0:
            break
        if span[0] in shown:
            continue
        tokens = transcript.tokens(*span)
        if tokens <= left:
            left -= tokens
            spans.append(span)
    spans = merged(spans)
    return merged([*spans, (longest_tail(transcript, spans, budget, first), end)])


def fused(*rankings: Sequence[Span]) -> list[Span]:
    """Returns one ranking of several: by the best rank that a group has in any, of equal ones the later group first. So
    the first of each come first, and one that is in the middle of all does not come before them."""
    best: dict[Span, int] = {}
    for ranking in rankings:
        for rank, span in enumerate(ranking):
            best[span] = min(rank, best.get(span, rank))
    return sorted(best, key=lambda span: (best[span], -span[0]))


class Hierarchy:
    """The groups of a conversation in the order of their importance, kept sorted as it grows.

    Args:
        score: how important a message is; a group is as important as its most important message.
    """

    def __init__(self, score: Callable[[Message], float] = importance) -> None:
        self._score = score
        self._ranked: list[tuple[float, int, Span]] = []
        self._known = 0

    def learn(self, transcript: Transcript, messages: Sequence[Message]) -> None:
        """Takes in the groups that are new."""
        while self._known < len(messages):
            start, end = group_at(transcript, self._known)
            score = max(self._score(message) for message in messages[start:end])
            # Of equal importance the later one first.
            insort(self._ranked, (-score, -start, (start, end)))
            self._known = end

    def ranked(self) -> list[Span]:
        """Returns the groups, the most important first."""
        return [span for _, _, span in self._ranked]
