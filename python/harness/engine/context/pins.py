"""Pinned messages, kept beside the turns, so that a window that does not reach back to them still shows them."""

from __future__ import annotations

import base64
from collections.abc import Sequence

import orjson

from harness.domain.errors import ConversationConflict
from harness.domain.messages import ImagePart, Message, Part, Role, TextPart
from harness.domain.values import dataclass
from harness.ports.conversations import ConversationStore

ARTIFACT = "harness.pins"
"""The artifact of a conversation that holds what was pinned in it."""

_FORMAT = 1


@dataclass(frozen=True, slots=True)
class Pin:
    """A pinned message.

    Args:
        turn: which turn it is of, from 0.
        message: what was said.
    """

    turn: int
    message: Message


async def read_pins(store: ConversationStore, conversation_id: str) -> list[Pin]:
    """Returns what was pinned, oldest first; nothing where the artifact is of a format that is not known.

    Raises:
        StoreError: the store cannot be read.
    """
    return (await _read(store, conversation_id))[0]


async def keep_pin(store: ConversationStore, conversation_id: str, turn: int, messages: Sequence[Message]) -> None:
    """Keeps the pinned ones of a turn's messages beside the turns.

    Raises:
        StoreError: the store cannot write.
    """
    new = [Pin(turn, message) for message in messages if message.pinned]
    while new:
        pins, version = await _read(store, conversation_id)
        kept = [pin for pin in pins if pin.turn != turn]
        body = {"v": _FORMAT, "pins": [[pin.turn, _written(pin.message)] for pin in [*kept, *new]]}
        try:
            await store.put_artifact(conversation_id, ARTIFACT, orjson.dumps(body), if_version=version)
        except ConversationConflict:
            continue  # another process has pinned something meanwhile
        return


async def _read(store: ConversationStore, conversation_id: str) -> tuple[list[Pin], int]:
    artifact = await store.get_artifact(conversation_id, ARTIFACT)
    if artifact is None:
        return [], 0
    try:
        body = orjson.loads(artifact.data)
        if body["v"] == _FORMAT:
            return [Pin(int(turn), _told(parts)) for turn, parts in body["pins"]], artifact.version
    except (ValueError, KeyError, TypeError):
        pass
    return [], artifact.version


def _written(message: Message) -> list[dict[str, str | None]]:
    parts: list[dict[str, str | None]] = []
    for part in message.parts:
        if isinstance(part, TextPart):
            parts.append({"text": part.text})
        elif isinstance(part, ImagePart) and part.data is not None:
            parts.append({"data": base64.b64encode(part.data).decode(), "media_type": part.media_type})
        elif isinstance(part, ImagePart):
            parts.append({"url": part.url})
    return parts


def _told(written: list[dict[str, str]]) -> Message:
    parts: list[Part] = []
    for part in written:
        if "text" in part:
            parts.append(TextPart(part["text"]))
        elif "data" in part:
            parts.append(ImagePart(data=base64.b64decode(part["data"]), media_type=part["media_type"]))
        else:
            parts.append(ImagePart(url=part["url"]))
    return Message(Role.USER, tuple(parts), pinned=True)
