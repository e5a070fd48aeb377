"""The context of a config file: every strategy is put together and runs."""

from pathlib import Path

import pytest

from harness import Harness
from harness.domain.errors import ConfigError


@pytest.mark.parametrize("strategy", ["sliding_window", "hierarchical", "summarization", "semantic"])
async def test_every_strategy_runs(tmp_path: Path, strategy: str) -> None:
    path = tmp_path / "harness.yaml"
    path.write_text(
        "version: 1\nstore: {adapter: memory}\ntools: {builtin: [calculator]}\n"
        f"context: {{strategy: {strategy}, max_tokens: 2000, reserve_output: 100, tokenizer: cl100k_base,"
        " summarizer: {adapter: pattern}, embedder: {adapter: hashing, dimensions: 64}}\n"
    )
    async with Harness.from_config(path) as harness:
        for number in range(30):
            result = await harness.run(f"what is {number}*2?", conversation_id="c")
            assert f"= {number * 2}." in result.text


def test_a_summarizer_that_is_none_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "harness.yaml"
    path.write_text("version: 1\ncontext: {summarizer: {adapter: patern}}\n")
    with pytest.raises(ConfigError, match=r"harness.yaml:2:33: context.summarizer.adapter: .*did you mean `pattern`"):
        Harness.from_config(path)
