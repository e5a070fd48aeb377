"""Texts into tokens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable


@runtime_checkable
class Tokenizer(Protocol):
    """Counts and cuts text as a model does."""

    @property
    def exact(self) -> bool:
        """Whether its counts are the model's own, and not an estimate."""
        ...

    def encode(self, text: str) -> list[int]:
        """Returns the tokens of `text`."""
        ...

    def decode(self, tokens: Sequence[int]) -> str:
        """Returns the text of `tokens`; bytes that are not UTF-8 become U+FFFD."""
        ...

    def count(self, text: str) -> int:
        """Returns how many tokens `text` has."""
        ...

    def truncate(self, text: str, limit: int) -> str:
        """Returns the longest prefix of `text`, cut between characters, that has at most `limit` tokens."""
        ...


@runtime_checkable
class LearningTokenizer(Tokenizer, Protocol):
    """One that estimates, and learns from what providers bill."""

    @property
    def generation(self) -> int:
        """Rises when estimates have moved so far that what was counted before should be counted anew."""
        ...

    def learn(self, text: str, tokens: int) -> None:
        """Takes in that an answer of `text` was billed with `tokens` tokens."""
        ...
