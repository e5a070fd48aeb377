"""Reads YAML into a tree that knows the line and column of every key and value.

Built on the parser's events and not on its loader: so that duplicate keys, depth and size are ours to refuse, plain
words stay words (`no`, `on` and `12:30` are texts, as in YAML 1.2), and no tag can make an object.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from harness.config.problems import Problem, ProblemsError, problem_at
from harness.config.tree import Key, Node, Origin

MAX_DEPTH = 64
"""Deepest nesting."""
MAX_NODES = 100_000
"""Most values, those that an alias repeats included."""

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_INT = re.compile(r"[-+]?[0-9]{1,4000}|0o[0-7]{1,4000}|0x[0-9a-fA-F]{1,4000}")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(["", "~", "null", "Null", "NULL"]),
    **dict.fromkeys(["true", "True", "TRUE"], True),
    **dict.fromkeys(["false", "False", "FALSE"], False),
}
_SPECIAL = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_NOT_ALLOWED = re.compile("[^\\t\\n\\r\\x20-\\x7e\\x85\\xa0-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")
_TAGS = {f"tag:yaml.org,2002:{name}" for name in ("str", "int", "float", "bool", "null", "map", "seq")}


def read_yaml(text: str, file: str) -> Node | None:
    """Returns the tree of the one document in `text`, or None where there is none.

    Raises:
        ProblemsError: with every duplicate key, or the first place at which it is no YAML.
    """
    bad = _NOT_ALLOWED.search(text)
    if bad is not None:
        message = f"is no YAML: the character U+{ord(bad[0]):04X} is not allowed"
        raise ProblemsError(Problem(*_place(text, bad.start()), "", message, "remove it", file))
    reader = _Reader(file)
    try:
        return reader.document(yaml.parse(text, Loader=_LOADER))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = None if mark is None else mark.line + 1
        column = None if mark is None else mark.column + 1
        message = f"is no YAML: {_words(error)}"
        raise ProblemsError(Problem(line, column, "", message, _hint(error, text), file)) from None


def _place(text: str, position: int) -> tuple[int, int]:
    before = text[:position]
    return before.count("\n") + 1, position - (before.rfind("\n") + 1) + 1


def _words(error: yaml.MarkedYAMLError) -> str:
    parts = [part for part in (error.context, error.problem) if part]
    return " ".join(parts) if parts else "the parser does not say why"


def _hint(error: yaml.MarkedYAMLError, text: str) -> str:
    problem = error.problem or ""
    lines = text.split("\n")
    line = "" if error.problem_mark is None else lines[min(error.problem_mark.line, len(lines) - 1)]
    if "\t" in line[: len(line) - len(line.lstrip())]:
        return "indent with spaces, not tabs"
    if "mapping values are not allowed" in problem:
        return "put a text that holds `: ` in quotes, and check the indentation"
    return "check the indentation, the quotes and the brackets there"


@dataclass(slots=True)
class _Open:
    """A mapping or list that is being read."""

    node: Node
    key: Key
    event: Any
    name: str | None = None
    name_event: Any = None
    anchor: str | None = None


class _Reader:
    def __init__(self, file: str) -> None:
        self._file = file
        self._problems: list[Problem] = []
        self._anchors: dict[str, Node] = {}
        self._sizes: dict[int, int] = {}
        self._count = 0

    def document(self, events: Iterator[Any]) -> Node | None:
        """Reads one document; says what stands after it."""
        root: Node | None = None
        open_: list[_Open] = []
        documents = 0
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise self._stop(event, "holds a second document", "keep the part before `---`")
            elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
                done = open_.pop()
                if done.anchor:
                    self._anchors[done.anchor] = done.node
            elif isinstance(
                event, yaml.ScalarEvent | yaml.MappingStartEvent | yaml.SequenceStartEvent | yaml.AliasEvent
            ):
                node = self._take(event, open_)
                if not open_ and root is None:
                    root = node
                if node is not None and isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
                    self._enter(event, node, open_)
        if self._problems:
            raise ProblemsError(*self._problems)
        if root is not None and root.value is None:
            return None
        return root

    def _enter(self, event: Any, node: Node, open_: list[_Open]) -> None:
        key = self._key(open_)
        if len(open_) >= MAX_DEPTH:
            raise self._stop(event, f"is nested deeper than {MAX_DEPTH} levels", "flatten it")
        if open_ and open_[-1].name is not None:
            open_[-1].name = None
        open_.append(_Open(node, key, event, anchor=event.anchor))

    def _key(self, open_: list[_Open]) -> Key:
        if not open_:
            return ()
        parent = open_[-1]
        if isinstance(parent.node.value, list):
            return (*parent.key, len(parent.node.value) - 1)
        return (*parent.key, parent.name or "")

    def _take(self, event: Any, open_: list[_Open]) -> Node | None:
        """Puts one value where it belongs; returns None where the event is a key and not a value."""
        parent = open_[-1] if open_ else None
        if parent is not None and isinstance(parent.node.value, dict) and parent.name is None:
            self._name(event, parent)
            return None
        node = self._node(event, parent)
        if parent is None:
            return node
        held = parent.node.value
        if isinstance(held, list):
            held.append(node)
        elif isinstance(held, dict) and parent.name is not None:
            if parent.name in held:
                first = held[parent.name].origin
                self._problems.append(
                    problem_at(
                        node.origin,
                        (*parent.key, parent.name),
                        f"is there twice, first in line {first.key_line}",
                        "keep one of the two",
                        at_key=True,
                    )
                )
            held[parent.name] = node
            if not isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
                parent.name = None
        return node

    def _name(self, event: Any, parent: _Open) -> None:
        if not isinstance(event, yaml.ScalarEvent):
            raise self._stop(event, "has a key that is no text", "write keys as plain words")
        if event.value == "<<" and event.implicit[0]:
            raise self._stop(
                event, "uses the merge key `<<`, which is not supported", "repeat the keys, or alias the value"
            )
        parent.name, parent.name_event = event.value, event

    def _node(self, event: Any, parent: _Open | None) -> Node:
        begin = event.start_mark
        at_key = parent.name_event.start_mark if parent is not None and parent.name is not None else begin
        origin = Origin("file", self._file, begin.line + 1, begin.column + 1, at_key.line + 1, at_key.column + 1)
        tag = getattr(event, "tag", None)
        if tag is not None and tag not in _TAGS and tag != "!":
            raise self._stop(event, f"has the tag {tag}, which means nothing here", "remove the tag")
        self._count += 1
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event, origin)
        if self._count > MAX_NODES:
            raise self._stop(event, f"holds more than {MAX_NODES:,} values", "make it smaller")
        if isinstance(event, yaml.MappingStartEvent):
            return Node({}, origin)
        if isinstance(event, yaml.SequenceStartEvent):
            return Node([], origin)
        node = Node(self._scalar(event, tag), origin)
        if event.anchor:
            self._anchors[event.anchor] = node
        return node

    def _alias(self, event: Any, origin: Origin) -> Node:
        node = self._anchors.get(event.anchor)
        if node is None:
            raise self._stop(
                event, f"has the alias *{event.anchor} before its anchor", f"define &{event.anchor} above it"
            )
        self._count += self._size(node)
        if self._count > MAX_NODES:
            raise self._stop(event, f"holds more than {MAX_NODES:,} values, aliases included", "make it smaller")
        return Node(node.value, origin)

    def _size(self, node: Node) -> int:
        """How many values there are under `node`; each is counted once, however often it is repeated."""
        size = self._sizes.get(id(node.value))
        if size is None:
            children = node.value.values() if isinstance(node.value, dict) else node.value
            size = 1 + sum(self._size(each) for each in children) if isinstance(node.value, dict | list) else 1
            if isinstance(node.value, dict | list):
                self._sizes[id(node.value)] = size
        return size

    def _scalar(self, event: Any, tag: str | None) -> Any:
        text: str = event.value
        if (tag is None and not event.implicit[0]) or tag == "!" or (tag or "").endswith(":str"):
            return text
        if text in _WORDS:
            return _WORDS[text]
        if _INT.fullmatch(text):
            return int(text, 0) if text[:2] in ("0o", "0x") else int(text)
        if _FLOAT.fullmatch(text):
            return float(text)
        if _SPECIAL.fullmatch(text):
            return float(text.replace(".", ""))
        return text

    def _stop(self, event: Any, message: str, remedy: str) -> ProblemsError:
        mark = event.start_mark
        return ProblemsError(*self._problems, Problem(mark.line + 1, mark.column + 1, "", message, remedy, self._file))
