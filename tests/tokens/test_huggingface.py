"""Tokenizers out of files, made here by the same library's trainer."""

import sys
from pathlib import Path

import pytest

from harness.domain.errors import InputError
from harness.testing.contracts.tokenizer import TokenizerContract
from harness.tokens import HuggingFaceTokenizer, Tokenizer, count_tokens
from tests.tokens.mixed import Mixed


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    import tokenizers as hf

    core = hf.Tokenizer(hf.models.BPE())
    core.pre_tokenizer = hf.pre_tokenizers.ByteLevel(add_prefix_space=False)
    core.decoder = hf.decoders.ByteLevel()
    trainer = hf.trainers.BpeTrainer(
        vocab_size=2000,
        initial_alphabet=hf.pre_tokenizers.ByteLevel.alphabet(),
        special_tokens=["<s>"],
        show_progress=False,
    )
    mixed = Mixed(7)
    core.train_from_iterator([mixed.answer() for _ in range(60)], trainer)
    core.enable_truncation(8)
    core.enable_padding(length=32)
    path = tmp_path_factory.mktemp("model") / "tokenizer.json"
    core.save(str(path))
    return path


class TestHuggingFaceTokenizer(TokenizerContract):
    @pytest.fixture
    def tokenizer(self, file: Path) -> HuggingFaceTokenizer:
        return HuggingFaceTokenizer(file)


def test_its_folder_will_do_and_for_model_takes_paths(file: Path) -> None:
    text = "What a window holds, and what it costs."
    expected = HuggingFaceTokenizer(file).count(text)
    assert expected > 8  # the truncation and padding of the file are no part of counting
    assert HuggingFaceTokenizer(file.parent).count(text) == expected
    assert Tokenizer.for_model(str(file)).count(text) == expected
    assert count_tokens(text, str(file)) == expected


def test_a_truncated_text_is_as_long_as_fits(file: Path) -> None:
    tokenizer, text = HuggingFaceTokenizer(file), Mixed(3).answer()
    for limit in (1, 5, 40):
        cut = tokenizer.truncate(text, limit)
        assert tokenizer.count(cut) <= limit < tokenizer.count(text[: len(cut) + 1])


def test_lone_surrogates_are_counted(file: Path) -> None:
    assert HuggingFaceTokenizer(file).count("a\ud800b") > 0


@pytest.mark.parametrize("content", [b"", b"{}", b"no json", b'{"model": {"type": "none"}}', b"\xff\xfe"])
def test_a_file_that_is_no_tokenizer_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "tokenizer.json"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"tokenizer\.json: this is no tokenizer"):
        HuggingFaceTokenizer(path)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no such file"):
        HuggingFaceTokenizer(tmp_path / "tokenizer.json")
    with pytest.raises(InputError, match="there is no such file"):
        HuggingFaceTokenizer(tmp_path)


def test_numbers_that_are_no_tokens_are_refused(file: Path) -> None:
    for token in (-1, 10**9):
        with pytest.raises(InputError, match="no token"):
            HuggingFaceTokenizer(file).decode([token])


def test_without_the_package_the_extra_is_named(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tokenizers", None)
    with pytest.raises(InputError, match=r"llm-harness\[hf\]"):
        HuggingFaceTokenizer(file)
