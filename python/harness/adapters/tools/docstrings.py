"""Docstrings of Google, NumPy and reST style: what a tool does and what its parameters are, for the model."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator, Sequence

_SECTIONS = (
    "args|arguments|parameters|params|other parameters|keyword args|keyword arguments|returns?|yields?|raises?|"
    "receives|examples?|notes?|see also|references|warns?|warnings?|attributes|methods|todo"
)
_PARAMETER_SECTIONS = re.compile(r"(other )?(args|arguments|parameters|params)|keyword (args|arguments)", re.IGNORECASE)
_GOOGLE_SECTION = re.compile(rf"({_SECTIONS}):\s*$", re.IGNORECASE)
_NUMPY_SECTION = re.compile(rf"({_SECTIONS})\s*$", re.IGNORECASE)
_UNDERLINE = re.compile(r"[-=]{3,}\s*$")
_REST_FIELD = re.compile(r":(\w+)((?:\s+[^:]+)?):\s*(.*)$")
_REST_PARAMETERS = {"param", "parameter", "arg", "argument", "key", "keyword"}
# `name: text`, `name (type): text`, `*name: text`; the name may be one of several, parted by commas
_GOOGLE_ITEM = re.compile(r"(\*{0,2}\w+(?:\s*,\s*\*{0,2}\w+)*)\s*(?:\([^)]*\))?\s*:(?:\s+(.*)|$)")
_NUMPY_ITEM = re.compile(r"(\*{0,2}\w+(?:\s*,\s*\*{0,2}\w+)*)\s*(?::.*)?$")


def read_docstring(docstring: str | None) -> tuple[str, dict[str, str]]:
    """Returns what stands before the first section, and the description of each parameter by name.

    Paragraphs stay apart; the lines of one are joined. Unknown sections belong to the description.
    """
    if not docstring or not docstring.strip():
        return "", {}
    lines = inspect.cleandoc(docstring).splitlines()
    description: list[str] = []
    parameters: dict[str, str] = {}
    at = 0
    while at < len(lines):
        line = lines[at]
        if _GOOGLE_SECTION.match(line):
            end = _end_of(lines, at + 1, lambda i: bool(lines[i].strip()) and not lines[i][0].isspace())
            if _PARAMETER_SECTIONS.fullmatch(line.strip().rstrip(":")):
                parameters |= dict(_items(lines[at + 1 : end], _GOOGLE_ITEM))
        elif _NUMPY_SECTION.match(line) and at + 1 < len(lines) and _UNDERLINE.match(lines[at + 1]):
            end = _end_of(lines, at + 2, lambda i: i + 1 < len(lines) and bool(_UNDERLINE.match(lines[i + 1])))
            if _PARAMETER_SECTIONS.fullmatch(line.strip()):
                parameters |= dict(_items(lines[at + 2 : end], _NUMPY_ITEM))
        elif (field := _REST_FIELD.match(line)) is not None:
            end = _end_of(lines, at + 1, lambda i: bool(lines[i].strip()) and not lines[i][0].isspace())
            words = field[2].split()
            if field[1] in _REST_PARAMETERS and words:
                parameters[words[-1].lstrip("*\\")] = _joined([field[3], *lines[at + 1 : end]])
        else:
            description.append(line)
            end = at + 1
        at = end
    return _paragraphs(description), {name: text for name, text in parameters.items() if text}


def _end_of(lines: Sequence[str], begin: int, is_end: Callable[[int], bool]) -> int:
    return next((i for i in range(begin, len(lines)) if is_end(i)), len(lines))


def _items(lines: Sequence[str], item: re.Pattern[str]) -> Iterator[tuple[str, str]]:
    """Yields name and text of the items of a section: each begins at the least indentation, what is deeper goes on."""
    margin = min((_indent(line) for line in lines if line.strip()), default=0)
    names: list[str] = []
    text: list[str] = []
    for line in [*lines, " " * margin + "."]:
        if line.strip() and _indent(line) == margin:
            for name in names:
                yield name, _joined(text)
            found = item.match(line.strip())
            names = [] if found is None else [name.strip().lstrip("*") for name in found[1].split(",")]
            text = [found[2] or ""] if found is not None and item.groups > 1 else []
        else:
            text.append(line)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _joined(lines: Sequence[str]) -> str:
    return " ".join(" ".join(lines).split())


def _paragraphs(lines: Sequence[str]) -> str:
    paragraphs = re.split(r"\n\s*\n", "\n".join(lines).strip())
    return "\n\n".join(_joined([paragraph]) for paragraph in paragraphs if paragraph.strip())
