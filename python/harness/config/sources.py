"""Where settings come from, later over earlier: defaults, file, environment, arguments."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from harness.config.problems import Problem, ProblemsError, nearest_name, problem_at
from harness.config.tree import Node, Origin, from_plain, merge
from harness.config.yamltree import read_yaml

MAX_FILE_BYTES = 1024 * 1024
"""Largest config file."""
PREFIX = "HARNESS_"
"""How the names of environment variables begin that are settings: `HARNESS_PROVIDER__ADAPTER`."""


def find_file(path: Path | None, environment: Mapping[str, str]) -> Path | None:
    """Returns the config file: `path`, else `$HARNESS_CONFIG`, else `./harness.yaml` where it is there, else None."""
    if path is not None:
        return path
    if environment.get("HARNESS_CONFIG"):
        return Path(environment["HARNESS_CONFIG"])
    usual = Path("harness.yaml")
    return usual if usual.exists() else None


def read_file(path: Path) -> Node:
    """Returns the tree of a config file.

    Raises:
        ProblemsError: it is not there, cannot be read, is too large, empty, not UTF-8 or no YAML.
    """
    name = str(path)
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except (OSError, ValueError) as error:
        raise ProblemsError(_unreadable(name, error)) from None
    if len(data) > MAX_FILE_BYTES:
        message = f"is larger than {MAX_FILE_BYTES // 1024:,} KiB"
        raise ProblemsError(Problem(None, None, "", message, "is it the right file?", name))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        line, column = before.count(b"\n") + 1, len(before[before.rfind(b"\n") + 1 :].decode("utf-8", "replace")) + 1
        message = f"is not UTF-8: the byte 0x{data[error.start]:02x} cannot be read"
        raise ProblemsError(Problem(line, column, "", message, "save it as UTF-8", name)) from None
    tree = read_yaml(text, name)
    if tree is None:
        remedy = "`harness config init` writes one that works as it stands"
        raise ProblemsError(Problem(None, None, "", "is empty", remedy, name))
    if not isinstance(tree.value, dict):
        remedy = "begin with `version: 1`; `harness config init` writes one that works as it stands"
        raise ProblemsError(Problem(tree.origin.line, tree.origin.column, "", "holds no mapping", remedy, name))
    return tree


def _unreadable(name: str, error: Exception) -> Problem:
    if isinstance(error, FileNotFoundError):
        message, remedy = "there is no such file", "`harness config init` writes one that works as it stands"
    elif isinstance(error, IsADirectoryError):
        message, remedy = "is a directory", "name the file in it"
    elif isinstance(error, PermissionError):
        message, remedy = "may not be read", "give yourself the right to read it"
    else:
        message = f"cannot be read: {(isinstance(error, OSError) and error.strerror) or error}"
        remedy = "check the path"
    return Problem(None, None, "", message, remedy, name.encode("utf-8", "replace").decode())


def read_environment(environment: Mapping[str, str], sections: Iterable[str], problems: list[Problem]) -> Node:
    """Returns the tree of the variables that are settings: `HARNESS_` and the key's path, parted by `__`.

    Values are texts and are made what the key asks for; one that begins with `[` or `{` is read as YAML, and `null` is
    None. A variable with `__` whose first part is no section is a mistake; other variables are somebody else's.
    """
    known = set(sections)
    tree = Node({})
    for variable in sorted(environment):
        if not variable.upper().startswith(PREFIX):
            continue
        parts = variable[len(PREFIX) :].lower().split("__")
        origin = Origin("environment", variable)
        if parts[0] not in known or "" in parts:
            if len(parts) > 1:
                key = ".".join(parts)
                problems.append(problem_at(origin, key, "is no setting", nearest_name(parts[0], known)))
            continue
        try:
            node = _environment_value(environment[variable], origin)
        except ProblemsError as error:
            message = f"is no YAML: {error.problems[0].message.removeprefix('is no YAML: ')}"
            problems.append(problem_at(origin, ".".join(parts), message, "write lists and mappings as JSON"))
            continue
        tree = merge(tree, _nested(parts, node))
    return tree


def _environment_value(text: str, origin: Origin) -> Node:
    if text[:1] in ("[", "{"):
        tree = read_yaml(text, origin.name)
        return from_plain(None if tree is None else tree.plain(), origin)
    return Node(None if text == "null" else text, origin)


def read_arguments(arguments: Mapping[str, Any] | None) -> Node:
    """Returns the tree of arguments: by dotted key (`{"provider.model": …}`), nested, or both."""
    tree = Node({})
    for name, value in (arguments or {}).items():
        tree = merge(tree, _nested(name.split("."), from_plain(value, Origin("argument", name))))
    return tree


def _nested(parts: list[str], node: Node) -> Node:
    for part in reversed(parts):
        node = Node({part: node}, node.origin)
    return node


def environment_now() -> Mapping[str, str]:
    """Returns the process's environment."""
    return os.environ
