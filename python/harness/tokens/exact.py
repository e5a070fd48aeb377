"""Exact token counts, in Rust, for OpenAI's encodings."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TypeAlias

from harness import _native
from harness.domain.errors import InputError
from harness.tokens.estimated import EstimatedTokenizer
from harness.tokens.huggingface import HuggingFaceTokenizer
from harness.tokens.models import encoding_of, is_estimated
from harness.tokens.surrogates import whole

AnyTokenizer: TypeAlias = "Tokenizer | HuggingFaceTokenizer | EstimatedTokenizer"
"""Every tokenizer that comes with harness; `exact` tells those that estimate from the others."""


class Tokenizer:
    """Counts and cuts text exactly as the models of an encoding do. Fulfils the port `Tokenizer`.

    Special tokens such as `<|endoftext|>` are counted as the text that they are. A lone surrogate, which no encoding
    has, counts as U+FFFD. The first tokenizer of an encoding in a process makes its tables, without
    the GIL: 25 ms and 9 MiB for `r50k_base`, 45 ms and 16 MiB for `cl100k_base`, 115 ms and 31 MiB for `o200k_base`;
    make it in a thread where an event loop must not wait.

    Args:
        name: an encoding or a model of OpenAI's.

    Raises:
        InputError: neither is known.
    """

    exact = True

    def __init__(self, name: str = "o200k_base") -> None:
        self._encoding = _native.Encoding(encoding_of(name))
        self.model = ""
        """The model that it was asked for by, where it was."""

    @staticmethod
    def for_model(model: str, *, strict: bool = False) -> AnyTokenizer:
        """Returns the tokenizer of a model: exact for OpenAI's and for a `tokenizer.json`, else one that estimates.

        There is one estimator a model in a process, so that all learn from what any was billed.

        Args:
            model: the name of a model or an encoding; or the path of a `tokenizer.json` or of its folder, with a `/`
                at its beginning or after dots.
            strict: refuse to estimate.

        Raises:
            InputError: the model is of no known family, or the file cannot be used; or there is no exact tokenizer and
                `strict` asks for one.
        """
        if is_path(model):
            return HuggingFaceTokenizer(Path(model).expanduser())
        if is_estimated(model) and not strict:
            return estimator(model)
        tokenizer = Tokenizer(model)
        tokenizer.model = model
        return tokenizer

    @property
    def name(self) -> str:
        """The name of the encoding."""
        return self._encoding.name

    def encode(self, text: str) -> list[int]:
        """Returns the tokens of `text`."""
        try:
            return self._encoding.encode(text)
        except UnicodeEncodeError:
            return self._encoding.encode(whole(text))

    def decode(self, tokens: Sequence[int]) -> str:
        """Returns the text of `tokens`; bytes that are not UTF-8 become U+FFFD.

        Raises:
            InputError: a number is no token of the encoding.
        """
        try:
            return self._encoding.decode(list(tokens))
        except (ValueError, OverflowError, TypeError) as error:
            raise InputError(f"these are no tokens: {error}") from None

    def count(self, text: str) -> int:
        """Returns how many tokens `text` has; linear in its length."""
        try:
            return self._encoding.count(text)
        except UnicodeEncodeError:
            return self._encoding.count(whole(text))

    def count_up_to(self, text: str, limit: int) -> int:
        """Returns how many tokens `text` has, or some number above `limit` where it has more: reading stops there.

        Raises:
            InputError: `limit` is negative.
        """
        if limit < 0:
            raise InputError(f"the limit must not be negative, and is {limit}")
        try:
            return self._encoding.count_up_to(text, limit)
        except UnicodeEncodeError:
            return self._encoding.count_up_to(whole(text), limit)

    def truncate(self, text: str, limit: int) -> str:
        """Returns the longest prefix of `text`, cut between characters, that has at most `limit` tokens.

        Raises:
            InputError: `limit` is negative.
        """
        if limit < 0:
            raise InputError(f"the limit must not be negative, and is {limit}")
        try:
            return self._encoding.truncate(text, limit)
        except UnicodeEncodeError:
            # As long in characters as the text, so the prefix of one is that of the other.
            return text[: len(self._encoding.truncate(whole(text), limit))]


def is_path(name: str) -> bool:
    """Whether a name means a file or a folder, and no model."""
    return name.startswith(("/", "./", "../", "~/")) or name.endswith(".json")


@lru_cache(maxsize=256)
def estimator(model: str) -> EstimatedTokenizer:
    """Returns the estimator that this process has for a model, of whatever family."""
    return EstimatedTokenizer(model)
