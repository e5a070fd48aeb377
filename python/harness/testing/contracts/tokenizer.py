"""What every `Tokenizer` must keep."""

from __future__ import annotations

import pytest

from harness.ports.tokenizer import Tokenizer

TEXTS = [
    "",
    "Hello, world!",
    "  leading and trailing  ",
    "日本語のテキスト",
    "naïve café — “quoted” …",
    "🙂🙃 👩‍👩‍👧",
    "def f(x):\n\treturn x ** 2\n",
    "a" * 500,
    "\x00\x07\r\n",
]


class TokenizerContract:
    """Derive from it and give a fixture `tokenizer`."""

    @pytest.mark.parametrize("text", TEXTS)
    def test_counting_is_encoding_and_counting(self, tokenizer: Tokenizer, text: str) -> None:
        if tokenizer.exact:
            assert tokenizer.count(text) == len(tokenizer.encode(text))
        else:
            assert (tokenizer.count(text) == 0) == (text == "")

    @pytest.mark.parametrize("text", TEXTS)
    def test_decoding_gives_the_text_back(self, tokenizer: Tokenizer, text: str) -> None:
        if tokenizer.exact:
            assert tokenizer.decode(tokenizer.encode(text)) == text

    @pytest.mark.parametrize("text", TEXTS)
    @pytest.mark.parametrize("limit", [0, 1, 3, 10_000])
    def test_truncating_gives_a_prefix_within_the_limit(self, tokenizer: Tokenizer, text: str, limit: int) -> None:
        cut = tokenizer.truncate(text, limit)
        assert text.startswith(cut)
        assert tokenizer.count(cut) <= limit
        if tokenizer.count(text) <= limit:
            assert cut == text

    def test_a_negative_limit_is_refused(self, tokenizer: Tokenizer) -> None:
        with pytest.raises(ValueError, match="limit"):
            tokenizer.truncate("text", -1)
