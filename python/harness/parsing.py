"""Whatever the model wrote, get the value and the calls: JSON repair, partial and strict JSON, tool calls, streams."""

from __future__ import annotations

import codecs
import json
import marshal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal, TypeAlias, overload

from harness import _native
from harness._native import (
    ParsedToolCall,
    PartialValue,
    ReasoningDelta,
    TextDelta,
    TextWasReasoning,
    ToolCallArgumentsDelta,
    ToolCallReady,
    ToolCallStarted,
    ToolSet,
)
from harness.domain.errors import HarnessError, InputError

__all__ = [
    "JsonValue",
    "ParseError",
    "ParsedToolCall",
    "PartialValue",
    "ReasoningDelta",
    "Repair",
    "RepairReport",
    "StreamEvent",
    "StreamParser",
    "TextDelta",
    "TextWasReasoning",
    "ToolCallArgumentsDelta",
    "ToolCallExtraction",
    "ToolCallReady",
    "ToolCallStarted",
    "ToolSet",
    "extract_tool_calls",
    "parse_partial",
    "parse_strict",
    "prepare_tools",
    "repair_json",
    "tool_call_formats",
]

JsonValue: TypeAlias = "dict[str, JsonValue] | list[JsonValue] | str | int | float | bool | None"
"""What JSON can hold, as Python holds it."""


class ParseError(HarnessError, ValueError):
    """No value could be read from a text.

    Attributes:
        position: where, as a character offset into the text.
        excerpt: up to 60 characters of the text around the position.
    """

    def __init__(self, message: str, *, position: int = 0, excerpt: str = "", remedy: str = "") -> None:
        where = f"{message} at character {position}"
        super().__init__(f"{where}: {excerpt!r}" if excerpt else where, remedy=remedy)
        self.position = position
        self.excerpt = excerpt


@dataclass(frozen=True, slots=True)
class Repair:
    """One thing that was mended: its kind, such as `missing_comma`, and the character offset it was found at."""

    kind: str
    position: int


@dataclass(frozen=True, slots=True)
class RepairReport:
    """A value and what was mended to get it, in the order of the text. Empty repairs: the text was valid JSON."""

    value: Any
    repairs: tuple[Repair, ...]


def _error(raw: _native.RawParseError) -> ParseError:
    message, position, excerpt = raw.args
    return ParseError(message, position=position, excerpt=excerpt)


def _compiled(schema: Any) -> _native.JsonSchema:
    if isinstance(schema, _native.JsonSchema):
        return schema
    if isinstance(schema, Mapping):
        return _compile(schema)
    try:
        return _compiled_type(schema)
    except TypeError:  # not hashable
        return _compile(_schema_of(schema))


@lru_cache(maxsize=256)
def _compiled_type(kind: Any) -> _native.JsonSchema:
    return _compile(_schema_of(kind))


def _compile(schema: Any) -> _native.JsonSchema:
    try:
        return _native.JsonSchema(json.dumps(schema))
    except (TypeError, ValueError, RecursionError) as error:
        raise InputError(f"the schema cannot be written as JSON: {error}") from error


def _schema_of(kind: Any) -> dict[str, Any]:
    from pydantic import TypeAdapter  # lazy: most callers never need pydantic here
    from pydantic.errors import PydanticUserError

    try:
        return TypeAdapter(kind).json_schema()
    except PydanticUserError as error:
        raise InputError(f"no JSON Schema can be made of {kind!r}: {error}") from error


@overload
def repair_json(
    text: str | bytes, *, schema: Any = None, report: Literal[False] = False, strict: bool = False
) -> Any: ...
@overload
def repair_json(
    text: str | bytes, *, schema: Any = None, report: Literal[True], strict: bool = False
) -> RepairReport: ...
def repair_json(text: str | bytes, *, schema: Any = None, report: bool = False, strict: bool = False) -> Any:
    """The JSON value in a text that a model wrote, mended where it is broken.

    Args:
        text: the model's answer, as text or as UTF-8 bytes (bytes that are not UTF-8 become U+FFFD).
        schema: the shape that is asked for: a JSON Schema, or anything pydantic can make one of (a model, a
            dataclass, a `TypedDict`, `list[int]`). The value is brought into it where that is plain: `"5"` to 5,
            `"yes"` to True, one value to a list of it, enumeration values by case and by text around them, keys by
            case and separators, `"$1,200.50"` and `"1/4"` to numbers, JSON inside a string; the candidate and the
            branch of a union that fit best are taken; defaults and nullable keys are filled in. What cannot be placed
            is kept as it is: this is no validation.
        report: give a `RepairReport` instead of the bare value.
        strict: never guess; as `parse_strict`.

    Of several candidates in the text the best is taken: a container with content before an empty one, before what may
    be prose (`[1]`, `{word}`); among these a block fenced as JSON before any other fenced block, before unfenced text.
    Candidates of one rank become a list, in order. With a schema the candidate that has to be changed least is taken;
    the list of all and the bare text are candidates too. What stands before `</think>` is no candidate.

    Numbers that no double can hold, and numbers with leading zeros, stay text; NaN and the infinities become None, as
    in JavaScript; half a surrogate pair becomes U+FFFD. So the value can always be written as JSON again.

    Raises:
        ParseError: there is no value in the text, or it is nested deeper than 512 levels.
        InputError: the schema cannot be read.
    """
    try:
        if strict:
            value = _native.json_strict(text)
            return RepairReport(value, ()) if report else value
        compiled = None if schema is None else _compiled(schema)
        if not report:
            return _native.json_repair(text, False, False, compiled)
        value, repairs = _native.json_repair(text, True, False, compiled)
    except _native.RawParseError as raw:
        raise _error(raw) from None
    return RepairReport(value, tuple(Repair(kind, position) for kind, position in repairs))


def parse_partial(text: str | bytes, schema: Any = None) -> Any:
    """The value so far of a text that is still being written.

    What is unfinished is kept as far as it is known: an open string as it stands, a literal as soon as it begins; a key
    without its value is left out. With a schema (as for `repair_json`) keys that are required and not there yet are
    filled in: [], {} or None; a number at the very end of the text, which may still grow, is None.

    Raises:
        ParseError: no value has begun yet, or it is nested deeper than 512 levels.
    """
    try:
        return _native.json_repair(text, False, True, None if schema is None else _compiled(schema))
    except _native.RawParseError as raw:
        raise _error(raw) from None


def parse_strict(text: str | bytes) -> Any:
    """The value of a strict JSON text (RFC 8259). Never guesses.

    Refused beside what the grammar refuses: bytes that are not UTF-8, a byte order mark, lone surrogates, numbers that
    no double and no integer of 4,300 digits can hold, nesting deeper than 512 levels.

    Raises:
        ParseError: with the place of the first fault.
    """
    try:
        return _native.json_strict(text)
    except _native.RawParseError as raw:
        raise _error(raw) from None


StreamEvent: TypeAlias = (
    TextDelta
    | ReasoningDelta
    | TextWasReasoning
    | ToolCallStarted
    | ToolCallArgumentsDelta
    | ToolCallReady
    | PartialValue
)
"""What a `StreamParser` tells."""


@dataclass(frozen=True, slots=True)
class ToolCallExtraction:
    """What a model's answer holds.

    Attributes:
        calls: the calls, in their order.
        text: what is left of the answer without calls, reasoning and chat-template markup.
        reasoning: what stood between marks of reasoning such as `<think>`.
        format: the format of the first call; None without calls.
        repairs: what was mended in the calls, as kind and character offset into the answer.
    """

    calls: tuple[ParsedToolCall, ...]
    text: str
    reasoning: str
    format: str | None
    repairs: tuple[Repair, ...]


def prepare_tools(tools: Sequence[Any] | ToolSet | None) -> ToolSet | None:
    """Tools, prepared once to be used for many answers.

    Args:
        tools: objects with `name` and `parameters` (a JSON Schema), such as `ToolSpec`; or mappings, plain or as
            OpenAI writes them: `{"type": "function", "function": {"name": ..., "parameters": ...}}`.

    Raises:
        InputError: they cannot be written as JSON.
    """
    if tools is None or isinstance(tools, ToolSet):
        return tools
    plain = [
        tool if isinstance(tool, Mapping) else {"name": tool.name, "parameters": getattr(tool, "parameters", None)}
        for tool in tools
    ]
    try:
        return _tool_set(marshal.dumps(plain, 2))
    except ValueError:  # something other than plain dicts, lists and scalars
        return _new_tool_set(plain)


@lru_cache(maxsize=64)
def _tool_set(key: bytes) -> ToolSet:
    # Keyed by content, so that tools passed anew with every answer are prepared once; marshal is the cheapest key.
    return _new_tool_set(marshal.loads(key))  # noqa: S302 (what was dumped just before)


def _new_tool_set(plain: list[Any]) -> ToolSet:
    try:
        return ToolSet(json.dumps(plain, default=dict))
    except (TypeError, ValueError, RecursionError) as error:
        raise InputError(f"the tools cannot be written as JSON: {error}") from error


def tool_call_formats() -> tuple[str, ...]:
    """The names that `format=` takes beside "auto"."""
    return tuple(_native.tool_call_formats())


def _format(name: str) -> str:
    if name != "auto" and name not in _native.tool_call_formats():
        raise InputError(f"no tool-call format {name!r}", remedy="one of `tool_call_formats()`, or 'auto'")
    return name


def extract_tool_calls(
    text: str | bytes,
    *,
    tools: Sequence[Any] | ToolSet | None = None,
    format: str = "auto",  # noqa: A002
) -> ToolCallExtraction:
    """The tool calls in a model's answer, whichever way the model writes them.

    Args:
        text: the whole answer.
        tools: what `prepare_tools` takes. Where a format writes all arguments as text they are typed by these schemas.
            Where nothing but its shape marks a call (bare JSON, `f(a=1)`), only these names are called.
        format: one of `tool_call_formats()`; "auto" tells them apart by their markers.

    Prose, code (fenced, or between backticks) and what is quoted are no calls. Without `tools` an unmarked call is
    one only where the answer, a line or a JSON block begins with it. A call that the end of the text cuts off is
    closed, if its name is known.

    Raises:
        InputError: no such format, or tools that cannot be read.
        ParseError: the text is neither str nor bytes.
    """
    try:
        calls, rest, reasoning, found = _native.tool_calls(text, prepare_tools(tools), _format(format))
    except _native.RawParseError as raw:
        raise _error(raw) from None
    repairs = tuple(Repair(kind, position) for call in calls for kind, position in call.repairs)
    return ToolCallExtraction(tuple(calls), rest, reasoning, found, repairs)


class StreamParser:
    """Reads an answer while it is written.

    However the answer is cut into chunks, the events amount to what `extract_tool_calls` says of the whole; the cost is
    linear in the text. A marker that is only half there is never told as text.

    Args:
        tools: as for `extract_tool_calls`.
        format: as for `extract_tool_calls`.
        schema: the answer is to be JSON of this shape (as for `repair_json`): a `PartialValue` follows each piece of
            text, the last one with the whole value, mended and brought into the shape. Without tools bare JSON is then
            never taken for a call.

    Raises:
        InputError: as `extract_tool_calls`, or a schema that cannot be read.
    """

    __slots__ = ("_decoder", "_half", "_machine")

    def __init__(
        self,
        tools: Sequence[Any] | ToolSet | None = None,
        format: str = "auto",  # noqa: A002
        schema: Any = None,
    ) -> None:
        compiled = None if schema is None else _compiled(schema)
        self._machine = _native.StreamMachine(prepare_tools(tools), _format(format), compiled)
        self._decoder: codecs.IncrementalDecoder | None = None
        self._half = ""

    def feed(self, chunk: str | bytes) -> list[StreamEvent]:
        """What has become known with this piece of the answer: text, or UTF-8 that may be cut inside a character.

        Raises:
            ParseError: the piece is neither str nor bytes.
        """
        if isinstance(chunk, bytes | bytearray):
            self._decoder = self._decoder or codecs.getincrementaldecoder("utf-8")("replace")
            chunk = self._decoder.decode(chunk)
        elif self._half or (isinstance(chunk, str) and "\ud800" <= chunk[-1:] <= "\udbff"):
            # Half of a surrogate pair: the other half may be in the next piece.
            chunk = self._half + chunk
            whole = len(chunk) - ("\ud800" <= chunk[-1:] <= "\udbff")
            chunk, self._half = chunk[:whole], chunk[whole:]
        try:
            return self._machine.feed(chunk)
        except _native.RawParseError as raw:
            raise _error(raw) from None

    def feed_call(
        self,
        index: int,
        *,
        id: str | None = None,  # noqa: A002
        name: str | None = None,
        arguments: str = "",
    ) -> list[StreamEvent]:
        """What has become known with a piece of a call that the provider's interface reports beside the text.

        Args:
            index: tells the calls of an answer apart, as the provider numbers them.
            id: the call's id.
            name: a piece of the name; it is whole when arguments come.
            arguments: a piece of the arguments' JSON. The call is ready with the brace that closes them.

        The events number calls in the order they begin in. The span of such a call is that of its arguments.
        """
        return self._machine.feed_call(index, id, name, arguments)

    def finish(self) -> list[StreamEvent]:
        """The answer is over: what was held back, and calls that were cut off. Later pieces are not read."""
        rest = self._half + (self._decoder.decode(b"", final=True) if self._decoder else "")
        self._half, self._decoder = "", None
        return [*(self._machine.feed(rest) if rest else ()), *self._machine.finish()]

    @property
    def format(self) -> str | None:
        """The format of the first call so far."""
        return self._machine.format
