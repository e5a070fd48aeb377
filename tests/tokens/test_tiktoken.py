"""Equal to OpenAI's own tokenizer on ten thousand texts that are hard to split."""

import base64
import gzip
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.tokens import ENCODINGS, Tokenizer

tiktoken = pytest.importorskip("tiktoken")  # a development requirement; CI has it

DATA = Path(__file__).resolve().parents[2] / "rust" / "core" / "data"

PIECES = [
    "the quick brown fox", "don't", "WE'LL", "I'm", " 12345", "3.14", "\n\n", "\r\n", "\t\t", "    ", " ", "x" * 17,
    "日本語", "漢字かな交じり文", "한국어", "中文分词", "Привет", "καλημέρα", "مرحبا", "שלום", "हिन्दी", "ไทย",
    "naïve", "ß",
    "🙂", "👩‍👩‍👧‍👦", "🇩🇪", "e\u0301", "\u200d", "\u00a0", "\u2028", "\ufeff", "�", "\x00", "\x7f",
    "<|endoftext|>", "<|im_start|>", "<|fim_prefix|>", "def f(x):", "return x**2", "#include <stdio.h>", "</div>",
    '{"a": [1, 2]}', "=>", "!=", "////", "----", "___", "...", "'s", "'S", "’s", "a" * 60, "http://x.y/z?a=b&c=%20",
]  # fmt: skip


@pytest.fixture(scope="module")
def theirs() -> dict[str, Any]:
    """tiktoken's encodings, out of the vocabularies that the core embeds: nothing is fetched."""
    import tiktoken_ext.openai_public as public

    def ranks(name: str) -> dict[bytes, int]:
        lines = gzip.decompress((DATA / f"{name}.tiktoken.gz").read_bytes()).splitlines()
        return {base64.b64decode(word): int(rank) for word, rank in (line.split() for line in lines)}

    def load(address: str, **_: Any) -> dict[bytes, int]:
        return ranks(address.rsplit("/", 1)[-1].removesuffix(".tiktoken"))

    def load_gpt2(**_: Any) -> dict[bytes, int]:
        return {word: rank for word, rank in ranks("p50k_base").items() if rank < 50_256}

    made = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(public, "load_tiktoken_bpe", lambda a, **k: load_gpt2() if "r50k" in a else load(a, **k))
        for name in ENCODINGS:
            made[name] = tiktoken.Encoding(**getattr(public, name)())
    return made


def _texts(count: int) -> list[str]:
    pick = random.Random(20)
    texts = []
    for _ in range(count):
        pieces = [pick.choice(PIECES) for _ in range(pick.randint(1, 12))]
        if pick.random() < 0.3:
            raw = bytearray("".join(pieces).encode())
            for _ in range(pick.randint(1, 3)):
                raw[pick.randrange(len(raw))] = pick.randrange(256)
            texts.append(raw.decode(errors="replace"))
        elif pick.random() < 0.2:
            texts.append("".join(chr(pick.choice([*range(0xD800), *range(0xE000, 0x11000)])) for _ in range(20)))
        else:
            texts.append("".join(piece + pick.choice(["", " ", "\n"]) for piece in pieces))
    return texts


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_ten_thousand_texts_have_the_same_tokens(theirs: dict[str, Any], encoding: str) -> None:
    ours, their = Tokenizer(encoding), theirs[encoding]
    wrong = [text for text in _texts(10_000) if ours.encode(text) != their.encode_ordinary(text)]
    assert wrong == []


@given(text=st.text(max_size=200))
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_any_text_has_the_same_tokens(theirs: dict[str, Any], encoding: str, text: str) -> None:
    assert Tokenizer(encoding).encode(text) == theirs[encoding].encode_ordinary(text)
