"""`pattern`, the embedded default provider: an offline planner made of rules. It is no language model, and says so.

It reads the last message of the user clause by clause, makes a plan of calls to the tools that it is offered, asks for
those that can run now, and, once all results are there, says what came of them. It keeps nothing between calls: the
plan is made again from the prompt each time, and the ids of the calls say which step a result belongs to.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from typing import Any

from harness.adapters.providers.pattern_answers import WHAT_IT_IS, abilities, answer, value_of
from harness.adapters.providers.pattern_calls import read_by_name, read_explicit
from harness.adapters.providers.pattern_plan import Draft, Later, Step, make_plan, needs
from harness.adapters.providers.pattern_readers import read_files, read_sum, read_time, read_todo
from harness.domain.completions import CompletionChunk, FinishReason, Options, Prompt, ToolCallDelta
from harness.domain.errors import ProviderError
from harness.domain.failures import ErrorCategory
from harness.domain.messages import Message, Role
from harness.domain.tools import ToolResult, ToolSpec
from harness.domain.usage import Usage

MODEL = "pattern-1"
MAX_TEXT = 4_000
"""Longest message that is read, in characters; what is longer is declined."""

_READERS = (read_explicit, read_todo, read_time, read_files, read_sum, read_by_name)
_GREETING = re.compile(
    r"\W*(?:hi|hello|hey|good (?:morning|day|evening)|help|who are you|what (?:are|can) you(?: do)?)\W*", re.I
)
_STEP_ID = re.compile(r"pattern_\d+_(\d+)")


class PatternProvider:
    """A `Provider` that works offline by rules, over whatever tools it is offered; no language model.

    It knows sums (written and in words), the to-do list, the time, files, and tools whose call is written out or whose
    name is said with all they need; several requests in one message, with "it" and "the result" for what came before.
    What it does not understand it declines, saying what it can do.

    Args:
        name: its name in errors and attempts.
    """

    def __init__(self, name: str = "pattern") -> None:
        self._name = name

    @property
    def name(self) -> str:
        """The name given."""
        return self._name

    async def stream(self, prompt: Prompt, options: Options) -> AsyncIterator[CompletionChunk]:
        """Answers word by word, or with calls; in one piece where nobody watches. Usage is an estimate.

        Raises:
            ProviderError: `invalid_request`, where the prompt holds no message of a user.
        """
        await asyncio.sleep(0)  # a call is an await, as with every other provider
        for chunk in self._chunks(prompt, options):
            yield chunk

    async def aclose(self) -> None:
        """Holds nothing, and so frees nothing."""

    def _chunks(self, prompt: Prompt, options: Options) -> Iterator[CompletionChunk]:
        yield CompletionChunk(model=options.model or MODEL)
        asked = _estimate("".join(message.text for message in prompt.messages)) + sum(
            _estimate(result.content) for message in prompt.messages for result in message.tool_results
        )
        calls, text = self._respond(prompt, options)
        if calls:
            said = sum(_estimate(call.arguments) + 4 for call in calls)
            for call in calls:
                yield CompletionChunk(tool_calls=(call,))
            yield CompletionChunk(finish_reason=FinishReason.TOOL_CALLS, usage=_usage(asked, said))
            return
        text, finish = _limited(text, options)
        for piece in re.findall(r"\S+\s*|\s+", text) if options.stream else [text]:
            yield CompletionChunk(text=piece)
        yield CompletionChunk(finish_reason=finish, usage=_usage(asked, _estimate(text)))

    def _respond(self, prompt: Prompt, options: Options) -> tuple[list[ToolCallDelta], str]:
        """Returns the calls to make now, or else the answer."""
        messages = prompt.messages
        at = next((i for i in range(len(messages) - 1, -1, -1) if messages[i].role is Role.USER), None)
        if at is None:
            raise ProviderError(
                "the prompt holds no message of a user", category=ErrorCategory.INVALID_REQUEST, provider=self._name
            )
        tools = _callable(prompt.tools, options)
        text = messages[at].text
        earlier = _earlier_value(messages[:at])
        plan = Draft({}) if len(text) > MAX_TEXT else make_plan(text, tools, _READERS, has_history=earlier is not None)
        if not plan.steps:
            return [], _shaped(_declined(plan, text, tools), None, options)
        results = _results(messages[at + 1 :])
        ready = _ready(plan.steps, results)
        if ready and options.parallel_tool_calls is False:
            ready = ready[:1]
        if ready:
            calls = [
                ToolCallDelta(
                    place,
                    f"pattern_{at}_{index}",
                    plan.steps[index].tool,
                    _arguments(plan.steps[index], results, earlier),
                )
                for place, index in enumerate(ready)
            ]
            return calls, ""
        said = answer(plan.steps, results, [problem.text for problem in plan.problems])
        values = [value_of(results[i]) for i, step in enumerate(plan.steps) if i in results and not results[i].is_error]
        return [], _shaped(said, values, options)


def _callable(tools: Sequence[ToolSpec], options: Options) -> Sequence[ToolSpec]:
    choice = options.tool_choice
    if choice == "none":
        return ()
    return tools if choice in (None, "auto", "required") else [tool for tool in tools if tool.name == choice]


def _results(messages: Sequence[Message]) -> dict[int, ToolResult]:
    """The results of this turn, by the step that asked for them."""
    found: dict[int, ToolResult] = {}
    for message in messages:
        for result in message.tool_results:
            step = _STEP_ID.fullmatch(result.call_id)
            if step is not None:
                found[int(step[1])] = result
    return found


def _earlier_value(messages: Sequence[Message]) -> str | None:
    """What the last tool of an earlier turn came to, if it came to a number: "and 3 more?" goes on from it."""
    for message in reversed(messages):
        for result in reversed(message.tool_results):
            value = value_of(result)
            if not result.is_error and re.fullmatch(r"-?\d+(?:\.\d+)?(?:e[+-]?\d+)?", value):
                return value
    return None


def _ready(steps: Sequence[Step], results: Mapping[int, ToolResult]) -> list[int]:
    """The steps whose time has come. One that works on the result of a failed step never comes."""
    ready = []
    for index, step in enumerate(steps):
        if index in results or any(each not in results for each in needs(index, steps)):
            continue
        uses = [value.step for value in step.arguments.values() if isinstance(value, Later) and value.step >= 0]
        if not any(results[each].is_error for each in uses):
            ready.append(index)
    return ready


def _arguments(step: Step, results: Mapping[int, ToolResult], earlier: str | None) -> str:
    made: dict[str, Any] = {}
    for key, value in step.arguments.items():
        if not isinstance(value, Later):
            made[key] = value
            continue
        text = value_of(results[value.step]) if value.step >= 0 else earlier or ""
        if step.kind in ("complete", "remove"):
            text = _item_id(results[value.step]) if value.step >= 0 else text
        if value.number and re.fullmatch(r"-?\d+(?:\.\d+)?(?:e[+-]?\d+)?", text):
            made[key] = json.loads(text)
        elif value.template == "{}":
            made[key] = text
        else:
            made[key] = (
                value.template.replace("{{", "{")
                .replace("}}", "}")
                .replace("{}", f"({text})" if text.startswith("-") else text)
            )
    return json.dumps(made, ensure_ascii=False)


def _item_id(result: ToolResult) -> str:
    try:
        return str(json.loads(result.content)["id"])
    except (ValueError, KeyError, TypeError):
        return value_of(result)


def _declined(plan: Draft, text: str, tools: Sequence[ToolSpec]) -> str:
    if plan.problems:
        return " ".join([*(problem.text for problem in plan.problems), WHAT_IT_IS, abilities(tools)])
    if not text.strip() or _GREETING.fullmatch(text):
        return f"Hello! {WHAT_IT_IS} {abilities(tools)}"
    return f"I did not understand that. {WHAT_IT_IS} {abilities(tools)}"


def _shaped(text: str, values: Sequence[str] | None, options: Options) -> str:
    """The answer, as JSON where JSON is asked for: what a schema requires is filled as far as there is something."""
    wanted = options.response_format
    if not wanted or wanted.get("type") not in ("json_object", "json_schema"):
        return text
    plain = [_scalar(value) for value in values or ()]
    schema = wanted.get("schema") or (wanted.get("json_schema") or {}).get("schema")
    if not isinstance(schema, Mapping):
        return json.dumps({"answer": text, "results": plain}, ensure_ascii=False)
    return json.dumps(_fitting(schema, text, plain), ensure_ascii=False)


def _fitting(schema: Mapping[str, Any], text: str, values: Sequence[Any], depth: int = 0) -> Any:
    """A value of the schema's type made of the results, the latest first; the empty one where there is none."""
    if schema.get("enum"):
        return next((value for value in reversed(values) if value in schema["enum"]), schema["enum"][0])
    kind = schema.get("type", "object" if "properties" in schema else "string")
    if isinstance(kind, list):
        kind = kind[0]
    if kind == "object":
        inner = schema.get("properties", {}) if depth < 10 else {}
        return {
            key: _fitting(each, text, values, depth + 1) for key, each in inner.items() if isinstance(each, Mapping)
        }
    if kind == "array":
        return list(values)
    if kind in ("number", "integer"):
        numbers = [value for value in values if isinstance(value, int if kind == "integer" else int | float)]
        return numbers[0] if numbers else 0
    if kind == "boolean":
        return bool(values)
    return None if kind == "null" else text


def _scalar(value: str) -> Any:
    try:
        found = json.loads(value)
    except (ValueError, RecursionError):
        return value
    return found if isinstance(found, int | float) and not isinstance(found, bool) else value


def _limited(text: str, options: Options) -> tuple[str, FinishReason]:
    """Holds an answer to `stop` and `max_tokens`."""
    ends = [at for stop in options.stop if stop and (at := text.find(stop)) >= 0]
    if ends:
        text = text[: min(ends)]
    if options.max_tokens is not None and _estimate(text) > options.max_tokens:
        return text[: 4 * options.max_tokens], FinishReason.LENGTH
    return text, FinishReason.STOP


def _estimate(text: str) -> int:
    """Tokens by the rule of thumb: four characters each."""
    return (len(text) + 3) // 4


def _usage(asked: int, said: int) -> Usage:
    return Usage(asked, said, cost_usd=0.0)
