"""Chat completions, the way out: prompts into request bodies, and what error codes mean."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from harness.adapters.providers._failures import FailureTable
from harness.adapters.providers._inputs import encode_body, plain
from harness.domain.completions import Options, Prompt
from harness.domain.failures import ErrorCategory as Category
from harness.domain.messages import ImagePart, Message, Part, ReasoningPart, Role, TextPart
from harness.domain.tools import ToolCall, ToolSpec

FAILURES = FailureTable(
    codes={
        "invalid_api_key": Category.AUTHENTICATION,
        "authentication_error": Category.AUTHENTICATION,
        "account_deactivated": Category.AUTHENTICATION,
        "permission_error": Category.PERMISSION,
        "permission_denied": Category.PERMISSION,
        "unsupported_country_region_territory": Category.PERMISSION,
        "insufficient_quota": Category.PERMISSION,
        "billing_hard_limit_reached": Category.PERMISSION,
        "billing_not_active": Category.PERMISSION,
        "model_not_found": Category.MODEL_NOT_FOUND,
        "deploymentnotfound": Category.MODEL_NOT_FOUND,
        "model_decommissioned": Category.MODEL_NOT_FOUND,
        "context_length_exceeded": Category.CONTEXT_LENGTH,
        "exceed_context_size_error": Category.CONTEXT_LENGTH,
        "string_above_max_length": Category.CONTEXT_LENGTH,
        "content_filter": Category.CONTENT_FILTER,
        "content_policy_violation": Category.CONTENT_FILTER,
        "moderation_blocked": Category.CONTENT_FILTER,
        "rate_limit_exceeded": Category.RATE_LIMITED,
        "rate_limit_error": Category.RATE_LIMITED,
        "rate_limit_reached": Category.RATE_LIMITED,
        "overloaded_error": Category.OVERLOADED,
        "engine_overloaded": Category.OVERLOADED,
        "slow_down": Category.OVERLOADED,
    },
    phrases=(
        ("maximum context length", Category.CONTEXT_LENGTH),
        ("context window", Category.CONTEXT_LENGTH),
        ("context length", Category.CONTEXT_LENGTH),
        ("context size", Category.CONTEXT_LENGTH),
        ("prompt is too long", Category.CONTEXT_LENGTH),
        ("reduce the length", Category.CONTEXT_LENGTH),
        ("content management policy", Category.CONTENT_FILTER),
        ("content filter", Category.CONTENT_FILTER),
        ("safety system", Category.CONTENT_FILTER),
        ("incorrect api key", Category.AUTHENTICATION),
        ("invalid api key", Category.AUTHENTICATION),
        ("model not found", Category.MODEL_NOT_FOUND),
    ),
)
"""Codes and phrases of OpenAI's error guide and of servers that speak its dialect."""


@dataclass(frozen=True, slots=True)
class Habits:
    """How a server that speaks the dialect wants it spoken.

    Args:
        max_tokens_field: the name of the field for the most tokens of an answer.
        include_usage: whether to ask for the usage of a streamed answer.
        reasoning_field: the field under which earlier reasoning is sent back; None leaves it out.
        image_detail: `auto`, `low` or `high` for every image; None leaves it out.
    """

    max_tokens_field: str = "max_tokens"
    include_usage: bool = True
    reasoning_field: str | None = None
    image_detail: str | None = None


class Encoder:
    """Writes request bodies. Keeps the JSON of the last tools it saw, because a run offers the same ones each turn."""

    __slots__ = ("_habits", "_model", "_provider", "_tools")

    def __init__(self, *, provider: str, model: str, habits: Habits) -> None:
        self._provider = provider
        self._model = model
        self._habits = habits
        self._tools: tuple[tuple[ToolSpec, ...], orjson.Fragment] | None = None

    def encode(self, prompt: Prompt, options: Options) -> bytes:
        """Returns the request's body.

        Raises:
            ProviderError: invalid_request, for a value that is no JSON.
        """
        habits = self._habits
        body: dict[str, Any] = {"model": options.model or self._model, "messages": self._messages(prompt.messages)}
        if prompt.tools:
            body["tools"] = self._tool_list(prompt.tools)
            if options.tool_choice is not None:
                body["tool_choice"] = tool_choice(options.tool_choice)
            if options.parallel_tool_calls is not None:
                body["parallel_tool_calls"] = options.parallel_tool_calls
        if options.temperature is not None:
            body["temperature"] = options.temperature
        if options.top_p is not None:
            body["top_p"] = options.top_p
        if options.max_tokens is not None:
            body[habits.max_tokens_field] = options.max_tokens
        if options.seed is not None:
            body["seed"] = options.seed
        if options.stop:
            body["stop"] = options.stop
        if options.response_format is not None:
            body["response_format"] = response_format(options.response_format)
        if options.stream:
            body["stream"] = True
            if habits.include_usage:
                body["stream_options"] = {"include_usage": True}
        if options.extra:
            body.update(options.extra)
        return encode_body(body, provider=self._provider)

    def _tool_list(self, tools: tuple[ToolSpec, ...]) -> Any:
        kept = self._tools
        if kept is not None and kept[0] is tools:
            return kept[1]
        listed = [
            {
                "type": "function",
                "function": {"name": tool.name, "description": tool.description, "parameters": tool.parameters},
            }
            for tool in tools
        ]
        try:
            fragment = orjson.Fragment(orjson.dumps(listed, default=plain))
        except TypeError:
            return listed  # what orjson refuses goes the long way with the rest of the body
        self._tools = (tools, fragment)
        return fragment

    def _messages(self, messages: Sequence[Message]) -> list[dict[str, Any]]:
        out: list[dict[str, Any]] = []
        for message in messages:
            role = message.role
            if role is Role.TOOL:
                out.extend(
                    {"role": "tool", "tool_call_id": result.call_id, "content": result.content}
                    for result in message.tool_results
                )
            elif role is Role.ASSISTANT:
                out.append(self._assistant(message))
            else:
                out.append({"role": str(role), "content": self._content(message.parts)})
        return out

    def _content(self, parts: Sequence[Part]) -> Any:
        if len(parts) == 1 and isinstance(parts[0], TextPart):
            return parts[0].text
        if not any(isinstance(part, ImagePart) for part in parts):
            return "".join([part.text for part in parts if isinstance(part, TextPart)])
        return [
            self._image(part) if isinstance(part, ImagePart) else {"type": "text", "text": part.text}
            for part in parts
            if isinstance(part, ImagePart) or (isinstance(part, TextPart) and part.text)
        ]

    def _image(self, part: ImagePart) -> dict[str, Any]:
        url = part.url
        if part.data is not None:
            url = f"data:{part.media_type};base64,{b64encode(part.data).decode()}"
        image: dict[str, Any] = {"url": url}
        if self._habits.image_detail:
            image["detail"] = self._habits.image_detail
        return {"type": "image_url", "image_url": image}

    def _assistant(self, message: Message) -> dict[str, Any]:
        texts, calls, reasoning = [], [], []
        for part in message.parts:
            if isinstance(part, TextPart):
                texts.append(part.text)
            elif isinstance(part, ToolCall):
                calls.append(
                    {
                        "id": part.id,
                        "type": "function",
                        "function": {"name": part.name, "arguments": arguments_text(part)},
                    }
                )
            elif isinstance(part, ReasoningPart):
                reasoning.append(part.text)
        out: dict[str, Any] = {"role": "assistant", "content": "".join(texts)}
        if calls:
            out["tool_calls"] = calls
            if not out["content"]:
                out["content"] = None
        if reasoning and self._habits.reasoning_field:
            out[self._habits.reasoning_field] = "".join(reasoning)
        return out


def arguments_text(call: ToolCall) -> str:
    """Returns the arguments to send back: as the model wrote them, where that is an object.

    Servers that render their own chat template read the arguments and refuse the whole request where they cannot, so
    a text that is no object goes back inside one.
    """
    if call.parse_error is not None:
        return orjson.dumps({"unreadable": (call.arguments_json or "").encode("utf-8", "replace").decode()}).decode()
    if call.arguments_json is not None:
        return call.arguments_json or "{}"
    return encode_body(call.arguments, provider="").decode()


def tool_choice(choice: str) -> Any:
    """Returns the wire form of `Options.tool_choice`."""
    if choice in ("auto", "none", "required"):
        return choice
    return {"type": "function", "function": {"name": choice}}


def response_format(wanted: Mapping[str, Any]) -> Mapping[str, Any]:
    """Returns the wire form of `Options.response_format`: a schema moves under `json_schema`."""
    if wanted.get("type") != "json_schema" or "json_schema" in wanted:
        return wanted
    inner = {key: value for key, value in wanted.items() if key != "type"}
    inner.setdefault("name", "answer")
    return {"type": "json_schema", "json_schema": inner}
