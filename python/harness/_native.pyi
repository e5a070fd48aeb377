"""The Rust surface of harness, typed. Applications use the faces: `parsing`, `tokens` and `caching`."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Self, TypeAlias, TypeVar

from harness.domain.completions import Options
from harness.domain.messages import Message

__version__: str

# --- json ------------------------------------------------------------------------------------------------------------

class RawParseError(ValueError):
    """A text that cannot be read. `args` are (message, character offset, the text around it)."""

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

# --- cache -----------------------------------------------------------------------------------------------------------

_K = TypeVar("_K", bound=str | bytes)

class LruTtlCache:
    """What `harness.caching.LruTtlCache` is built on, and where it says what the arguments are."""

    def __new__(
        cls,
        max_entries: int = 10_000,
        max_bytes: int | None = None,
        default_ttl_s: float | None = None,
        *,
        sliding: bool = False,
        timer: Callable[[], float] | None = None,
    ) -> Self: ...
    @property
    def max_entries(self) -> int:
        """Most values."""
    @property
    def max_bytes(self) -> int | None:
        """Most bytes of all values together; None is no limit."""
    @property
    def default_ttl_s(self) -> float | None:
        """Seconds that a value is kept where `set` does not say; None is until it is evicted."""
    @property
    def sliding(self) -> bool:
        """Whether each use gives a value its whole time anew."""
    def get(self, key: str | bytes, default: Any = None) -> Any:
        """Returns the value, which now counts as used, or `default`. Raises `TypeError` for a key of another type."""
    def set(self, key: str | bytes, value: Any, ttl_s: float | None = None, *, size: int | None = None) -> bool:
        """Keeps a value, and returns whether it did: not one larger than the cache, nor one with `ttl_s` 0.

        Args:
            key: under which; an earlier value is replaced, whatever is returned.
            value: what.
            ttl_s: seconds; None is the default of the cache, `math.inf` never ends.
            size: its bytes; None is the length of `bytes`, `sys.getsizeof` of others, and the length of the key in
                UTF-8. Without `max_bytes` nothing is estimated, and only sizes that are given count.

        Raises:
            TypeError: the key is neither text nor bytes, or an argument is no number.
            ValueError: `ttl_s` or `size` is negative or NaN.
        """
    def delete(self, key: str | bytes) -> bool:
        """Forgets a value; returns whether there was one."""
    def get_many(self, keys: Iterable[_K]) -> dict[_K, Any]:
        """Returns the values that there are, by their keys; each key counts as a `get`.

        Raises `TypeError` for a key of another type, and for one key instead of many.
        """
    def set_many(self, mapping: Mapping[_K, Any], ttl_s: float | None = None) -> int:
        """Keeps values, each as `set` would, and returns how many it did.

        Raises:
            TypeError: a key is neither text nor bytes, or `mapping` is no mapping; nothing is kept.
            ValueError: `ttl_s` is negative or NaN; nothing is kept.
        """
    def purge(self) -> int:
        """Forgets all values whose time is over; returns how many."""
    def clear(self) -> None:
        """Forgets everything; the counts of what was done stay."""
    def counts(self) -> tuple[int, int, int, int, int, int]:
        """Returns hits, misses, evictions, expirations, entries and bytes: `stats` without names."""
    def __getitem__(self, key: str | bytes, /) -> Any:
        """Returns the value, which now counts as used. Raises `KeyError` where there is none."""
    def __setitem__(self, key: str | bytes, value: Any, /) -> None:
        """Keeps a value as `set` does; one that is larger than the cache is not kept, and no error."""
    def __delitem__(self, key: str | bytes, /) -> None:
        """Forgets a value. Raises `KeyError` where there is none."""
    def __contains__(self, key: str | bytes, /) -> bool:
        """Whether there is a value; counts as no use."""
    def __len__(self) -> int:
        """How many values are held, with those whose time is over and that nobody asked for."""

# --- tokens ----------------------------------------------------------------------------------------------------------

class Encoding:
    """An encoding of OpenAI's, its vocabulary built in. Raises `ValueError` for an unknown name."""

    def __init__(self, name: str) -> None: ...
    @property
    def name(self) -> str: ...
    def count(self, text: str) -> int: ...
    def count_up_to(self, text: str, limit: int) -> int: ...
    def features(self, text: str) -> tuple[int, list[int]]:
        """How many tokens, and how many ASCII letters, words, digits, marks, further blanks, ends of lines, other Latin
        letters, letters of other alphabets, ideographs, other characters, letters past the sixth of a word and capitals
        after a small letter."""
    def encode(self, text: str) -> list[int]: ...
    def decode(self, tokens: list[int]) -> str: ...
    def truncate(self, text: str, limit: int) -> str: ...

def token_encodings() -> list[str]:
    """The names of all encodings."""

# --- prompts ---------------------------------------------------------------------------------------------------------

class Transcript:
    """An append-only list of messages that keeps of each its tokens and, once asked for, its bytes for each dialect.

    A copy shares everything with what it was copied from; appending to either leaves the other as it is. Thread-safe.
    """

    def __init__(self) -> None: ...
    def append(self, message: Message, tokens: int) -> int:
        """Appends a message that counts as `tokens` tokens; returns the new length. Amortised O(its own size).

        Raises:
            TypeError: it holds what is no part of a message.
            ValueError: the arguments of a call are no JSON.
            OverflowError: `tokens` is negative.
        """
    def copy(self) -> Transcript:
        """Returns a transcript of the same messages; O(1)."""
    def tokens(self, start: int = 0, end: int | None = None) -> int:
        """Returns the tokens of the messages from `start` up to `end`; O(1)."""
    def window(self, budget: int, start: int = 0, end: int | None = None) -> int:
        """Returns where the longest window begins that ends at `end`, begins at `start` or later and takes at most
        `budget` tokens; `end` where none fits. It never begins with the results of calls outside of it. O(log n)."""
    def role(self, index: int) -> str | None:
        """Returns who speaks in a message, or None past the end."""
    def __len__(self) -> int: ...

class ToolList:
    """Tools, encoded once for each dialect.

    Args:
        specs: objects with `name`, `description` and `parameters` (a JSON Schema), such as `ToolSpec`.
        tokens: what they count together.

    Raises:
        ValueError: parameters that are no JSON.
    """

    def __init__(self, specs: Iterable[Any] | None = None, tokens: int = 0) -> None: ...
    @property
    def tokens(self) -> int: ...
    def __len__(self) -> int: ...

class PromptBody:
    """What one model call sees. Cheap to make: nothing of the transcript is copied.

    Args:
        transcript: what was said; messages that are appended to it later are not seen.
        ranges: the messages that are seen, as (start, end); None is all.
        system: the system prompt.
        tools: what the model may call.
        snippets: knowledge shown right before the user's last message, as (source, text).
        around_tokens: tokens of system prompt and snippets, and what every request costs.
    """

    def __init__(
        self,
        transcript: Transcript,
        *,
        ranges: Sequence[tuple[int, int]] | None = None,
        system: str | None = None,
        tools: ToolList | None = None,
        snippets: Sequence[tuple[str, str]] = (),
        around_tokens: int = 0,
    ) -> None: ...
    @property
    def tokens(self) -> int:
        """The tokens of the whole prompt."""
    @property
    def messages(self) -> int:
        """How many messages of the transcript are seen."""
    def body(self, dialect: str, options: Options, *, model: str | None = None) -> bytes:
        """Returns the request's body in a dialect.

        Its bytes up to the first new message are those of the turn before, so that a provider's cache of prefixes is
        hit; for Anthropic the cache's marks stand on the last tool, the system prompt and the last message.

        Args:
            dialect: one of `harness.prompts.DIALECTS`.
            options: how the model is to answer.
            model: the model where `options` name none.

        Raises:
            ValueError: there is no such dialect, or an option is no JSON.
        """
    def fingerprint(self, options: Options, *, model: str | None = None) -> str:
        """Returns 32 hexadecimal digits that name everything that can change the answer.

        The first 128 bits of SHA-256 over the fields, each with its length before it: system prompt, the messages seen
        (roles, texts, thoughts, images, calls and results in their order; not the ids of calls, which differ from run
        to run), snippets, tools and options but for `stream`. The same in every process and, until its version is
        raised, in every release.
        """

def prompt_dialects() -> list[str]:
    """The names of all dialects."""
