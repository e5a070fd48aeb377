"""What a message costs in tokens, as chat models bill it."""

from __future__ import annotations

import json
from collections.abc import Sequence

from harness.domain.messages import ImagePart, Message, ReasoningPart, TextPart
from harness.domain.tools import ToolCall, ToolResult, ToolSpec
from harness.ports.tokenizer import Tokenizer

A_MESSAGE = 3
"""Tokens around every message: its marks and its role (OpenAI's guide to counting tokens)."""

THE_ANSWER = 3
"""Tokens with which the answer is begun, once a request."""

A_CALL = 8
"""Tokens around a call: its marks and its id."""

A_TOOL = 8
"""Tokens around the definition of a tool."""

AN_IMAGE = 765
"""Tokens of an image whose size is not known: those of 1024 by 1024 pixels in high detail."""


def count_message(message: Message, tokenizer: Tokenizer) -> int:
    """Returns the tokens of a message, what stands around it included."""
    tokens = A_MESSAGE
    for part in message.parts:
        if isinstance(part, TextPart | ReasoningPart):
            tokens += tokenizer.count(part.text)
        elif isinstance(part, ToolCall):
            written = part.arguments_json
            if written is None:
                written = json.dumps(dict(part.arguments), default=str)
            tokens += A_CALL + tokenizer.count(part.name) + tokenizer.count(written)
        elif isinstance(part, ToolResult):
            tokens += A_MESSAGE + tokenizer.count(part.content)
        elif isinstance(part, ImagePart):
            tokens += AN_IMAGE
    return tokens


def count_tools(specs: Sequence[ToolSpec], tokenizer: Tokenizer) -> int:
    """Returns the tokens of the definitions of tools, by their JSON: a little more than providers bill for them."""
    tokens = 0
    for spec in specs:
        schema = json.dumps(dict(spec.parameters), default=str, separators=(",", ":"))
        tokens += A_TOOL + sum(tokenizer.count(text) for text in (spec.name, spec.description, schema))
    return tokens
