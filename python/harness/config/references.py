"""`${VAR}` and `${VAR:-default}` in the values of a config file."""

from __future__ import annotations

import re
from collections.abc import Mapping

from harness.config.problems import Problem, problem_at
from harness.config.tree import Key, Node

_REFERENCE = re.compile(
    r"\$\$\{|\$\{(?:(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?::-(?P<default>[^}]*))?\}|(?P<bad>[^}]{0,40}\}?))"
)


def fill_in(node: Node, environment: Mapping[str, str], problems: list[Problem], key: Key = ()) -> Node:
    """Returns the tree with the references in texts that came from a file filled in from `environment`.

    `${VAR:-default}` takes the default where the variable is not set, or empty; `$${` stands for `${`. What is filled
    in is not looked at again. A reference that cannot be filled in is added to `problems` and left as it is.
    """
    if isinstance(node.value, dict):
        filled = {name: fill_in(each, environment, problems, (*key, name)) for name, each in node.value.items()}
        return Node(filled, node.origin)
    if isinstance(node.value, list):
        items = [fill_in(each, environment, problems, (*key, index)) for index, each in enumerate(node.value)]
        return Node(items, node.origin)
    if not isinstance(node.value, str) or node.origin.source != "file" or "${" not in node.value:
        return node
    used: list[str] = []

    def value_of(found: re.Match[str]) -> str:
        name, default = found["name"], found["default"]
        if found[0] == "$${":
            return "${"
        if name is None:
            remedy = "write ${NAME} or ${NAME:-default}, and $${ where the two characters are meant"
            problems.append(problem_at(node.origin, key, f"has a reference that cannot be read: {found[0]}", remedy))
            return found[0]
        value = environment.get(name)
        if value or (value is not None and default is None):
            used.append(name)
            return value
        if default is not None:
            return str(default)
        remedy = f"set it, or write ${{{name}:-default}}"
        problems.append(problem_at(node.origin, key, f"the environment variable {name} is not set", remedy))
        return found[0]

    text = _REFERENCE.sub(value_of, node.value)
    return Node(text, node.origin, tuple(used))
