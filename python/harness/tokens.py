"""Exact token counts, in Rust: `count_tokens` and `Tokenizer` for OpenAI's encodings."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Self

from harness import _native
from harness.domain.errors import InputError

__all__ = ["ENCODINGS", "Tokenizer", "count_tokens", "encoding_of"]

ENCODINGS = tuple(_native.token_encodings())
"""The encodings that are built in: `r50k_base`, `p50k_base`, `cl100k_base` and `o200k_base`."""

_SAME = {"o200k_harmony": "o200k_base", "p50k_edit": "p50k_base", "gpt2": "r50k_base"}
"""Encodings that differ from another in their special tokens alone, and so count text as it does."""

_SURROGATES = re.compile("[\ud800-\udfff]")

# By the beginning of a model's name; the longest that fits counts.
_MODELS = {
    "gpt-5": "o200k_base",
    "gpt-4.5": "o200k_base",
    "gpt-4.1": "o200k_base",
    "gpt-4o": "o200k_base",
    "chatgpt-4o": "o200k_base",
    "gpt-oss": "o200k_base",
    "o1": "o200k_base",
    "o3": "o200k_base",
    "o4": "o200k_base",
    "gpt-4": "cl100k_base",
    "gpt-3.5": "cl100k_base",
    "gpt-35": "cl100k_base",
    "text-embedding-3": "cl100k_base",
    "text-embedding-ada-002": "cl100k_base",
    "text-davinci-003": "p50k_base",
    "text-davinci-002": "p50k_base",
    "davinci": "r50k_base",
    "curie": "r50k_base",
    "babbage": "r50k_base",
    "ada": "r50k_base",
}


def encoding_of(name: str) -> str:
    """Returns the name of the encoding that `name` is, or that the model `name` uses.

    Fine-tuned models (`ft:gpt-4o:…`) and names with a provider before them (`openai/gpt-4o`) are known by their base.

    Raises:
        InputError: neither is known.
    """
    if name in ENCODINGS:
        return name
    if name in _SAME:
        return _SAME[name]
    model = name.removeprefix("ft:").rsplit("/", 1)[-1].lower()
    fitting = [each for each in _MODELS if model == each or model.startswith((each + "-", each + ":", each + "."))]
    if fitting:
        return _MODELS[max(fitting, key=len)]
    near = difflib.get_close_matches(name, [*ENCODINGS, *_MODELS], n=1)
    remedy = f"did you mean {near[0]}?" if near else f"known are {', '.join(ENCODINGS)} and OpenAI's models"
    raise InputError(f"there is no exact token count for {name!r}", remedy=remedy)


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

    @classmethod
    def for_model(cls, model: str) -> Self:
        """Returns the tokenizer of a model of OpenAI's; each encoding has its tables once in a process.

        Raises:
            InputError: there is none for that model.
        """
        return cls(model)

    @property
    def name(self) -> str:
        """The name of the encoding."""
        return self._encoding.name

    def encode(self, text: str) -> list[int]:
        """Returns the tokens of `text`."""
        try:
            return self._encoding.encode(text)
        except UnicodeEncodeError:
            return self._encoding.encode(_whole(text))

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
            return self._encoding.count(_whole(text))

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
            return self._encoding.count_up_to(_whole(text), limit)

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
            return text[: len(self._encoding.truncate(_whole(text), limit))]


def count_tokens(text: str, name: str = "o200k_base") -> int:
    """Returns how many tokens `text` has.

    Args:
        text: any text.
        name: an encoding or a model of OpenAI's.

    Raises:
        InputError: the name is not known.
    """
    return _tokenizer(name).count(text)


@lru_cache(maxsize=64)
def _tokenizer(name: str) -> Tokenizer:
    return Tokenizer(name)


def _whole(text: str) -> str:
    return _SURROGATES.sub("\ufffd", text)
