"""Messages: who said what, in parts."""

from __future__ import annotations

import time
from dataclasses import field
from enum import StrEnum
from typing import TypeAlias

from harness.domain.tools import ToolCall, ToolResult
from harness.domain.usage import Usage
from harness.domain.values import dataclass


class Role(StrEnum):
    """Who speaks."""

    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"
    TOOL = "tool"


@dataclass(frozen=True, slots=True)
class TextPart:
    """Plain text."""

    text: str


@dataclass(frozen=True, slots=True)
class ReasoningPart:
    """What a model thought before it spoke. `signature` is the provider's seal, to be sent back unchanged."""

    text: str
    signature: str | None = None


@dataclass(frozen=True, slots=True)
class ImagePart:
    """An image: either `url`, or `data` (raw bytes, not base64) with its `media_type`."""

    url: str | None = None
    data: bytes | None = None
    media_type: str | None = None

    def __post_init__(self) -> None:
        if (self.url is None) == (self.data is None):
            raise ValueError("an image has either a url or data, and not both")
        if self.data is not None and not self.media_type:
            raise ValueError("image data needs a media_type, such as 'image/png'")


Part: TypeAlias = TextPart | ReasoningPart | ImagePart | ToolCall | ToolResult


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a conversation.

    Args:
        role: who speaks.
        parts: what is said, in order. Assistant messages hold text, reasoning and tool calls; tool messages hold
            the results of the calls before them; user messages hold text and images.
        pinned: however long the conversation becomes, the model is shown it.
    """

    role: Role
    parts: tuple[Part, ...]
    pinned: bool = False

    @classmethod
    def system(cls, text: str) -> Message:
        """Returns a system message."""
        return cls(Role.SYSTEM, (TextPart(text),))

    @classmethod
    def user(cls, text: str, *images: ImagePart) -> Message:
        """Returns a user message: the text, then the images."""
        return cls(Role.USER, (TextPart(text), *images))

    @classmethod
    def assistant(cls, text: str = "", tool_calls: tuple[ToolCall, ...] = (), reasoning: str = "") -> Message:
        """Returns an assistant message: reasoning, text and tool calls, as far as each is there."""
        parts: list[Part] = []
        if reasoning:
            parts.append(ReasoningPart(reasoning))
        if text:
            parts.append(TextPart(text))
        parts.extend(tool_calls)
        return cls(Role.ASSISTANT, tuple(parts))

    @classmethod
    def tool(cls, *results: ToolResult) -> Message:
        """Returns the message that hands tool results to the model, in call order."""
        return cls(Role.TOOL, results)

    @property
    def text(self) -> str:
        """The text parts, joined."""
        return "".join([part.text for part in self.parts if isinstance(part, TextPart)])

    @property
    def reasoning(self) -> str:
        """The reasoning parts, joined."""
        return "".join([part.text for part in self.parts if isinstance(part, ReasoningPart)])

    @property
    def tool_calls(self) -> tuple[ToolCall, ...]:
        """The tool calls, in order."""
        return tuple([part for part in self.parts if isinstance(part, ToolCall)])

    @property
    def tool_results(self) -> tuple[ToolResult, ...]:
        """The tool results, in order."""
        return tuple([part for part in self.parts if isinstance(part, ToolResult)])


@dataclass(frozen=True, slots=True)
class Turn:
    """One whole exchange: from the user's message to the model's last word, every tool call with its result.

    Stores keep whole turns only.

    Args:
        run_id: the run that made it.
        messages: in order, first the user's.
        usage: what it cost.
        created_at: when it was finished, seconds since 1970.
    """

    run_id: str
    messages: tuple[Message, ...]
    usage: Usage = field(default_factory=Usage)
    created_at: float = field(default_factory=time.time)


@dataclass(frozen=True, slots=True)
class Conversation:
    """What a store holds of a conversation.

    Args:
        conversation_id: its name, chosen by the application.
        turns: oldest first; when only the last ones were asked for, just those.
        length: how many turns the store holds in all. The position that the next turn will take.
    """

    conversation_id: str
    turns: tuple[Turn, ...] = ()
    length: int = 0

    @property
    def messages(self) -> tuple[Message, ...]:
        """The messages of all turns, in order."""
        return tuple([message for turn in self.turns for message in turn.messages])


@dataclass(frozen=True, slots=True)
class Artifact:
    """A named piece of data that a tool keeps beside a conversation, such as its to-do list.

    Args:
        name: unique in the conversation.
        data: the content.
        media_type: what the content is.
        version: 1 for the first write, one more for each after it.
    """

    name: str
    data: bytes
    media_type: str = "application/json"
    version: int = 1
