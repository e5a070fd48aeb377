"""What the pattern provider understands: sums, the to-do list, the time, files. Each reader knows one thing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from harness.adapters.providers.pattern_arithmetic import ANSWER, expressions_of
from harness.adapters.providers.pattern_plan import Draft, Later, Problem, Step
from harness.domain.tools import ToolSpec

_REFERENCE = re.compile(
    r"(?:(?:the|that|this|your|its|both|these)\s+)*(?:results?|answers?|sum|total|product|difference|quotient|number|value|"
    r"outcome|time|date|it|that|this|one|them|item|task|entry|content|contents|text)",
    re.IGNORECASE,
)
_LIST = r"(?:(?:the|my|our|a|this|that)\s+)*(?:(?:to[\s-]?do|todo|task|shopping|reminder)s?(?:[\s-]*list)?|list|tasks)"
_POLITE = re.compile(
    r"^(?:(?:please|kindly|hey|hi|hello|ok(?:ay)?|so|now|and|also|first|can you|could you|would you|will you|i want you to|"
    r"i(?:'d| would) like (?:you )?to)\b[\s,]*)+",
    re.IGNORECASE,
)
_ENDING = re.compile(r"[\s,]*(?:\b(?:please|for me|thanks|thank you|too|as well|again)\b|[?.!])*\s*$", re.IGNORECASE)
_ORDINALS = {"first": "1", "second": "2", "third": "3", "fourth": "4", "fifth": "5"}

_ADD = (
    rf"(?:add|put|save|store|append|write(?: down)?|note(?: down)?|place)\s+(?P<what>.+?)\s+(?:(?:to|on|onto|in|into|at)\s+{_LIST})",
    rf"(?:add|put|save|store|append|write|note)\s+(?:(?:to|on|onto|in|into)\s+{_LIST})\s*[:,]?\s*(?P<what>.+)",
    r"(?:remind me|remember|don't let me forget|i have)\s+to\s+(?P<what>.+)",
    r"(?:add|create|make)\s+(?:a |an |another )?(?:new )?(?:to-?do|task|reminder|item)s?(?: item)?\s*(?::|to|for|called|named)?\s*(?P<what>.+)",
    r"(?:new )?(?:to-?do|task)\s*:\s*(?P<what>.+)",
    r"note(?: down)?\s*:?\s+(?P<what>.+)",
    r"(?:add|append)\s+(?P<what>(?!.*\d\s*[-+*/]).+)",
)
_SHOW = (
    rf"(?:show|list|display|read|print|view|see|get|give|tell|check|open|review)(?:\s+me)?(?:\s+(?:all|what's on|what is on|everything on))?\s+{_LIST}(?:\s+items)?",
    rf"(?:what(?:'s| is| are)?|which \w+ are)\s+(?:now\s+|currently\s+|left\s+|still\s+)*(?:on|in)\s+{_LIST}(?:\s+now)?",
    rf"what(?:'s| is| are)\s+{_LIST}(?:\s+now)?",
    r"what do i (?:still )?(?:have|need) to do(?: today)?",
    r"(?:show|list|display)(?:\s+me)?\s+(?:all |the |my )*(?:items|to-?dos)",
    rf"(?:my )?{_LIST}",
)
_SHOW_IT = re.compile(
    r"(?:show|list|display|print|view|see|read)(?:\s+me)?\s+(?:it|them|that|everything)", re.IGNORECASE
)
_COMPLETE = (
    r"(?:mark|set|flag)\s+(?P<what>.+?)\s+(?:as\s+)?(?:done|complete|completed|finished)",
    rf"(?:complete|finish|check off|tick off|check|tick|cross off)\s+(?P<what>.+?)(?:\s+(?:on|in|from|off)\s+{_LIST})?",
    r"(?:i(?:'ve| have)?\s+(?:done|finished|completed))\s+(?P<what>.+)",
)
_REMOVE = (
    rf"(?:remove|delete|drop|erase|strike|take|cross|clear)\s+(?P<what>.+?)\s+(?:off|from|out of|on|of)\s+{_LIST}",
    r"(?:remove|delete|drop|erase)\s+(?P<what>(?!.*\.\w{1,5}$).+)",
)
_TIME = re.compile(
    r"(?:(?:tell me|show me|give me|get|check|do you know|find out)\s+)?"
    r"(?:what(?:'s|\s+is|s)?\s+|(?:the\s+)?current\s+|the\s+)*(?:(?:time|date|day|weekday)(?:\s+and\s+(?:time|date))?)\b"
    r"(?:\s+(?:is\s+it|it\s+is|is\s+today|today|now|right\s+now|is|of\s+day|of\s+the\s+week|it))*"
    r"(?:\s+(?:in|for|at)\s+(?P<zone>[\w /+-]+?))?(?:\s+(?:now|right now|today|currently))?",
    re.IGNORECASE,
)
_HOW_LATE = re.compile(r"how late is it|what day is (?:it|today)|what's today(?:'s date)?|today's date", re.IGNORECASE)
_PATH = r"(?P<path>\ue000\d+\ue001|[\w.~%\\/-]*[\w~%\\/-]\.\w{1,10}|[\w.~%\\-]*[/\\][\w.~%\\/-]*|\.{1,2}|[A-Z]+[\w-]*file|README|LICENSE)"
_READ = re.compile(
    rf"(?:(?:read|open|view|cat|print|display|load)(?:\s+me)?|show(?:\s+me)?|what(?:'s| is)?(?:\s+(?:in|inside)|\s+does)?)\s+"
    rf"(?:(?:the|what's in|what is in|contents?|text|of|file|in|called|named)\s+)*{_PATH}(?:\s+(?:file|say|says|contains?|hold))?",
    re.IGNORECASE,
)
_INFO = re.compile(
    rf"(?:(?:how (?:big|large|long|old) is|what(?:'s| is) the (?:size|type|kind|age)(?: and \w+)? of|when was|(?:info|information|metadata|"
    rf"details?|stats?) (?:on|of|about|for)|(?:show|give|get)(?: me)? (?:the )?(?:info|information|metadata|details?|size) (?:on|of|about|for)|"
    rf"stat|does)\s+)(?:(?:the|file|folder)\s+)*{_PATH}(?:\s+(?:last )?(?:file|changed|modified|edited|exist|written))*",
    re.IGNORECASE,
)
_FILES = re.compile(
    r"(?:(?:list|show|display|see|get|give)(?:\s+me)?|what|which|are there(?: any)?|ls|dir)\s*(?:(?:all|the|my|of|a list of)\s+)*"
    r"(?:files|folders|directories|documents|directory|folder|contents)?(?:\s+and\s+(?:folders|files|directories))?"
    r"(?:\s+(?:are|exist|do (?:you|we|i) have|there|is|lie))*"
    rf"(?:\s*\b(?:in|of|under|inside|at|from)\b\s+(?:(?:the|my|folder|directory|current|working|this|root)\s+)*"
    rf"(?:{_PATH}|(?P<folder>[\w-]+))?(?:\s+(?:folder|directory))?)?(?:\s+(?:there|are there|here))?",
    re.IGNORECASE,
)


def plain(clause: str) -> str:
    """Returns a clause without politeness at its ends."""
    return _ENDING.sub("", _POLITE.sub("", clause.strip()))


def read_sum(clause: str, draft: Draft) -> list[Step | Problem] | None:
    """Sums, formal or in words."""
    found = expressions_of(clause)
    if not found:
        return None
    tool, parameter = _calculator(draft.tools)
    steps: list[Step | Problem] = []
    for expression in found:
        refers = re.search(rf"\b{ANSWER}\b", expression) is not None
        source = draft.last("sum", "call", "read") if refers else None
        if refers and source is None:
            steps.append(Problem(f"I do not know what {plain(clause)!r} refers to: there is no result before it."))
        elif tool is not None:
            argument: Any = expression
            if source is not None:
                template = expression.replace("{", "{{").replace("}", "}}")
                argument = Later(source, re.sub(rf"\b{ANSWER}\b", "{}", template))
            steps.append(Step("sum", tool, {parameter: argument}, expression))
        else:
            steps.append(_by_operation(expression, source, draft))
    return steps


_OPERATIONS = {"+": ("add", "plus", "sum", "addition"), "-": ("subtract", "minus", "difference", "sub"),
               "*": ("multiply", "times", "product", "mul"), "/": ("divide", "quotient", "division", "div"),
               "**": ("power", "pow", "exponent")}  # fmt: skip
_ONE_OPERATION = re.compile(rf"\s*(-?[\d.]+|{ANSWER})\s*(\*\*|[-+*/^])\s*(-?[\d.]+|{ANSWER})\s*")


def _by_operation(expression: str, source: int | None, draft: Draft) -> Step | Problem:
    """Without a calculator, one operation is made with a tool of its name, such as `add(a, b)`."""
    found = _ONE_OPERATION.fullmatch(expression)
    if found is not None:
        for name, spec in draft.tools.items():
            words = set(re.findall(r"[a-z]+", name.lower()))
            numbers = [key for key, each in properties(spec).items() if each.get("type") in ("number", "integer")]
            if words & set(_OPERATIONS[found[2].replace("^", "**")]) and len(numbers) == 2:
                values = [
                    Later(source or 0, number=True) if each == ANSWER else _number(each)
                    for each in (found[1], found[3])
                ]
                return Step("sum", name, dict(zip(numbers, values, strict=True)), expression)
    return Problem(f"I cannot work out {expression!r}: no tool that calculates is registered.")


def read_todo(clause: str, draft: Draft) -> list[Step | Problem] | None:
    """The to-do list: add, show, complete, remove."""
    text = plain(clause)
    about_list = re.search(rf"\b{_LIST}\b", text, re.IGNORECASE) is not None
    if _SHOW_IT.fullmatch(text) and any(step.changes for step in draft.steps):
        text = "show the list"
    for kind, patterns, verbs in (
        ("list", _SHOW, ("list", "show", "get")),
        ("complete", _COMPLETE, ("complete", "done", "finish", "check")),
        ("remove", _REMOVE, ("remove", "delete")),
        ("add", _ADD, ("add", "create", "new")),
    ):
        for pattern in patterns:
            found = re.fullmatch(pattern, text, re.IGNORECASE)
            if found is None or (kind == "add" and not about_list and expressions_of(clause)):
                continue  # "add 5 and 7" is a sum
            tool = _todo_tool(draft.tools, verbs)
            if tool is None:
                what = {"list": "show a to-do list", "add": "add to a to-do list"}.get(kind, f"{kind} to-do items")
                return [Problem(f"I cannot {what}: no tool for that is registered.")] if about_list else None
            if kind == "list":
                return [Step("list", tool.name)]
            return _todo_steps(kind, tool, found["what"], draft)
    return None


def _todo_steps(kind: str, tool: ToolSpec, what: str, draft: Draft) -> list[Step | Problem]:
    parameter = first_required(tool)
    if parameter is None:
        return [Problem(f"I do not know how to call {tool.name}.")]
    if _REFERENCE.fullmatch(what):
        kinds = ("sum", "call", "read", "time") if kind == "add" else ("add",)
        source = draft.last(*kinds)
        if source is None:
            return [Problem(f"I do not know what {what!r} refers to: there is no result before it.")]
        return [Step(kind, tool.name, {parameter: Later(source)}, what)]
    if kind == "add":
        return [Step(kind, tool.name, {parameter: item}, item) for item in _things(what)]
    return [Step(kind, tool.name, {parameter: _item(each)}, _item(each)) for each in _things(what)]


def _things(what: str) -> list[str]:
    """ "milk, eggs and bread" is three things, "milk and eggs" two, "buy milk and eggs" one."""
    what = re.sub(
        r"^(?:the|a|an)\s+(?:items?|tasks?|to-?dos?|reminders?|entry|entries)\s*(?:to|for|:)?\s+(?=\S)",
        "",
        what,
        flags=re.IGNORECASE,
    )
    parts = [part.strip(" :") for part in re.split(r"\s*,\s*(?:and\s+)?|\s+and\s+", what) if part.strip(" :")]
    short = all(len(part.split()) == 1 for part in parts)
    return parts if len(parts) > 1 and (short or "," in what) else [what.strip(" :") or what]


def _item(what: str) -> str:
    """How the item is named to the tool: `item 2`, `#2` and `the second one` are 2."""
    text = re.sub(
        r"^(?:(?:the|my|item|items|task|tasks|to-?do|number|no\.?|#)\s*)+(?=\S)", "", what.strip(), flags=re.IGNORECASE
    )
    text = re.sub(r"\s+(?:item|task|one|entry|to-?do)$", "", text, flags=re.IGNORECASE)
    return _ORDINALS.get(text.lower(), text)


def read_time(clause: str, draft: Draft) -> list[Step | Problem] | None:
    """The time and the date, here and elsewhere."""
    text = plain(clause)
    found = _TIME.fullmatch(text)
    if found is None and not _HOW_LATE.fullmatch(text):
        return None
    tool = _named(draft.tools, ("time", "clock", "now", "date"), avoid=("zone", "timer", "log", "update"))
    if tool is None:
        return [Problem("I cannot tell the time: no tool for that is registered.")]
    arguments: dict[str, Any] = {}
    zone = found["zone"] if found is not None else None
    if zone:
        parameter = next((key for key in properties(tool) if "zone" in key or key in ("tz", "location", "city")), None)
        if parameter is None:
            return [Problem(f"I cannot tell the time in {zone}: {tool.name} takes no time zone.")]
        arguments[parameter] = zone
    return [Step("time", tool.name, arguments, zone or "")]


def read_files(clause: str, draft: Draft) -> list[Step | Problem] | None:
    """Files: list a folder, read one, say how large and old one is."""
    text = plain(clause)
    for kind, pattern, names, what in (
        ("info", _INFO, ("info", "stat", "metadata", "details"), "look at files"),
        ("read", _READ, ("read", "open", "cat"), "read files"),
        ("files", _FILES, ("list", "ls"), "list files"),
    ):
        found = pattern.fullmatch(text)
        if found is None or (kind == "files" and not _about_files(text, found)):
            continue
        if kind == "read" and expressions_of(clause):
            continue  # "what is 1/2" is a sum, though 1/2 could be a path
        tool = _file_tool(draft.tools, names)
        if tool is None:
            return [Problem(f"I cannot {what}: no tool for that is registered.")]
        path = found["path"] or (found["folder"] if kind == "files" else None) or "."
        parameter = next(iter(properties(tool)), None)
        if path == "." and parameter not in tool.parameters.get("required", ()):
            return [Step(kind, tool.name, {}, path)]
        return [Step(kind, tool.name, {parameter: path} if parameter else {}, path)]
    return None


def _about_files(text: str, found: re.Match[str]) -> bool:
    words = re.search(r"\b(?:files?|folders?|director(?:y|ies)|documents|ls|dir)\b", text, re.IGNORECASE)
    return words is not None or bool(found["path"])


def properties(spec: ToolSpec) -> Mapping[str, Any]:
    """Returns the schemas of a tool's parameters by name."""
    found = spec.parameters.get("properties", {})
    return {key: each if isinstance(each, Mapping) else {} for key, each in found.items()}


def first_required(spec: ToolSpec) -> str | None:
    """Returns the first required parameter of a tool, or else its first."""
    required = spec.parameters.get("required") or list(properties(spec))
    return next(iter(required), None)


def _calculator(tools: Mapping[str, ToolSpec]) -> tuple[str | None, str]:
    for name, spec in tools.items():
        if "expression" in properties(spec):
            return name, "expression"
    named = _named(tools, ("calculator", "calculate", "calc", "evaluate"), avoid=())
    parameter = first_required(named) if named is not None else None
    if named is None or parameter is None or properties(named)[parameter].get("type") != "string":
        return None, ""
    return named.name, parameter


def _named(tools: Mapping[str, ToolSpec], words: tuple[str, ...], avoid: tuple[str, ...]) -> ToolSpec | None:
    """The tool with one of `words` in its name that can be called with nothing but what the reader knows."""
    for name, spec in tools.items():
        own = set(re.findall(r"[a-z]+", name.lower()))
        if own & set(words) and not own & set(avoid):
            return spec
    return None


def _todo_tool(tools: Mapping[str, ToolSpec], verbs: tuple[str, ...]) -> ToolSpec | None:
    for name, spec in tools.items():
        own = set(re.findall(r"[a-z]+", name.lower().replace("to_do", "todo")))
        if own & {"todo", "todos", "task", "tasks", "reminder", "reminders"} and own & set(verbs):
            return spec
    return None


def _file_tool(tools: Mapping[str, ToolSpec], verbs: tuple[str, ...]) -> ToolSpec | None:
    for name, spec in tools.items():
        own = set(re.findall(r"[a-z]+", name.lower()))
        if own & {"file", "files", "folder", "directory", "dir"} and own & set(verbs):
            return spec
    return None


def _number(text: str) -> int | float:
    return float(text) if "." in text else int(text)
