"""Token counts by a Hugging Face `tokenizer.json` on disk, with the package `tokenizers` (the extra `hf`)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from harness.domain.errors import InputError
from harness.tokens.surrogates import whole

_FILE = "tokenizer.json"


class HuggingFaceTokenizer:
    """Counts and cuts text by a `tokenizer.json`. Fulfils the port `Tokenizer`.

    No special tokens are added. Decoding gives the text back as far as the file's normalisation is lossless.

    Args:
        path: the file, or the folder that it is in; nothing is fetched.

    Raises:
        InputError: there is no such file, it is no tokenizer, or the extra `hf` is not installed.
    """

    exact = True

    def __init__(self, path: str | Path) -> None:
        # Here and not above: the package is an extra.
        try:
            from tokenizers import Tokenizer as Core
        except ImportError:
            raise InputError(
                "a tokenizer.json needs the package `tokenizers`", remedy="pip install 'llm-harness[hf]'"
            ) from None
        file = Path(path)
        if file.is_dir():
            file = file / _FILE
        if not file.is_file():
            raise InputError(
                f"{file}: there is no such file", remedy="give the path of a tokenizer.json, or of its folder"
            )
        try:
            self._core: Any = Core.from_file(str(file))
        except Exception as error:  # noqa: BLE001 - the package raises no narrower one for what it cannot read
            raise InputError(
                f"{file}: this is no tokenizer: {str(error)[:200]}", remedy="give a Hugging Face tokenizer.json"
            ) from None
        self._core.no_truncation()
        self._core.no_padding()
        self._file = file

    @property
    def name(self) -> str:
        """The path of the file."""
        return str(self._file)

    def encode(self, text: str) -> list[int]:
        """Returns the tokens of `text`."""
        ids: list[int] = self._encoded(text).ids
        return ids

    def decode(self, tokens: Sequence[int]) -> str:
        """Returns the text of `tokens`.

        Raises:
            InputError: a number is no token of the file.
        """
        size = self._core.get_vocab_size(with_added_tokens=True)
        for token in tokens:
            if not isinstance(token, int) or not 0 <= token < size:
                raise InputError(f"these are no tokens: {self._file} has no token {token!r}")
        text: str = self._core.decode(list(tokens), skip_special_tokens=False)
        return text

    def count(self, text: str) -> int:
        """Returns how many tokens `text` has."""
        return len(self._encoded(text))

    def count_up_to(self, text: str, limit: int) -> int:
        """Returns what `count` does.

        Raises:
            InputError: `limit` is negative.
        """
        _check(limit)
        return self.count(text)

    def truncate(self, text: str, limit: int) -> str:
        """Returns the longest prefix of `text`, cut between characters, that has at most `limit` tokens, or one that is
        a few characters short of it: where a vocabulary merges over the cut, a prefix may cost more than it did as part
        of the text.

        Raises:
            InputError: `limit` is negative.
        """
        _check(limit)
        encoded = self._encoded(text)
        if len(encoded) <= limit:
            return text
        end = encoded.offsets[limit][0] if limit else 0
        while end and self.count(text[:end]) > limit:
            end -= 1
        while end < len(text) and self.count(text[: end + 1]) <= limit:
            end += 1
        return text[:end]

    def _encoded(self, text: str) -> Any:
        try:
            return self._core.encode(text, add_special_tokens=False)
        except (TypeError, UnicodeEncodeError):
            return self._core.encode(whole(text), add_special_tokens=False)


def _check(limit: int) -> None:
    if limit < 0:
        raise InputError(f"the limit must not be negative, and is {limit}")
