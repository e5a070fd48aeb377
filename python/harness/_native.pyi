"""The Rust surface of harness, typed. Applications use the faces: `parsing`, `tokens` and `caching`."""

from typing import Any, TypeAlias

__version__: str

# --- json ------------------------------------------------------------------------------------------------------------

class RawParseError(ValueError):
    """A text that cannot be read. `args` are (message, character offset, the text as it was read)."""

class JsonSchema:
    """A compiled JSON Schema, as far as coercion reads it."""

    def __init__(self, text: str) -> None: ...

def json_repair(
    text: str | bytes | bytearray, report: bool = False, partial: bool = False, schema: JsonSchema | None = None
) -> Any:
    """The value in `text`, mended; with `report`, `(value, [(kind, character offset), ...])`."""

def json_strict(text: str | bytes | bytearray) -> Any:
    """The value of a strict JSON text."""

# --- tool calls ------------------------------------------------------------------------------------------------------

class ToolSet:
    """Tools, prepared for parsing: a JSON list of `{"name", "parameters"}` or of OpenAI's shape."""

    def __init__(self, text: str) -> None: ...

class ParsedToolCall:
    """A call that was read."""

    @property
    def name(self) -> str:
        """The tool's name, never empty."""
    @property
    def arguments(self) -> dict[str, Any]:
        """Its arguments."""
    @property
    def id(self) -> str | None:
        """The id that the format gave it."""
    @property
    def span(self) -> tuple[int, int]:
        """Where it stands in the answer, as character offsets."""
    @property
    def repairs(self) -> tuple[tuple[str, int], ...]:
        """What was mended: kind and character offset into the answer."""

def tool_calls(
    text: str | bytes | bytearray,
    tools: ToolSet | None = None,
    format: str = "auto",  # noqa: A002
) -> tuple[list[ParsedToolCall], str, str, str | None]:
    """The calls in a text, the text left over, the reasoning, and the format of the first call."""

def tool_call_formats() -> list[str]:
    """The names of all formats."""

# --- streams ---------------------------------------------------------------------------------------------------------

class TextDelta:
    """More text of the answer."""

    def __init__(self, text: str) -> None: ...
    @property
    def text(self) -> str: ...

class ReasoningDelta:
    """More of the reasoning before the answer."""

    def __init__(self, text: str) -> None: ...
    @property
    def text(self) -> str: ...

class TextWasReasoning:
    """All text until here was reasoning: its end came without a beginning (the chat template wrote that itself)."""

    def __init__(self) -> None: ...

class ToolCallStarted:
    """A call has begun and its name is known. `index` counts the calls of an answer from 0."""

    def __init__(self, index: int, name: str) -> None: ...
    @property
    def index(self) -> int: ...
    @property
    def name(self) -> str: ...

class ToolCallArgumentsDelta:
    """More of a call's arguments: JSON as the model writes it. What was mended is in `ToolCallReady`."""

    def __init__(self, index: int, json: str) -> None: ...
    @property
    def index(self) -> int: ...
    @property
    def json(self) -> str: ...

class ToolCallReady:
    """The last byte of a call is in."""

    def __init__(self, index: int, call: ParsedToolCall) -> None: ...
    @property
    def index(self) -> int: ...
    @property
    def call(self) -> ParsedToolCall: ...

class PartialValue:
    """The structured answer so far."""

    @property
    def value(self) -> Any:
        """The value so far; None before it begins.

        While the answer is being written this is one object that grows with it, so that the cost is that of what is
        new: copy it to keep a state of it. It is not yet brought into the schema's shape, a string at its end is as
        long as it is, a number at its end is not there yet. Where the answer is not strict JSON, a value is made anew
        each time a long answer has grown by a quarter. A complete one is what `repair_json` reads.
        """
    @property
    def complete(self) -> bool:
        """The answer is over."""

_Event: TypeAlias = (
    TextDelta
    | ReasoningDelta
    | TextWasReasoning
    | ToolCallStarted
    | ToolCallArgumentsDelta
    | ToolCallReady
    | PartialValue
)

class StreamMachine:
    """Reads an answer piece by piece."""

    def __init__(
        self,
        tools: ToolSet | None = None,
        format: str = "auto",  # noqa: A002
        schema: JsonSchema | None = None,
    ) -> None: ...
    def feed(self, chunk: str | bytes | bytearray) -> list[_Event]: ...
    def feed_call(
        self,
        index: int,
        id: str | None = None,  # noqa: A002
        name: str | None = None,
        arguments: str = "",
    ) -> list[_Event]: ...
    def finish(self) -> list[_Event]: ...
    @property
    def format(self) -> str | None: ...
