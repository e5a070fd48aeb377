"""Snippets as the model is shown them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from harness.domain.context import Snippet
from harness.domain.messages import Message, Role, TextPart
from harness.domain.values import dataclass
from harness.ports.tokenizer import Tokenizer
from harness.tokens.chat import count_message

_MARKS = re.compile(r'["<>\n]')


@dataclass(frozen=True, slots=True)
class Knowledge:
    """The snippets that a run shows.

    Args:
        message: shows them; None where none fits.
        sources: where they are from, in order.
        dropped: how many are not shown.
        tokens: of the message.
    """

    message: Message | None = None
    sources: tuple[str, ...] = ()
    dropped: int = 0
    tokens: int = 0


def as_message(snippets: Sequence[Snippet]) -> Message:
    """Returns the message that shows snippets."""
    shown = "".join(
        f'<snippet source="{_MARKS.sub(" ", each.source)}">\n{each.text}\n</snippet>\n' for each in snippets
    )
    return Message(Role.USER, (TextPart(f"<context>\n{shown}</context>"),))


def choose(snippets: Sequence[Snippet], limit: int, tokenizer: Tokenizer) -> Knowledge:
    """Returns the snippets that fit `limit` tokens together: the first ones, but for those that are too long."""
    chosen: list[Snippet] = []
    tokens = 0
    for snippet in snippets:
        needed = count_message(as_message([*chosen, snippet]), tokenizer)
        if needed <= limit:
            chosen.append(snippet)
            tokens = needed
    message = as_message(chosen) if chosen else None
    return Knowledge(message, tuple(each.source for each in chosen), len(snippets) - len(chosen), tokens)
