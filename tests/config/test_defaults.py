"""The commented default file works as it stands, and says what the embedded defaults say."""

import inspect
import re
from collections.abc import Callable
from dataclasses import fields
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml

from harness.adapters.providers.openai import OpenAIProvider
from harness.adapters.providers.presets import Preset
from harness.config.builtin import BUILTIN
from harness.config.defaults import default_yaml
from harness.config.loading import check, load_settings
from harness.config.registry import load_target
from harness.config.schema import json_schema
from harness.config.settings import ContextSettings, OptionsSettings, PolicySettings, Settings
from harness.domain.completions import Options
from harness.domain.context import ContextPolicy
from harness.domain.policies import Policy

Write = Callable[[str | bytes], Path]


def test_the_default_file_is_the_embedded_defaults(write: Write) -> None:
    path = write(default_yaml())
    assert check(path, environment={}) == []
    assert load_settings(path, environment={}) == load_settings(None, environment={}) == Settings()


def test_what_the_default_file_comments_out_works_too(write: Write) -> None:
    # Parts that are commented out are whole keys: uncommented, and with what they replace removed, they load.
    text = default_yaml()
    blocks = re.findall(r"(?m)^# (\w+):\n((?:#   .*\n)+)", text)
    assert [name for name, _ in blocks] == ["provider", "limiter", "sinks", "context"]
    for name, body in blocks:
        path = write(f"{name}:\n" + re.sub(r"(?m)^# ", "", body))
        assert check(path, environment={"OPENAI_API_KEY": "k"}) == [], name


def test_the_default_file_names_every_field_of_policy_and_options() -> None:
    loaded = yaml.safe_load(default_yaml())
    assert set(loaded["policy"]) == {each.name for each in fields(Policy)}
    assert set(loaded["options"]) == {each.name for each in fields(Options)} - {"stream", "envelope"}
    assert set(loaded) == set(Settings.model_fields)


def test_the_fields_and_defaults_are_those_of_the_domain() -> None:
    assert PolicySettings().policy() == Policy()
    assert OptionsSettings().answering() == Options()
    assert ContextSettings().policy() == ContextPolicy()
    assert {each.name for each in fields(ContextPolicy)} | {"tokenizer", "summarizer", "embedder"} == set(
        ContextSettings.model_fields
    )
    assert {each.name for each in fields(Policy)} == set(PolicySettings.model_fields)
    assert {each.name for each in fields(Options)} - {"stream", "envelope"} == set(OptionsSettings.model_fields)


def _builtin() -> list[Any]:
    return [
        pytest.param(target, model, id=f"{port}-{name}")
        for port, adapters in BUILTIN.items()
        for name, (target, model, _extra) in adapters.items()
    ]


@pytest.mark.parametrize(("target", "model"), _builtin())
def test_the_options_of_an_adapter_are_its_arguments(target: str, model: type[Any]) -> None:
    if find_spec(target.partition(":")[0]) is None:
        pytest.skip("this adapter is not here yet")
    made = load_target(target, what="adapter")
    parameters = dict(inspect.signature(made).parameters)
    if isinstance(made, Preset):  # hands on what it is given
        parameters |= inspect.signature(OpenAIProvider).parameters
    assert set(model.model_fields) <= set(parameters)
    required = {
        name for name, each in parameters.items() if each.default is each.empty and each.kind != each.VAR_KEYWORD
    }
    assert required <= set(model.model_fields)


def test_the_schema_takes_the_default_file_and_references() -> None:
    validator = jsonschema_rs.validator_for(json_schema())
    assert validator.is_valid(yaml.safe_load(default_yaml()))
    assert validator.is_valid({"policy": {"max_iterations": "${N:-5}"}, "store": {"url": "file:x.db"}})
    assert validator.is_valid({"provider": {"adapter": "mine.code:Provider", "anything": 1}, "run_store": None})
    assert validator.is_valid({"tools": {"builtin": ["files"], "files": {"root": "/srv"}}})


@pytest.mark.parametrize(
    "wrong",
    [
        {"nope": 1},
        {"provider": {"adapter": "openai", "modle": "x"}},
        {"provider": {"adapter": "openai"}},
        {"provider": {"adapter": "nope"}},
        {"provider": None},
        {"policy": {"max_iterations": "many"}},
        {"policy": {"max_iterations": 0}},
        {"sinks": [{"adapter": "structlog", "level": "loud"}]},
        {"tools": {"builtin": ["nope"]}},
        {"tools": {"files": {"rot": "."}}},
        {"version": 2},
    ],
)
def test_the_schema_refuses_what_check_refuses(wrong: dict[str, Any], write: Write) -> None:
    assert not jsonschema_rs.validator_for(json_schema()).is_valid(wrong)
    assert check(write(yaml.safe_dump(wrong)), environment={})
