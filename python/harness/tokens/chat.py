"""What messages and tools cost in tokens, as chat models bill them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from harness.domain.messages import ImagePart, Message, ReasoningPart, Role, TextPart
from harness.domain.tools import ToolCall, ToolResult, ToolSpec
from harness.ports.tokenizer import Tokenizer as Port
from harness.tokens.exact import AnyTokenizer, Tokenizer
from harness.tokens.images import count_image

A_MESSAGE = 4
"""Tokens around every message: its three marks and its role (OpenAI's guide to counting tokens)."""

THE_ANSWER = 3
"""Tokens with which the answer is begun, once a request."""

A_CALL = 3
"""Tokens around a call."""

THE_TOOLS = 9
"""Tokens around the definitions of all tools; four fewer where there is a system prompt, which they then join. With
the definitions as `described` writes them this gives what OpenAI bills in every published case."""

_SHARED = 4

# What Claude is told about tools before their definitions (Anthropic's guide to tool use), for models since 3.5.
_CLAUDE_TOOLS = 346


def count_tokens(
    text_or_messages: str | Message | Iterable[Message], model: str = "o200k_base", *, tools: Sequence[ToolSpec] = ()
) -> int:
    """Returns how many tokens a text has, or how many a model call is billed for messages and tools.

    Args:
        text_or_messages: a text, a message or several. Messages count with what stands around them and the beginning
            of the answer, images by their size.
        model: a model, an encoding, or the path of a `tokenizer.json`, as in `Tokenizer.for_model`.
        tools: what the model may call.

    Raises:
        InputError: the model is not known.
    """
    tokenizer = _tokenizer(model)
    if isinstance(text_or_messages, str):
        return tokenizer.count(text_or_messages) + (count_tools(tools, tokenizer) if tools else 0)
    messages = [text_or_messages] if isinstance(text_or_messages, Message) else list(text_or_messages)
    system = any(message.role is Role.SYSTEM for message in messages)
    tokens = sum(count_message(message, tokenizer, model) for message in messages)
    return tokens + THE_ANSWER + count_tools(tools, tokenizer, model, system=system)


def count_message(message: Message, tokenizer: Port, model: str = "") -> int:
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
            # Each result is a message of its own on most wires; the first has the marks of the message.
            tokens += tokenizer.count(part.content) + (A_MESSAGE if part is not message.parts[0] else 0)
        elif isinstance(part, ImagePart):
            tokens += count_image(part, model)
    return tokens


def count_tools(specs: Sequence[ToolSpec], tokenizer: Port, model: str = "", *, system: bool = False) -> int:
    """Returns the tokens of the definitions of tools.

    Args:
        specs: the tools; none cost nothing.
        tokenizer: counts.
        model: whose bill; Claude's are counted by their JSON Schemas and what it is told besides, all others as OpenAI
            shows them to its models.
        system: whether there is a system prompt.
    """
    if not specs:
        return 0
    if model.rsplit("/", 1)[-1].lower().startswith("claude"):
        schemas = [
            json.dumps({"name": spec.name, "description": spec.description, "input_schema": dict(spec.parameters)})
            for spec in specs
        ]
        return _CLAUDE_TOOLS + sum(tokenizer.count(schema) for schema in schemas)
    return THE_TOOLS + tokenizer.count(described(specs)) - (_SHARED if system else 0)


def described(specs: Sequence[ToolSpec]) -> str:
    """Returns the definitions as OpenAI's models are shown them: TypeScript (the harmony format documents it)."""
    lines = ["namespace functions {", ""]
    for spec in specs:
        if spec.description:
            lines += [f"// {line}" for line in spec.description.split("\n")]
        properties = spec.parameters.get("properties")
        if isinstance(properties, Mapping) and properties:
            lines += [f"type {spec.name} = (_: {{", *_properties(spec.parameters, 0, spec.parameters, ()), "}) => any;"]
        else:
            lines.append(f"type {spec.name} = () => any;")
        lines.append("")
    return "\n".join([*lines, "} // namespace functions"])


_DEEPEST = 32
"""Schemas nested deeper are `any`."""


def _properties(
    schema: Mapping[str, Any], depth: int, root: Mapping[str, Any], above: tuple[str, ...]
) -> Iterable[str]:
    required = schema.get("required")
    required = required if isinstance(required, list | tuple) else ()
    for name, inner in schema["properties"].items():
        if isinstance(inner, Mapping) and isinstance(inner.get("description"), str) and inner["description"]:
            yield f"// {inner['description']}"
        mark = "" if name in required else "?"
        yield f"{name}{mark}: {_type(inner, depth + 1, root, above)},"


def _type(schema: Any, depth: int, root: Mapping[str, Any], above: tuple[str, ...]) -> str:
    if not isinstance(schema, Mapping) or depth > _DEEPEST:
        return "any"
    ref = schema.get("$ref")
    if isinstance(ref, str):
        return "any" if ref in above else _type(_resolved(ref, root), depth + 1, root, (*above, ref))
    if isinstance(schema.get("enum"), list | tuple):
        return " | ".join(json.dumps(each, ensure_ascii=False, default=str) for each in schema["enum"])
    for word in ("anyOf", "oneOf"):
        if isinstance(schema.get(word), list | tuple):
            return " | ".join(_type(each, depth + 1, root, above) for each in schema[word])
    kind = schema.get("type")
    if isinstance(kind, list | tuple):
        return " | ".join(_type({**schema, "type": each}, depth + 1, root, above) for each in kind)
    if kind == "object":
        if not isinstance(schema.get("properties"), Mapping) or not schema["properties"]:
            return "object"
        inner = "\n".join(_properties(schema, depth, root, above))
        return f"{{\n{inner}\n}}"
    if kind == "array":
        return f"{_type(schema['items'], depth + 1, root, above)}[]" if "items" in schema else "any[]"
    names = {"string": "string", "number": "number", "integer": "number", "boolean": "boolean", "null": "null"}
    return names.get(kind, "any") if isinstance(kind, str) else "any"


def _resolved(ref: str, root: Mapping[str, Any]) -> Any:
    found: Any = root
    for name in ref.removeprefix("#/").split("/"):
        found = found.get(name) if isinstance(found, Mapping) else None
    return found


@lru_cache(maxsize=64)
def _tokenizer(model: str) -> AnyTokenizer:
    return Tokenizer.for_model(model)
