"""Defaults, file, environment, arguments: each later one wins, and every value knows where it came from."""

from collections.abc import Callable
from pathlib import Path

import pytest

from harness.config.builtin import LibsqlOptions, NoOptions, OpenAIOptions, StructlogOptions
from harness.config.loading import load_settings
from harness.domain.errors import ConfigError

Write = Callable[[str | bytes], Path]


def test_without_any_source_the_defaults_hold() -> None:
    settings = load_settings(None, environment={})
    assert settings.provider.adapter == "pattern"
    assert settings.store.options == LibsqlOptions(url="file:.harness/harness.db")
    assert settings.tools.builtin == ("calculator", "todo", "clock", "files")
    assert settings.limiter is None
    assert settings.sinks == ()


def test_each_source_wins_over_the_ones_before_it(write: Write) -> None:
    path = write("policy: {max_iterations: 2, max_tool_depth: 2, seed: 2}\n")
    environment = {"HARNESS_POLICY__MAX_TOOL_DEPTH": "4", "HARNESS_POLICY__SEED": "4"}
    policy = load_settings(path, environment=environment, overrides={"policy.seed": 5}).policy
    assert (policy.max_parallel_tools, policy.max_iterations, policy.max_tool_depth, policy.seed) == (5, 2, 4, 5)


def test_the_file_is_the_one_named_then_the_variables_then_the_folders(write: Write, tmp_path: Path) -> None:
    write("system: folder\n")
    other = tmp_path / "other.yaml"
    other.write_text("system: variable\n")
    named = tmp_path / "named.yaml"
    named.write_text("system: named\n")
    environment = {"HARNESS_CONFIG": str(other)}
    assert load_settings(named, environment=environment).system == "named"
    assert load_settings(None, environment=environment).system == "variable"
    assert load_settings(None, environment={}).system == "folder"


def test_arguments_may_be_dotted_or_nested() -> None:
    overrides = {"provider": {"adapter": "openai"}, "provider.model": "m", "sinks": [{"adapter": "structlog"}]}
    settings = load_settings(None, environment={}, overrides=overrides)
    assert isinstance(settings.provider.options, OpenAIOptions)
    assert settings.provider.options.model == "m"
    assert isinstance(settings.sinks[0].options, StructlogOptions)


def test_another_adapter_does_not_inherit_the_options_of_the_one_below(write: Write) -> None:
    path = write("provider: {adapter: openai, model: m}\nstore: {adapter: memory}\n")
    settings = load_settings(path, environment={"HARNESS_PROVIDER__ADAPTER": "pattern"})
    assert settings.provider.options == NoOptions()
    assert settings.store.options == NoOptions()


def test_the_same_adapter_inherits_them(write: Write) -> None:
    path = write(
        "provider: {adapter: openai, model: m, base_url: 'http://localhost:1/v1'}\nstore: {url: 'file:x.db'}\n"
    )
    settings = load_settings(path, environment={"HARNESS_PROVIDER__MODEL": "n"})
    assert settings.provider.options.arguments()["model"] == "n"
    assert settings.provider.options.arguments()["base_url"] == "http://localhost:1/v1"
    assert settings.store.adapter == "libsql"


def test_null_turns_a_part_off_in_every_source(write: Write) -> None:
    assert load_settings(write("run_store: null\n"), environment={}).run_store is None
    assert load_settings(None, environment={"HARNESS_RUN_STORE": "null"}).run_store is None
    assert load_settings(None, environment={}, overrides={"cache": None}).cache is None


def test_texts_of_the_environment_become_what_the_key_asks_for() -> None:
    environment = {
        "HARNESS_POLICY__FAIL_FAST": "true",
        "HARNESS_POLICY__TOOL_TIMEOUT_S": "2.5",
        "HARNESS_POLICY__RUN_TIMEOUT_S": "null",
        "HARNESS_POLICY__ALLOWED_TOOLS": '["a", "b"]',
        "HARNESS_SINKS": "[{adapter: structlog, level: debug}]",
        "harness_system": "be brief",
    }
    settings = load_settings(None, environment=environment)
    assert settings.policy.fail_fast is True
    assert settings.policy.tool_timeout_s == 2.5
    assert settings.policy.run_timeout_s is None
    assert settings.policy.allowed_tools == ("a", "b")
    assert settings.sinks[0].options.arguments()["level"] == "debug"
    assert settings.system == "be brief"


def test_variables_of_others_are_left_alone() -> None:
    load_settings(None, environment={"HARNESS_FROZEN": "1", "HARNESS_WHATEVER": "1", "OTHER__KEY": "1"})


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({"HARNESS_PROVDER__ADAPTER": "x"}, "did you mean `provider`?"),
        ({"HARNESS_POLICY__SED": "1"}, "policy.sed: is no known key (did you mean `seed`?)"),
        ({"HARNESS_POLICY__SEED": "x"}, "policy.seed: expected a whole number, found the text 'x'"),
        ({"HARNESS_POLICY__ALLOWED_TOOLS": "[a"}, "write lists and mappings as JSON"),
        ({"HARNESS_POLICY__ALLOWED_TOOLS": "a"}, "expected a list, found the text 'a'"),
    ],
)
def test_a_bad_variable_is_named(environment: dict[str, str], message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_settings(None, environment=environment)
    assert message in str(caught.value)
    assert str(caught.value).startswith(f"the environment variable {next(iter(environment))}: ")


def test_a_bad_argument_is_named() -> None:
    with pytest.raises(ConfigError, match=r"^the argument policy\.seed: policy\.seed: expected a whole number"):
        load_settings(None, environment={}, overrides={"policy.seed": "x"})


def test_every_value_knows_where_it_came_from(write: Write) -> None:
    path = write("policy:\n  seed: 3\n")
    settings = load_settings(path, environment={"HARNESS_SYSTEM": "s"}, overrides={"policy.fail_fast": True})
    assert str(settings.origin("policy", "seed")) == f"{path}:2:9"
    assert str(settings.origin("system")) == "the environment variable HARNESS_SYSTEM"
    assert str(settings.origin("policy", "fail_fast")) == "the argument policy.fail_fast"
    assert str(settings.origin("provider", "adapter")) == "the defaults"


def test_references_are_filled_in(write: Write) -> None:
    path = write(
        "system: 'a ${A} ${B:-b b} ${EMPTY:-c} [${EMPTY}] $${A} $A ${A}'\n"
        "policy: {max_iterations: '${N:-7}'}\n"
        "options: {stop: ['${A}']}\n"
    )
    settings = load_settings(path, environment={"A": "${B}", "EMPTY": ""})
    assert settings.system == "a ${B} b b c [] ${A} $A ${B}"
    assert settings.policy.max_iterations == 7
    assert settings.options.stop == ("${B}",)


def test_a_reference_that_is_laid_over_need_not_be_set(write: Write) -> None:
    path = write("provider: {adapter: openai, model: m, api_key: '${NOT_SET}'}\n")
    settings = load_settings(path, environment={}, overrides={"provider.adapter": "pattern"})
    assert settings.provider.adapter == "pattern"


def test_references_stand_in_files_only() -> None:
    assert load_settings(None, environment={"HARNESS_SYSTEM": "${A}"}).system == "${A}"
    assert load_settings(None, environment={}, overrides={"system": "${A}"}).system == "${A}"
