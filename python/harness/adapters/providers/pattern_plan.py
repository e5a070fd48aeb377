"""What the pattern provider makes of a prompt: steps, each a call of an offered tool, some of which wait for others."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from harness.domain.tools import ToolSpec


@dataclass(frozen=True, slots=True)
class Later:
    """An argument, or a part of one, that only the result of another step gives.

    Args:
        step: which step; -1 for what an earlier turn of the conversation came to.
        template: the argument, with `{}` where the result goes.
        number: the argument is to be a number.
    """

    step: int
    template: str = "{}"
    number: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """One call to make.

    Args:
        kind: what it is for: `sum`, `add`, `list`, `complete`, `remove`, `time`, `files`, `read`, `info` or `call`.
        tool: the name of the tool.
        arguments: what to call it with; values may be `Later`.
        shown: what the step is about, in the user's words.
    """

    kind: str
    tool: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    shown: str = ""

    @property
    def changes(self) -> bool:
        """Whether it changes what `reads` steps see."""
        return self.kind in ("add", "complete", "remove")

    @property
    def reads(self) -> bool:
        """Whether it must wait for the changes before it."""
        return self.kind in ("list", "complete", "remove")


@dataclass(frozen=True, slots=True)
class Problem:
    """A part of the prompt that is no step: `text` says, to the user, why."""

    text: str


@dataclass(slots=True)
class Draft:
    """The plan so far, as the readers of clauses see it.

    Args:
        tools: the tools offered, by name.
        has_history: whether an earlier turn came to a result that "it" may mean.
        steps: the steps found.
        problems: the parts that could not be made steps of.
        quotes: what stands in quotation marks or is a JSON object; in the clauses a placeholder stands for it.
    """

    tools: Mapping[str, ToolSpec]
    has_history: bool = False
    steps: list[Step] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    quotes: list[str] = field(default_factory=list)

    def shown(self, text: str) -> str:
        """Returns a clause with what was quoted in it, which the readers see as one character a quote."""
        return _show(text, self.quotes)

    def last(self, *kinds: str) -> int | None:
        """Returns the step that "it" means: the latest of these kinds; -1 is an earlier turn, None nothing at all."""
        for index in range(len(self.steps) - 1, -1, -1):
            if self.steps[index].kind in kinds:
                return index
        return -1 if self.has_history and "add" not in kinds else None


Reader = Callable[[str, Draft], "list[Step | Problem] | None"]
"""Reads a clause: its steps and problems, or None where it is about something else."""

_QUOTED = re.compile(
    r'(\{[^{}\n]{0,2000}(?:\{[^{}\n]{0,2000}\}[^{}\n]{0,2000}){0,50}\})|"([^"\n]{1,2000})"|“([^”\n]{1,2000})”|(?<!\w)\'([^\'\n]{1,2000})\'(?!\w)|`([^`\n]{1,2000})`'
)
_HARD = re.compile(
    r"(?:(?<=[.?!;])|(?<=[.?!;]\)))\s+|\s*[;\n]+\s*|"
    r"[\s,]*\b(?:and\s+)?(?:then|afterwards|after\s+that|finally|lastly|next)\b[\s,]*(?!\w*\s*(?:week|month|year|day))",
    re.IGNORECASE,
)
_SOFT = re.compile(r"\s*,\s*(?:and\s+|also\s+)*|\s+(?:and\s+also|and|also|but)\s+", re.IGNORECASE)
_VERB = re.compile(
    r"(?:please\s+|can you\s+|could you\s+|tell me\s+)?"
    r"(?:add|put|save|store|note|write|remember|remind|show|list|display|print|read|open|view|what|what's|whats|how|when|"
    r"which|calculate|compute|evaluate|work|multiply|divide|subtract|double|triple|halve|square|increase|decrease|remove|"
    r"delete|drop|complete|mark|check|tick|finish|tell|give|use|call|run|find|get|is|do|round|\w+\()\b|.*\d\s*[-+*/^]\s*\d",
    re.IGNORECASE,
)


def make_plan(text: str, tools: Sequence[ToolSpec], readers: Sequence[Reader], *, has_history: bool = False) -> Draft:
    """Returns the plan for `text`; it has neither steps nor problems where nothing of it was understood."""
    draft = Draft({tool.name: tool for tool in tools}, has_history)
    quotes = draft.quotes

    def hide(found: re.Match[str]) -> str:
        quotes.append(next(group for group in found.groups() if group is not None))
        return f"\ue000{len(quotes) - 1}\ue001"

    hidden = _QUOTED.sub(hide, text)
    unread: list[str] = []
    for clause in _HARD.split(hidden):
        if clause and re.search(r"\w|\ue000", clause):
            unread.extend(_read(clause.strip(" ,"), draft, readers))
    draft.steps = [_unhidden(step, quotes) for step in draft.steps]
    draft.problems = [Problem(_show(problem.text, quotes)) for problem in draft.problems]
    if draft.steps or draft.problems:
        draft.problems.extend(Problem(f"I did not understand {_show(each, quotes)!r}.") for each in unread)
    return draft


def _read(clause: str, draft: Draft, readers: Sequence[Reader]) -> list[str]:
    """Adds the steps of a clause to the draft and returns what of it was not understood.

    It is parted at "and" and commas where every part then makes sense; a clause that makes sense only whole stays so.
    """
    parts = _parts(clause)
    if len(parts) > 1:
        trial = Draft(draft.tools, draft.has_history, [*draft.steps], [*draft.problems], draft.quotes)
        unread = [part for part in parts if not _take(part, trial, readers)]
        if not unread or (not _take(clause, Draft(draft.tools, draft.has_history, [*draft.steps], [], draft.quotes), readers)
                          and len(unread) < len(parts)):  # fmt: skip
            draft.steps, draft.problems = trial.steps, trial.problems
            return unread
    return [] if _take(clause, draft, readers) else [clause]


def _take(clause: str, draft: Draft, readers: Sequence[Reader]) -> bool:
    for reader in readers:
        found = reader(clause, draft)
        if found is not None:
            draft.steps.extend(each for each in found if isinstance(each, Step))
            draft.problems.extend(each for each in found if isinstance(each, Problem))
            return True
    return False


def _parts(clause: str) -> list[str]:
    """Parts a clause where a new one seems to begin: at "and" or a comma before a verb, outside of parentheses."""
    parts: list[str] = []
    begin = 0
    for found in _SOFT.finditer(clause):
        before, after = clause[begin : found.start()], clause[found.end() :]
        if before.strip() and before.count("(") == before.count(")") and _VERB.match(after):
            parts.append(before)
            begin = found.end()
    parts.append(clause[begin:])
    return parts


def _show(text: str, quotes: Sequence[str]) -> str:
    return re.sub("\ue000(\\d+)\ue001", lambda found: quotes[int(found[1])], text)


def _unhidden(step: Step, quotes: Sequence[str]) -> Step:
    return Step(step.kind, step.tool, _unhide(step.arguments, quotes), _show(step.shown, quotes))


def _unhide(value: Any, quotes: Sequence[str]) -> Any:
    if isinstance(value, str):
        whole = re.fullmatch("\ue000(\\d+)\ue001", value)
        if whole is not None and quotes[int(whole[1])].startswith("{"):
            with contextlib.suppress(ValueError, RecursionError):
                return json.loads(quotes[int(whole[1])])
        return _show(value, quotes)
    if isinstance(value, Mapping):
        return {key: _unhide(each, quotes) for key, each in value.items()}
    if isinstance(value, list):
        return [_unhide(each, quotes) for each in value]
    if isinstance(value, Later):
        return Later(value.step, _show(value.template, quotes), value.number)
    return value


def needs(index: int, steps: Sequence[Step]) -> set[int]:
    """Returns the steps that must have ended before step `index` may begin."""
    step = steps[index]
    waits = {value.step for value in step.arguments.values() if isinstance(value, Later) and value.step >= 0}
    if step.reads:
        waits |= {before for before in range(index) if steps[before].changes}
    if step.changes:
        waits |= {before for before in range(index) if steps[before].reads}
    return waits
