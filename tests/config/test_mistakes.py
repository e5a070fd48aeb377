"""Every mistake in a config file is told in one line, with its place and its remedy."""

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.config.loading import check, load_settings
from harness.config.problems import ProblemsError
from harness.config.yamltree import read_yaml
from harness.domain.errors import ConfigError

Write = Callable[[str | bytes], Path]

MISTAKES = [
    ("provider: {adapter: openai, modle: x}", 1, 29, "provider.modle", "is no known key (did you mean `model`?)"),
    ("provider: {adapter: opnai}", 1, 21, "provider.adapter", "no provider `opnai` (did you mean `openai`?)"),
    ("provider: {adapter: openai}", 1, 11, "provider.model", "is missing (add `model: …`)"),
    ("provider: {adapter: openai, model: 4}", 1, 36, "provider.model", "expected a text, found 4 (put it in quotes)"),
    (
        "provider: {adapter: null}",
        1,
        11,
        "provider",
        "names no adapter; there is anthropic, azure, cerebras, deepseek",
    ),
    ("provider: pattern", 1, 11, "provider", "expected a mapping with the key `adapter`, found the text 'pattern'"),
    ("\nprovder: 1", 2, 1, "provder", "did you mean `provider`?"),
    ("policy:\n  max_iterations: lots", 2, 19, "policy.max_iterations", "a whole number, found the text 'lots'"),
    ("policy:\n  max_iterations: true", 2, 19, "policy.max_iterations", "expected a number, found true"),
    ("policy:\n  max_iterations: 1.5", 2, 19, "policy.max_iterations", "expected a whole number, found 1.5"),
    ("policy: {max_iterations: 0}", 1, 26, "policy.max_iterations", "a number of at least 1, found 0"),
    ("policy: {tool_timeout_s: .inf}", 1, 26, "policy.tool_timeout_s", "expected a finite number, found inf"),
    ("policy: {fail_fast: perhaps}", 1, 21, "policy.fail_fast", "expected true or false, found the text 'perhaps'"),
    ("policy: {allowed_tools: a}", 1, 25, "policy.allowed_tools", "expected a list, found the text 'a' (write it as"),
    ("policy: [1]", 1, 9, "policy", "expected a mapping, found a list"),
    ("options: {temperature: 3}", 1, 24, "options.temperature", "a number of at most 2, found 3"),
    ("context: {max_tokens: 100}", 1, 10, "context", "max_tokens is 100, and reserve_output takes 1,024 of it"),
    ("context: {strategy: magic}", 1, 21, "context.strategy", "magic"),
    ("context: {tokenizer: gpt-9}", 1, 10, "context", "there is no exact token count for 'gpt-9'"),
    ("version: 2", 1, 10, "version", "expected 1, found 2"),
    ("sinks: [{adapter: structlog, level: inf}]", 1, 37, "sinks[0].level", "did you mean `info`?"),
    ("sinks: [1]", 1, 9, "sinks[0]", "expected a mapping with the key `adapter`, found 1"),
    ("tools: {builtin: [calculater]}", 1, 19, "tools.builtin[0]", "did you mean `calculator`?"),
    ("tools: {files: {rot: x}}", 1, 17, "tools.files.rot", "did you mean `root`?"),
    ("tools: {fils: {root: x}}", 1, 9, "tools.fils", "did you mean `files`?"),
    ("tools: {modules: [nope]}", 1, 19, "tools.modules[0]", "write `package.module:attribute`"),
    (
        "provider: {adapter: openai, model: m, timeouts: {conect_s: 1}}",
        1,
        50,
        "provider.timeouts.conect_s",
        "connect_s",
    ),
    ("system: ${NOT_SET}", 1, 9, "system", "NOT_SET is not set (set it, or write ${NOT_SET:-default})"),
    ("system: '${1A}'", 1, 9, "system", "has a reference that cannot be read: ${1A}"),
    ("system: a\nsystem: b", 2, 1, "system", "is there twice, first in line 1"),
    ("policy: {seed: 1, 'seed': 2}", 1, 19, "policy.seed", "is there twice"),
    ("policy: {<<: {}}", 1, 10, "", "the merge key `<<`, which is not supported"),
    ("system: *x", 1, 9, "", "has the alias *x before its anchor"),
    ("system: &x [*x]", 1, 13, "", "has the alias *x before its anchor"),
    ("system: !!python/object:os.system x", 1, 9, "", "has the tag"),
    ("? [a]\n: b", 1, 3, "", "has a key that is no text"),
    ("system: a\n---\nsystem: b", 2, 1, "", "holds a second document"),
    ("policy: [1, 2\nsystem: x", 2, 7, "", "is no YAML"),
    ("system: a: b", 1, 10, "", "put a text that holds `: ` in quotes"),
    ("policy:\n\tseed: 1", 2, 1, "", "indent with spaces, not tabs"),
    ("system: \x00", 1, 9, "", "the character U+0000 is not allowed"),
    ("system: a\nx: " + "[" * 100, 2, 67, "", "is nested deeper than 64 levels"),
    (b"system: x\nb: \xc3\xa4\xff", 2, 5, "", "is not UTF-8: the byte 0xff"),
    ("", None, None, "", "is empty (`harness config init` writes one"),
    ("# nothing\n", None, None, "", "is empty"),
    ("- 1\n", 1, 1, "", "holds no mapping"),
    (b"# " + b"x" * (1024 * 1024), None, None, "", "is larger than 1,024 KiB"),
]


@pytest.mark.parametrize(
    ("text", "line", "column", "key", "message"),
    MISTAKES,
    ids=[f"{i}-{case[3] or case[4][:20]}" for i, case in enumerate(MISTAKES)],
)
def test_a_mistake_is_told_with_its_place_and_remedy(
    write: Write, text: str | bytes, line: int | None, column: int | None, key: str, message: str
) -> None:
    path = write(text)
    problems = check(path, environment={})
    assert [(each.line, each.column, each.key) for each in problems] == [(line, column, key)]
    with pytest.raises(ConfigError) as caught:
        load_settings(path, environment={})
    error = caught.value
    assert (str(error.file), error.line, error.column, error.key) == (str(path), line, column, key)
    assert message in str(error)
    assert "\n" not in str(error)
    assert re.match(re.escape(str(path)) + (f":{line}:{column}: " if line else ": ") + re.escape(key), str(error))


def test_all_mistakes_are_told_at_once_in_order(write: Write) -> None:
    path = write("policy:\n  seed: x\nsystem: ${A}\nnope: 1\nprovider: {adapter: openai, model: m, x: 1}\n")
    assert [(each.line, each.key) for each in check(path, environment={})] == [
        (2, "policy.seed"),
        (3, "system"),
        (4, "nope"),
        (5, "provider.x"),
    ]


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nope\.yaml: there is no such file \(`harness config init`"):
        load_settings(tmp_path / "nope.yaml", environment={})
    with pytest.raises(ConfigError, match=r"there is no such file .*\$HARNESS_CONFIG names this file"):
        load_settings(None, environment={"HARNESS_CONFIG": "nope.yaml"})


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is a directory"):
        load_settings(tmp_path, environment={})
    with pytest.raises(ConfigError, match="cannot be read"):
        load_settings(Path("a\0b"), environment={})
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    with pytest.raises(ConfigError, match="cannot be read"):
        load_settings(loop, environment={})


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(write: Write) -> None:
    path = write("version: 1\n")
    path.chmod(0)
    with pytest.raises(ConfigError, match="may not be read"):
        load_settings(path, environment={})


def test_aliases_cannot_make_a_small_file_large(write: Write) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    (problem,) = check(write("\n".join(lines)), environment={})
    assert "holds more than 100,000 values, aliases included" in problem.message
    assert problem.line == 5


def test_an_alias_repeats_its_value(write: Write) -> None:
    path = write("options: {stop: &s [a, b]}\npolicy: {allowed_tools: *s, seed: &n 4, max_iterations: *n}\n")
    settings = load_settings(path, environment={})
    assert settings.policy.allowed_tools == settings.options.stop == ("a", "b")
    assert settings.policy.max_iterations == 4


def test_plain_words_stay_words() -> None:
    tree = read_yaml("[no, on, 12:30, 2020-01-01, 0x10, 1e3, 1_000, ~, null, true, 'true', !!str 3, 007]", "f")
    assert tree is not None
    assert tree.plain() == ["no", "on", "12:30", "2020-01-01", 16, 1000.0, "1_000", None, None, True, "true", "3", 7]


def test_a_byte_order_mark_and_other_line_ends_are_read(write: Write) -> None:
    path = write(b"\xef\xbb\xbfversion: 1\r\nsystem: x\r\nnope: 1\r\n")
    (problem,) = check(path, environment={})
    assert (problem.line, problem.column, problem.key) == (3, 1, "nope")


@given(st.text(alphabet="ab:-[]{}#&*!|>'\"%@`, \n\t\\0~<", max_size=40) | st.binary(max_size=40))
def test_no_text_raises_anything_but_a_problem(text: str | bytes) -> None:
    try:
        tree = read_yaml(text if isinstance(text, str) else text.decode("latin-1"), "f")
    except ProblemsError as error:
        said = [each.message for each in error.problems]
    else:
        said = ["is empty" if tree is None else "is a tree"]
    assert said
    assert all(said)
