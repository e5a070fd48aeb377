"""What the parameters of a Python function look like to a model, and the validator that checks what it sends."""

from __future__ import annotations

import difflib
import inspect
import sys
import typing
from collections.abc import Callable, Mapping
from functools import partial
from types import UnionType
from typing import Annotated, Any, NotRequired, Required, Union, get_args, get_origin

from pydantic import ConfigDict, PydanticUserError, TypeAdapter, ValidationError
from pydantic.errors import PydanticSchemaGenerationError
from pydantic.fields import FieldInfo
from pydantic_core import PydanticSerializationError, to_jsonable_python
from typing_extensions import TypedDict

from harness.adapters.tools.docstrings import read_docstring
from harness.domain.errors import InputError, ToolError
from harness.domain.failures import ToolErrorKind
from harness.domain.values import dataclass
from harness.ports.tool import RunContext

_REMEDY = "use types that JSON can hold: numbers, str, list, dict, Literal, Enum, dataclasses or pydantic models"
_MOST_PROBLEMS = 5
_MOST_VALUE = 60


@dataclass(frozen=True, slots=True)
class Parameters:
    """A function's parameters.

    Args:
        schema: JSON Schema of type object, without those that the run fills in.
        validate: makes the arguments of a call from what the model sent, a dict by name; raises `ValidationError`.
        positional: names of those that can only be passed by place, in order.
        context: name of the one that takes the `RunContext`, or None.
        description: what the docstring says the function does.
    """

    schema: Mapping[str, Any]
    validate: Callable[[Any], dict[str, Any]]
    positional: tuple[str, ...]
    context: str | None
    description: str


def read_parameters(function: Callable[..., Any], tool: str) -> Parameters:
    """Returns the parameters of `function`.

    Raises:
        InputError: a model cannot be told of them, such as `*args` or a type that JSON has no words for.
    """
    hints = _hints(function, tool)
    description, texts = read_docstring(inspect.getdoc(_plain_function(function)))
    fields: dict[str, Any] = {}
    defaults: dict[str, Any] = {}
    positional: list[str] = []
    context: str | None = None
    for name, parameter in inspect.signature(function).parameters.items():
        kind = parameter.kind
        hint = hints.get(name, Any)
        if kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            stars = "*" if kind is parameter.VAR_POSITIONAL else "**"
            raise InputError(
                f"tool {tool!r}: the parameter {stars}{name} cannot be told to a model",
                remedy="name each parameter, or take one parameter of type list or dict",
            )
        if name == "self" and not fields and "self" not in hints:
            raise InputError(
                f"tool {tool!r} is a method without its object",
                remedy="make the tool from a bound one: tool(obj.method)",
            )
        if kind is parameter.POSITIONAL_ONLY:
            positional.append(name)
        if _is_context(hint):
            if context is not None:
                raise InputError(f"tool {tool!r} has two RunContext parameters: {context} and {name}")
            context = name
            continue
        fields[name] = _field(hint, parameter.default, texts.get(name))
        if parameter.default is not parameter.empty and not isinstance(parameter.default, FieldInfo):
            defaults[name] = parameter.default
    adapter = _adapter(fields, tool)
    schema = _json_schema(adapter, defaults, tool)
    return Parameters(schema, adapter.validator.validate_python, tuple(positional), context, description)


def explain(error: ValidationError, tool: str, schema: Mapping[str, Any]) -> ToolError:
    """Returns what the model is told of arguments that do not fit, in one short text."""
    known = list(schema.get("properties", ()))
    problems = error.errors(include_url=False, include_context=False)
    told = [_problem(dict(problem), known) for problem in problems[:_MOST_PROBLEMS]]
    if len(problems) > _MOST_PROBLEMS:
        told.append(f"and {len(problems) - _MOST_PROBLEMS} more")
    return ToolError(f"invalid arguments: {'; '.join(told)}", tool=tool, kind=ToolErrorKind.INVALID_ARGUMENTS)


def _problem(problem: dict[str, Any], known: list[str]) -> str:
    place = ".".join(str(step) for step in problem["loc"]) or "arguments"
    if problem["type"] == "missing":
        return f"{place} is missing"
    if problem["type"] == "extra_forbidden":
        near = difflib.get_close_matches(place, known, n=1)
        hint = f"did you mean {near[0]}?" if near else f"there are: {', '.join(known) or 'none'}"
        return f"{place} is no parameter ({hint})"
    value = repr(problem["input"])
    if len(value) > _MOST_VALUE:
        value = f"{value[: _MOST_VALUE - 1]}…"
    text = problem["msg"]
    return f"{place}: {text[:1].lower()}{text[1:]} (got {value})"


def _field(hint: Any, default: Any, text: str | None) -> Any:
    """The type of one entry of the arguments' typed dict."""
    if isinstance(default, FieldInfo):  # `n: int = Field(default=3, ge=1)`: pydantic fills the default in
        required = default.is_required()
        hint = Annotated[hint, default]
    else:
        required = default is inspect.Parameter.empty
    if text and not _is_described(hint):
        hint = Annotated[hint, FieldInfo(description=text)]
    return Required[hint] if required else NotRequired[hint]


def _is_described(hint: Any) -> bool:
    return get_origin(hint) is Annotated and any(isinstance(m, FieldInfo) and m.description for m in get_args(hint)[1:])


def _adapter(fields: dict[str, Any], tool: str) -> TypeAdapter[dict[str, Any]]:
    make: Any = TypedDict  # the type checker takes only literal fields
    arguments = make("arguments", fields)
    # Numbers that a model writes where a text is wanted are texts; names it makes up are told back to it.
    arguments.__pydantic_config__ = ConfigDict(
        extra="forbid", coerce_numbers_to_str=True, arbitrary_types_allowed=False
    )
    try:
        return TypeAdapter(arguments)
    except (PydanticSchemaGenerationError, PydanticUserError, TypeError) as error:
        raise InputError(
            f"tool {tool!r}: a parameter's type cannot be told to a model: {_first_line(error)}",
            remedy=_REMEDY,
        ) from error


def _json_schema(adapter: TypeAdapter[dict[str, Any]], defaults: Mapping[str, Any], tool: str) -> dict[str, Any]:
    try:
        schema = adapter.json_schema()
    except PydanticUserError as error:
        raise InputError(
            f"tool {tool!r}: a parameter's type has no JSON Schema: {_first_line(error)}",
            remedy=_REMEDY,
        ) from error
    schema = _without_titles(schema)
    schema.pop("description", None)
    properties = schema.setdefault("properties", {})
    for name, default in defaults.items():
        try:
            properties[name]["default"] = to_jsonable_python(default)
        except (PydanticSerializationError, ValueError, KeyError):
            continue  # a default that JSON cannot hold is the function's own affair
    return {"type": "object", **schema}


def _without_titles(schema: Any) -> Any:
    """Drops the titles that pydantic makes up from names: they cost tokens and say nothing."""
    if isinstance(schema, list):
        return [_without_titles(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    slim: dict[str, Any] = {}
    for key, value in schema.items():
        if key == "title" and isinstance(value, str):
            continue
        if key in ("properties", "$defs", "patternProperties"):
            slim[key] = {name: _without_titles(each) for name, each in value.items()}
        elif key in ("default", "enum", "const", "examples"):
            slim[key] = value
        else:
            slim[key] = _without_titles(value)
    return slim


def _is_context(hint: Any) -> bool:
    origin = get_origin(hint)
    if origin is Annotated:
        return _is_context(get_args(hint)[0])
    if origin is Union or origin is UnionType:
        return any(_is_context(each) for each in get_args(hint))
    return hint is RunContext


def _plain_function(function: Callable[..., Any]) -> Any:
    while isinstance(function, partial):
        function = function.func
    if inspect.isroutine(function):
        return function
    return type(function).__call__ if not function.__doc__ else function


def _hints(function: Callable[..., Any], tool: str) -> dict[str, Any]:
    """The annotations, those written as text evaluated too, where need be with the names where the tool is made."""
    while isinstance(function, partial):
        function = function.func
    target = function if inspect.isroutine(function) else type(function).__call__
    try:
        return typing.get_type_hints(target, include_extras=True)
    except NameError:
        pass
    names: dict[str, Any] = {}
    frame = sys._getframe(1)
    for _ in range(10):
        names = {**frame.f_locals, **names}
        if frame.f_back is None:
            break
        frame = frame.f_back
    try:
        return typing.get_type_hints(target, localns=names, include_extras=True)
    except (NameError, TypeError) as error:
        raise InputError(
            f"tool {tool!r}: an annotation cannot be read: {error}",
            remedy="import the name where the function is defined",
        ) from error


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0]
