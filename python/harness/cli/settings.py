"""From options of the command line to settings, and to the harness they describe."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.domain.errors import InputError

if TYPE_CHECKING:
    from harness.app import Harness
    from harness.config.settings import Settings


def read_overrides(pairs: Sequence[str], *, model: str | None = None) -> dict[str, Any]:
    """Returns settings by dotted key from `key=value` texts; `model` is short for `provider.model=…`.

    A value that begins with `[` or `{` is YAML, `null` is none, anything else is what its key makes of the text.

    Raises:
        InputError: a text is not of that form.
    """
    overrides: dict[str, Any] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        key = key.strip()
        if not equals or not key or any(not part for part in key.split(".")):
            raise InputError(f"-o {pair!r} is not of the form key=value", remedy="such as -o policy.max_iterations=3")
        overrides[key] = _value(key, value.strip())
    if model is not None:
        overrides["provider.model"] = model
    return overrides


def _value(key: str, text: str) -> Any:
    if text == "null":
        return None
    if text[:1] not in ("[", "{"):
        return text
    # Here and not above: only lists and mappings need a parser.
    import yaml

    try:
        return yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        reason = str(getattr(error, "problem", None) or type(error).__name__)
        remedy = "write lists and mappings as JSON"
        raise InputError(f"the value of -o {key} is no YAML: {reason}", remedy=remedy) from None


def checked_conversation(conversation: str | None) -> str | None:
    """Returns the conversation's id.

    Raises:
        InputError: it is empty, too long, or holds what is no text.
    """
    if conversation is None:
        return None
    if not conversation.strip():
        raise InputError("--conversation is empty", remedy="name one, or leave the option out")
    if len(conversation) > 512 or not conversation.isprintable():
        raise InputError(
            "--conversation is longer than 512 characters or holds control characters", remedy="use a plain name"
        )
    return conversation


def load(config: Path | None, overrides: dict[str, Any]) -> Settings:
    """Returns the settings.

    Raises:
        ConfigError: with the place and the remedy.
    """
    # Here and not above: pydantic-settings takes its time, and `harness --help` needs none of it.
    from harness.config.loading import load_settings

    return load_settings(config, overrides=overrides)


def build(settings: Settings) -> Harness:
    """Returns the harness that the settings describe.

    Raises:
        HarnessError: a part cannot be made.
    """
    from harness.app import Harness

    return Harness.from_settings(settings)
