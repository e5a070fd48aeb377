"""Calls of tools that the pattern provider knows nothing of: it goes by their names, descriptions and schemas."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from harness.adapters.providers.pattern_arithmetic import expressions_of, strip_leads
from harness.adapters.providers.pattern_plan import Draft, Later, Problem, Step
from harness.adapters.providers.pattern_readers import plain, properties
from harness.domain.tools import ToolSpec

_STOP = frozenset(
    (
        "a an the of to in on at for from with and or is are be it its this that my me i you your please what "
        "which how tool tools use call run get given returns return gives give one two by as into all any some if "
        "when"
    ).split()
)
_NUMBER = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?(?![\w])")
_QUOTE = re.compile("\ue000\\d+\ue001")
_PAIR = re.compile(r"(\w+)\s*(?:=|:|\bis\b|\bas\b|\bto\b|\s)\s*(\ue000\d+\ue001|\{.*\}|\[.*\]|-?[\w.+/@-]+)")
_AFTER = re.compile(r"\b(?:in|for|of|about|on|at|to|from|named|called|with|near|into)\s+(.+)$", re.IGNORECASE)


def read_explicit(clause: str, draft: Draft) -> list[Step | Problem] | None:
    """`add(2, 3)`, `use add with a=2 and b=3`, `call add {"a": 2, "b": 3}`."""
    text = plain(clause)
    for name in sorted(draft.tools, key=len, reverse=True):
        spec = draft.tools[name]
        written = re.search(rf"(?<![\w.]){re.escape(name)}\s*\(([^()]*(?:\([^()]*\)[^()]*)*)\)", text)
        if written is not None and not _is_part_of_a_sum(written[0], clause):
            return [_step(spec, _written(written[1], spec, draft), text, draft)]
        used = re.search(
            rf"\b(?:use|call|run|invoke|execute|try|apply)\s+(?:the\s+)?(?:tool\s+|function\s+)?[`']?{re.escape(name)}\b[`']?"
            rf"(?:\s+(?:tool|function))?\s*[:,]?\s*(.*)$",
            text,
            re.IGNORECASE | re.DOTALL,
        )
        if used is not None:
            rest = re.sub(r"^(?:with|on|for|to|using|and|given|passing)\b\s*", "", used[1], flags=re.IGNORECASE)
            arguments = _named_arguments(rest, spec, draft)
            return [_step(spec, arguments if arguments else _filled(rest, spec, draft), text, draft)]
    return None


def read_by_name(clause: str, draft: Draft) -> list[Step | Problem] | None:
    """A clause that says the words of a tool's name, or enough of its description, and gives what it needs."""
    text = plain(clause)
    words = {_stem(word) for word in re.findall(r"[a-z]+", text.lower())} - _STOP
    best: tuple[float, ToolSpec] | None = None
    for spec in draft.tools.values():
        own = {_stem(word) for word in _name_words(spec.name)}
        telling = own - _STOP or own
        told = {_stem(word) for word in re.findall(r"[a-z]+", spec.description.split("\n")[0].lower())} - _STOP
        score = 2.0 * len(telling & words) / len(telling) + 0.3 * len((told - telling) & words)
        if (telling <= words or (score >= 1.0 and telling & words)) and (best is None or score > best[0]):
            best = (score, spec)
    if best is None:
        return None
    spec = best[1]
    return [_step(spec, _filled(text, spec, draft), text, draft)]


def _is_part_of_a_sum(call: str, clause: str) -> bool:
    """Whether the call is but a part of a sum, as in `sqrt(9) + 1`: then a calculator is meant."""
    return strip_leads(clause) != call and bool(expressions_of(clause))


def _step(spec: ToolSpec, arguments: dict[str, Any], shown: str, draft: Draft) -> Step | Problem:
    missing = [key for key in spec.parameters.get("required", ()) if key not in arguments]
    if missing:
        them = "it" if len(missing) == 1 else "them"
        example = f"{spec.name}({', '.join(f'{key}=…' for key in missing)})"
        return Problem(f"To call {spec.name} I need {' and '.join(missing)}; give {them} like {example}.")
    return Step("call", spec.name, arguments, shown)


def _written(inside: str, spec: ToolSpec, draft: Draft) -> dict[str, Any]:
    """The arguments between the parentheses of a call: by place, by name, or one JSON object."""
    inside = inside.strip()
    found = _object(inside, draft)
    if found is not None:
        return found
    arguments: dict[str, Any] = {}
    places = list(properties(spec))
    for part in _split(inside):
        named = re.fullmatch(r"(\w+)\s*[=:]\s*(.+)", part, re.DOTALL)
        if named is not None and (named[1] in places or not places):
            arguments[named[1]] = _value(named[2], properties(spec).get(named[1], {}))
        elif (free := next((key for key in places if key not in arguments), None)) is not None:
            arguments[free] = _value(part, properties(spec)[free])
    return arguments


def _named_arguments(text: str, spec: ToolSpec, draft: Draft) -> dict[str, Any]:
    """`a=2 and b=3`, `a: 2, b: 3`, `a 2 b 3`, or a JSON object."""
    found = _object(text, draft)
    if found is not None:
        return found
    known = properties(spec)
    return {pair[1]: _value(pair[2].rstrip(".,"), known[pair[1]]) for pair in _PAIR.finditer(text) if pair[1] in known}


def _filled(text: str, spec: ToolSpec, draft: Draft) -> dict[str, Any]:
    """What can be read from the text for each parameter, by its type: numbers and quotes in order, choices by name."""
    known = properties(spec)
    arguments = _named_arguments(text, spec, draft) if re.search(r"[=:]", text) else {}
    numbers = [found[0] for found in _NUMBER.finditer(text)]
    quotes = [found[0] for found in _QUOTE.finditer(text)]
    required = spec.parameters.get("required", ())
    texts = [key for key in required if _type(known.get(key, {})) == "string" and "enum" not in known.get(key, {})]
    for key, schema in known.items():
        if key in arguments:
            continue
        kind = _type(schema)
        choice = next(
            (each for each in schema.get("enum", ()) if re.search(rf"\b{re.escape(str(each))}\b", text, re.I)), None
        )
        if choice is not None:
            arguments[key] = choice
        elif kind in ("number", "integer") and numbers:
            arguments[key] = _value(numbers.pop(0), schema)
        elif kind in ("number", "integer") and key in required and (source := _referred(text, draft)) is not None:
            arguments[key] = Later(source, number=True)
        elif kind == "array" and numbers and _type(schema.get("items", {})) in ("number", "integer"):
            arguments[key] = [_value(each, schema["items"]) for each in numbers]
            numbers = []
        elif kind == "string" and "enum" not in schema and quotes:
            arguments[key] = quotes.pop(0)
        elif key in texts and len(texts) == 1 and (rest := _object_of(text, spec)):
            source = (
                _referred(rest, draft) if re.fullmatch(r"(?:it|that|this|the (?:result|answer))", rest, re.I) else None
            )
            arguments[key] = rest if source is None else Later(source)
    return arguments


def _referred(text: str, draft: Draft) -> int | None:
    if not re.search(r"\b(?:it|that|this|the (?:result|answer|sum|total|product))\b", text, re.IGNORECASE):
        return None
    return draft.last("sum", "call", "read")


def _object_of(text: str, spec: ToolSpec) -> str:
    """The words that the one text parameter is about: those behind a preposition, else behind the tool's own words."""
    after = _AFTER.search(text)
    if after is not None:
        return after[1].strip(" ?.!,")
    own = {_stem(word) for word in _name_words(spec.name)} | _STOP
    words = text.split()
    while words and _stem(re.sub(r"\W", "", words[0].lower())) in own:
        words.pop(0)
    return " ".join(words).strip(" ?.!,")


def _name_words(name: str) -> list[str]:
    return re.findall(r"[a-z]+", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower())


def _stem(word: str) -> str:
    for ending in ("ing", "es", "ed", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            word = word[: -len(ending)]
            break
    return word.rstrip("e")


def _type(schema: Mapping[str, Any]) -> str:
    kind = schema.get("type")
    if kind is None and "anyOf" in schema:
        kind = next((each.get("type") for each in schema["anyOf"] if each.get("type") != "null"), None)
    return kind if isinstance(kind, str) else "string" if kind is None and "$ref" not in schema else ""


def _split(text: str) -> Sequence[str]:
    """Parts arguments at the commas that stand in no bracket."""
    parts, depth, part = [], 0, ""
    for sign in text:
        depth += (sign in "([{") - (sign in ")]}")
        if sign == "," and depth == 0:
            parts.append(part)
            part = ""
        else:
            part += sign
    return [each.strip() for each in [*parts, part] if each.strip()]


def _value(text: str, schema: Mapping[str, Any]) -> Any:
    """The value that a piece of text is, as the schema has it; the tool checks it anyway."""
    text = text.strip()
    kind = _type(schema)
    if kind == "string" or _QUOTE.fullmatch(text):
        return text
    if text in ("True", "False", "None"):
        return {"True": True, "False": False, "None": None}[text]
    found = _json(text)
    return text if found is None and text != "null" else found


def _object(text: str, draft: Draft) -> dict[str, Any] | None:
    found = _json(draft.shown(text.strip(" ."))) if _QUOTE.fullmatch(text.strip(" .")) else None
    return found if isinstance(found, dict) else None


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
