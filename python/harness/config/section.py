"""The base of every part of the settings, an adapter's options included: strict about keys, discreet about secrets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from pydantic import (
    BaseModel,
    ConfigDict,
    SecretStr,
    SerializationInfo,
    SerializerFunctionWrapHandler,
    ValidationInfo,
    field_validator,
    model_serializer,
)
from pydantic_core import PydanticCustomError

from harness.domain.redaction import HIDDEN, is_secret_name, redact


class Section(BaseModel):
    """Settings that refuse unknown keys and never show a secret: not in their repr, not in a dump, not in an error.

    The options of an adapter are a section, one field an argument of the adapter, by the same name. A field that holds
    a secret is a `SecretStr`; the adapter is given its text.
    """

    model_config = ConfigDict(
        extra="forbid", frozen=True, hide_input_in_errors=True, allow_inf_nan=False, validate_default=True
    )

    @field_validator("*", mode="before")
    @classmethod
    def _no_truth_as_number(cls, value: Any, info: ValidationInfo) -> Any:
        if isinstance(value, bool):
            allowed = _types_in(cls.model_fields[info.field_name or ""].annotation)
            if allowed & {int, float} and bool not in allowed:
                raise PydanticCustomError("number_expected", "expected a number")
        return value

    @model_serializer(mode="wrap")
    def _discreet(self, handler: SerializerFunctionWrapHandler, info: SerializationInfo) -> Any:
        return discreet(handler(self))

    def __repr_args__(self) -> Any:
        return [(name, discreet(value, name or "")) for name, value in super().__repr_args__()]

    def arguments(self) -> dict[str, Any]:
        """Returns the adapter's arguments: every field that is set or has a default, secrets as their text."""
        return {name: _open(getattr(self, name)) for name in type(self).model_fields} | {
            name: _open(value) for name, value in (self.model_extra or {}).items()
        }


def discreet(value: Any, name: str = "") -> Any:
    """Returns `value` with texts redacted, and hidden where the name says that they are secret."""
    if isinstance(value, str):
        return HIDDEN if value and is_secret_name(name) else redact(value)
    if isinstance(value, Mapping):
        return {each: discreet(inner, str(each)) for each, inner in value.items()}
    if isinstance(value, list | tuple):
        return type(value)([discreet(inner, name) for inner in value])
    return value


def _open(value: Any) -> Any:
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, Section):
        return value.arguments()
    if isinstance(value, Mapping):
        return {name: _open(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return type(value)([_open(each) for each in value])
    return value


def _types_in(annotation: Any) -> set[Any]:
    inner = get_args(annotation)
    return {annotation}.union(*[_types_in(each) for each in inner]) if inner else {annotation}
