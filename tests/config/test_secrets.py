"""Secrets are used and never shown."""

from collections.abc import Callable
from pathlib import Path

import pytest

from harness.config.loading import check, load_settings
from harness.config.settings import Settings
from harness.domain.errors import ConfigError

SECRET = "hunter2-of-no-known-shape"
Write = Callable[[str | bytes], Path]

FULL = f"""
provider:
  adapter: openai
  model: m
  api_key: ${{KEY}}
  base_url: https://ada:{SECRET}@api.example/v1
  headers: {{X-Whatever: {SECRET}}}
store: {{adapter: libsql, url: "libsql://db.example?authToken={SECRET}", auth_token: {SECRET}}}
options: {{extra: {{password: {SECRET}}}}}
"""


def test_secrets_are_in_no_repr_and_no_dump(write: Write) -> None:
    settings = load_settings(write(FULL), environment={"KEY": SECRET})
    for shown in (repr(settings), str(settings), settings.model_dump_json(), str(settings.model_dump())):
        assert SECRET not in shown
    assert SECRET not in repr(settings._tree)


def test_adapters_are_given_their_text(write: Write) -> None:
    settings = load_settings(write(FULL), environment={"KEY": SECRET})
    arguments = settings.provider.options.arguments()
    assert arguments["api_key"] == SECRET
    assert arguments["headers"] == {"X-Whatever": SECRET}
    assert settings.store.options.arguments()["auth_token"] == SECRET


@pytest.mark.parametrize(
    "text",
    [
        "provider: {adapter: openai, model: m, api_key: ['${KEY}']}",
        "provider: {adapter: openai, model: m, api_key: {a: '${KEY}'}}",
        "policy: {max_iterations: '${KEY}'}",
        "policy: {seed: 'password=hunter2-of-no-known-shape'}",
        "provider: {adapter: openai, model: m, max_tokens_field: '${KEY}'}",
        "provider: {adapter: '${KEY}'}",
        "tools: {builtin: ['${KEY}']}",
        "version: '${KEY}'",
    ],
)
def test_secrets_are_in_no_error(write: Write, text: str) -> None:
    problems = check(write(text), environment={"KEY": SECRET})
    assert problems
    assert SECRET not in "".join(str(each) + repr(each) for each in problems)
    with pytest.raises(ConfigError) as caught:
        load_settings(write(text), environment={"KEY": SECRET})
    assert SECRET not in repr(caught.value)
    assert caught.value.__cause__ is None


def test_settings_made_by_hand_do_not_show_them_either() -> None:
    with pytest.raises(ValueError, match="provider") as caught:
        Settings(provider={"adapter": "openai", "model": "m", "api_key": [SECRET]})  # type: ignore[arg-type]
    assert SECRET not in str(caught.value)


def test_a_plugin_without_declared_options_hides_them(write: Write) -> None:
    path = write(f"provider: {{adapter: 'builtins:dict', api_key: {SECRET}, model: m}}")
    settings = load_settings(path, environment={})
    assert SECRET not in repr(settings)
    assert settings.provider.options.arguments() == {"api_key": SECRET, "model": "m"}
