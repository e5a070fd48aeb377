"""Turns what validation found into problems that people can act on: key, place, what was found, what is expected."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from harness.config.problems import Problem, nearest_name, problem_at
from harness.config.registry import GROUPS, registry
from harness.config.settings import Settings, ToolsSettings
from harness.config.tree import Key, Node
from harness.domain.errors import ConfigError
from harness.domain.redaction import is_secret_name, redact

_EXPECTED = {
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_parsing_size": "a smaller whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "number_expected": "a number",
    "finite_number": "a finite number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "string_type": "a text",
    "list_type": "a list",
    "tuple_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
    "choice_expected": "a mapping with the key `adapter`",
    "none_required": "null",
}
_BOUNDS: dict[str, tuple[str, str]] = {
    "greater_than": ("gt", "a number above {}"),
    "greater_than_equal": ("ge", "a number of at least {}"),
    "less_than": ("lt", "a number below {}"),
    "less_than_equal": ("le", "a number of at most {}"),
    "string_too_short": ("min_length", "a text of at least {} character"),
    "string_too_long": ("max_length", "a text of at most {} characters"),
    "literal_error": ("expected", "{}"),
    "enum": ("expected", "{}"),
}
_SHOWN = 60


def explain(error: ValidationError, tree: Node) -> list[Problem]:
    """Returns a problem for each key that is wrong, in the order of the keys' places."""
    details = error.errors(include_url=False, include_input=False)
    misspelt = {meant for detail in details for meant in _meant(detail, tree)}
    problems: dict[str, Problem] = {}
    for detail in details:
        # A key that is missing because it was misspelt is one mistake, not two.
        if detail["type"] != "missing" or tuple(detail["loc"]) not in misspelt:
            problem = _problem(detail, tree)
            problems.setdefault(problem.key, problem)
    return list(problems.values())


def _meant(detail: ErrorDetails, tree: Node) -> list[Key]:
    """Returns the keys that an unknown key may have been meant to be."""
    if detail["type"] != "extra_forbidden":
        return []
    *parent, name = detail["loc"]
    near = difflib.get_close_matches(str(name).lower(), known_keys(tuple(parent), tree), n=1)
    return [(*parent, each) for each in near]


def _problem(detail: ErrorDetails, tree: Node) -> Problem:
    loc: Key = tuple(detail["loc"])
    node, key = tree.nearest(loc)
    kind, context = detail["type"], dict(detail.get("ctx") or {})
    if kind == "extra_forbidden":
        name = str(loc[-1])
        return problem_at(
            node.origin, key, "is no known key", nearest_name(name, known_keys(key[:-1], tree)), at_key=True
        )
    if kind == "missing":
        missing = (*key, str(loc[len(key)]) if len(loc) > len(key) else "")
        return problem_at(node.origin, missing, "is missing", _missing_remedy(missing))
    if kind in ("refused", "adapter_missing", "target"):
        message = str(context.get("message") or detail["msg"])
        if node.from_variables and isinstance(node.value, str):
            message = message.replace(node.value, f"${{{node.from_variables[0]}}}")
        return problem_at(node.origin, key, redact(message), str(context.get("remedy") or ""))
    found = _found(node, key)
    if kind in _EXPECTED:
        message = f"expected {_EXPECTED[kind]}, found {found}"
    elif kind in _BOUNDS:
        name, words = _BOUNDS[kind]
        message = f"expected {words.format(_plain(context.get(name)))}, found {found}"
    else:
        message = f"{redact(detail['msg'])}, found {found}"
    return problem_at(node.origin, key, message, _remedy(kind, node, context))


def _plain(value: Any) -> str:
    text = f"{value:g}" if isinstance(value, float) else str(value)
    return text.replace("'", "`")


def _found(node: Node, key: Key) -> str:
    """Says what is there, without showing what may be a secret."""
    value = node.value
    kind = _kind(value)
    if node.from_variables:
        return f"{kind} (from {', '.join(f'${{{name}}}' for name in node.from_variables)})"
    if isinstance(value, dict | list) or value is None:
        return kind
    if any(isinstance(part, str) and is_secret_name(part) for part in key):
        return kind
    if isinstance(value, str):
        shown = redact(value)
        return f"the text {shown if len(shown) <= _SHOWN else shown[:_SHOWN] + '…'!r}"
    return f"{str(value).lower() if isinstance(value, bool) else value}"


def _kind(value: Any) -> str:
    for types, name in ((dict, "a mapping"), (list, "a list"), (str, "a text"), (bool, "true or false")):
        if isinstance(value, types):
            return name
    return "nothing (null)" if value is None else "a number"


def _remedy(kind: str, node: Node, context: Mapping[str, Any]) -> str:
    if kind == "string_type" and isinstance(node.value, int | float | bool):
        return "put it in quotes"
    if kind in ("literal_error", "enum") and isinstance(node.value, str):
        known = [each.strip(" '") for each in str(context.get("expected", "")).replace(" or ", ",").split(",")]
        near = nearest_name(node.value, known)
        return near if near.startswith("did") else ""
    if kind in ("list_type", "tuple_type") and isinstance(node.value, str):
        return 'write it as a list: ["…"]'
    return ""


def _missing_remedy(key: Key) -> str:
    return f"add `{key[-1]}: …`" if key else ""


def known_keys(parent: Key, tree: Node) -> list[str]:
    """Returns the names that may stand under `parent`, which is in `tree`."""
    if not parent:
        return list(Settings.model_fields)
    section = str(parent[0])
    if section == "tools":
        own = [*ToolsSettings.model_fields, *registry().names("tool")]
        return own if len(parent) == 1 else _fields(_options("tool", str(parent[1])), parent[2:])
    depth = 2 if section == "sinks" else 1
    port = "sink" if section == "sinks" else section
    if port not in GROUPS:
        return _fields(Settings.model_fields[section].annotation, parent[1:])
    chosen = tree.nearest((*parent[:depth], "adapter"))[0].value
    names = _fields(_options(port, chosen) if isinstance(chosen, str) else None, parent[depth:])
    return [*names, "adapter"] if len(parent) == depth else names


def _options(port: str, name: str) -> Any:
    try:
        return registry().find(port, name).options()
    except ConfigError:
        return None


def _fields(annotation: Any, path: Key) -> list[str]:
    """Returns the fields of the section that is in `annotation`, or of the one at `path` under it."""
    for model in _models(annotation):
        if not path:
            return list(model.model_fields)
        field = model.model_fields.get(str(path[0]))
        if field is not None:
            return _fields(field.annotation, path[1:])
    return []


def _models(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for inner in get_args(annotation) for model in _models(inner)]
