"""Earlier turns by their likeness to what the user says now."""

from __future__ import annotations

from collections.abc import Sequence

from harness.domain.context import Snippet
from harness.domain.messages import Message
from harness.engine.context.groups import Span, group_at
from harness.ports.embedder import Embedder
from harness.prompts import Transcript

_MOST_CHARS = 4000
"""Longest text of a group that is embedded; what a long result is about is said at its beginning."""


class Likeness:
    """The groups of a conversation as vectors; each is embedded once."""

    def __init__(self) -> None:
        self._spans: list[Span] = []
        self._vectors: list[list[float]] = []
        self._known = 0

    async def learn(self, transcript: Transcript, messages: Sequence[Message], embedder: Embedder) -> None:
        """Takes in the groups that are new.

        Raises:
            ProviderError: the embedder did not answer; nothing was taken in.
        """
        spans: list[Span] = []
        at = self._known
        while at < len(messages):
            spans.append(group_at(transcript, at))
            at = spans[-1][1]
        if not spans:
            return
        vectors = await embedder.embed([_text(messages[start:end]) for start, end in spans])
        self._spans += spans
        self._vectors += vectors
        self._known = at

    async def ranked(self, question: str, embedder: Embedder) -> list[Span]:
        """Returns the groups, the one that is most like the question first; of like ones the later.

        Raises:
            ProviderError: the embedder did not answer.
        """
        (asked,) = await embedder.embed([question[:_MOST_CHARS]])
        scored = [
            (-sum(a * b for a, b in zip(asked, vector, strict=True)), -span[0], span)
            for vector, span in zip(self._vectors, self._spans, strict=True)
        ]
        return [span for _, _, span in sorted(scored)]


async def by_likeness(snippets: Sequence[Snippet], question: str, embedder: Embedder) -> list[Snippet]:
    """Returns the snippets, the one that is most like the question first; of like ones the earlier.

    Raises:
        ProviderError: the embedder did not answer.
    """
    asked, *vectors = await embedder.embed([text[:_MOST_CHARS] for text in (question, *(s.text for s in snippets))])
    scores = [sum(a * b for a, b in zip(asked, vector, strict=True)) for vector in vectors]
    return [snippets[at] for at in sorted(range(len(snippets)), key=lambda at: -scores[at])]


def _text(messages: Sequence[Message]) -> str:
    parts: list[str] = []
    for message in messages:
        parts.append(message.text)
        parts += [f"{call.name} {call.arguments_json or ''}" for call in message.tool_calls]
        parts += [result.content for result in message.tool_results]
    return "\n".join(parts)[:_MOST_CHARS]
