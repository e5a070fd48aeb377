"""What a fake server is told to answer: words that hold for every dialect, and the faults of a network."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

import orjson

from harness.domain.completions import FinishReason
from harness.domain.failures import ErrorCategory
from harness.domain.usage import Usage

Ending: TypeAlias = Literal["clean", "close", "reset", "stall"]


@dataclass(frozen=True, slots=True)
class Delivery:
    """How the bytes of an answer reach the client.

    Args:
        cut: bytes a write; 0 writes each event at once.
        stop_after: how many bytes of the body are sent; None for all.
        ending: what comes after them. `clean` ends the answer as HTTP wants it (only of a whole body), `close` ends
            the connection, `reset` breaks it, `stall` sends nothing more until the client goes.
        head: whether the status line and headers are sent; without them, nothing is.
        hold_after: how many bytes are sent before `hold` is waited for.
        hold: lets a test decide when the rest is sent.
        wrong_length: added to the Content-Length of an answer that is not streamed.
        content_type: sent instead of the right one; an empty text leaves the header out.
    """

    cut: int = 0
    stop_after: int | None = None
    ending: Ending = "clean"
    head: bool = True
    hold_after: int = 0
    hold: asyncio.Event | None = None
    wrong_length: int = 0
    content_type: str | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """A tool call that the fake model makes. `arguments` is an object, or text that is sent as it is."""

    name: str
    arguments: Mapping[str, Any] | str = field(default_factory=dict)
    id: str = ""

    @property
    def text(self) -> str:
        """The arguments as text."""
        if isinstance(self.arguments, str):
            return self.arguments
        return orjson.dumps(dict(self.arguments)).decode()


@dataclass(frozen=True, slots=True)
class Say:
    """An answer of the fake model.

    Args:
        text: what it says.
        calls: the tools it calls.
        reasoning: what it thinks before.
        refusal: why it refuses, where it does.
        finish: why it stopped, or a dialect's own word for it; None for what fits.
        usage: what the answer reports; None for none.
        piece: characters of text or arguments in one piece of a stream.
        delivery: how the bytes are sent.
        quirks: what a dialect's server does differently, by name; see the dialect.
    """

    text: str = ""
    calls: Sequence[Call] = ()
    reasoning: str = ""
    refusal: str = ""
    finish: FinishReason | str | None = None
    usage: Usage | None = field(default_factory=lambda: Usage(11, 7))
    piece: int = 4
    delivery: Delivery = field(default_factory=Delivery)
    quirks: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Fail:
    """An error of the fake server.

    Args:
        category: what kind; the dialect writes its own status and body for it.
        message: sent instead of the dialect's own words.
        headers: sent besides the usual ones.
        mid_stream: after how many characters of text it comes inside a stream of status 200; None for at once.
    """

    category: ErrorCategory
    message: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    mid_stream: int | None = None


@dataclass(frozen=True, slots=True)
class Raw:
    """Exactly this, whatever the dialect."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = "application/json"
    delivery: Delivery = field(default_factory=Delivery)


@dataclass(frozen=True, slots=True)
class Drop:
    """The request is read, and the connection closed without a word."""


Reply: TypeAlias = Say | Fail | Raw | Drop | str
"""A text is short for `Say(text)`."""


@dataclass(slots=True, eq=False)
class Request:
    """A request as the fake server saw it.

    `gone` is set when the client has ended the connection before the answer was whole; `done` when the server is
    through with it, in whatever way. `reused` tells whether an earlier request came over the same connection.
    """

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    reused: bool = False
    gone: asyncio.Event = field(default_factory=asyncio.Event)
    done: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def json(self) -> Any:
        """The body, parsed."""
        return orjson.loads(self.body)


@dataclass(frozen=True, slots=True)
class Payload:
    """An answer in a dialect's bytes: the pieces of a stream, or one body."""

    pieces: Sequence[bytes]
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = "application/json"
    streamed: bool = False
    delivery: Delivery = field(default_factory=Delivery)
