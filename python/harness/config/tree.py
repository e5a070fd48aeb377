"""Settings before they are typed: a tree of plain values that knows where each one came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

Key: TypeAlias = tuple[str | int, ...]
"""The path of a key: names of mappings, numbers of lists from 0."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a value came from.

    Args:
        source: which of the sources, in the order in which later ones win.
        name: the file, the environment variable or the argument; empty for defaults.
        line: of the value in the file, from 1.
        column: of the value in the file, from 1.
        key_line: of the value's key in the file.
        key_column: of the value's key in the file.
    """

    source: Literal["default", "file", "environment", "argument"] = "default"
    name: str = ""
    line: int | None = None
    column: int | None = None
    key_line: int | None = None
    key_column: int | None = None

    def __str__(self) -> str:
        if self.source == "file":
            return f"{self.name}:{self.line}:{self.column}"
        return {
            "environment": f"the environment variable {self.name}",
            "argument": f"the argument {self.name}",
        }.get(self.source, "the defaults")


@dataclass(frozen=True, slots=True)
class Node:
    """A value with its origin. Its value is not part of its repr: it may be a secret.

    Args:
        value: nodes by name, a list of nodes, or a scalar: text, int, float, bool, None.
        origin: where it came from.
        from_variables: the environment variables that were filled into it.
    """

    value: dict[str, Node] | list[Node] | Any = field(repr=False)
    origin: Origin = field(default_factory=Origin)
    from_variables: tuple[str, ...] = ()

    def plain(self) -> Any:
        """Returns the value without origins."""
        if isinstance(self.value, dict):
            return {name: node.plain() for name, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        return self.value

    def nearest(self, key: Key) -> tuple[Node, Key]:
        """Returns the node at `key`, or the one nearest above it that there is, with its own key."""
        node, at = self, 0
        for part in key:
            if isinstance(node.value, dict) and part in node.value:
                node = node.value[str(part)]
            elif isinstance(node.value, list) and isinstance(part, int) and part < len(node.value):
                node = node.value[part]
            else:
                break
            at += 1
        return node, key[:at]


def from_plain(value: Any, origin: Origin) -> Node:
    """Returns the tree of a plain value, all of it from `origin`."""
    if isinstance(value, Mapping):
        return Node({str(name): from_plain(each, origin) for name, each in value.items()}, origin)
    if isinstance(value, list | tuple):
        return Node([from_plain(each, origin) for each in value], origin)
    return Node(value, origin)


def merge(below: Node, above: Node) -> Node:
    """Returns `above` laid over `below`: mappings are merged key by key, everything else is replaced.

    Where `above` names another `adapter`, the options of the one below go with it: they are another adapter's.
    """
    if not (isinstance(below.value, dict) and isinstance(above.value, dict)):
        return above
    chosen = above.value.get("adapter")
    if chosen is not None and "adapter" in below.value and below.value["adapter"].value != chosen.value:
        return above
    merged = dict(below.value)
    for name, node in above.value.items():
        merged[name] = merge(merged[name], node) if name in merged else node
    return Node(merged, above.origin)


def dotted(key: Key) -> str:
    """Returns a key as people write it: `tools.modules[0]`."""
    text = ""
    for part in key:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text
