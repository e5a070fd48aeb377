"""A fake server of Anthropic's messages, wire-true: the official SDK cannot tell it from the real one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from harness.domain.failures import ErrorCategory as Category
from harness.domain.usage import Usage
from harness.testing.wire_replies import Call, Delivery, Fail, Payload, Request, Say
from harness.testing.wire_server import Script, WireServer

_ERRORS: Mapping[Category, tuple[int, str, str]] = {
    Category.RATE_LIMITED: (429, "rate_limit_error", "This request would exceed your organization's rate limit."),
    Category.OVERLOADED: (529, "overloaded_error", "Overloaded"),
    Category.UNAVAILABLE: (500, "api_error", "Internal server error"),
    Category.TIMEOUT: (504, "timeout_error", "The request timed out."),
    Category.AUTHENTICATION: (401, "authentication_error", "invalid x-api-key"),
    Category.PERMISSION: (403, "permission_error", "Your API key does not have permission to use this resource."),
    Category.MODEL_NOT_FOUND: (404, "not_found_error", "model: no-such-model"),
    Category.INVALID_REQUEST: (400, "invalid_request_error", "tools.0.input_schema: Field required"),
    Category.CONTEXT_LENGTH: (400, "invalid_request_error", "prompt is too long: 210000 tokens > 200000 maximum"),
    Category.CONTENT_FILTER: (400, "invalid_request_error", "Output blocked by content filtering policy"),
}

_STOPS = {"stop": "end_turn", "length": "max_tokens", "content_filter": "refusal", "tool_calls": "tool_use"}


class AnthropicDialect:
    """Messages. Quirks (`Say.quirks`): `no_stop` (the end mark is missing), `pings` (a ping before each event)."""

    prefix = "/v1"

    def route(self, request: Request) -> Payload | None:
        """Answers unknown paths and bad bodies."""
        if request.path.partition("?")[0] != "/v1/messages":
            return _error(404, "not_found_error", "Not found")
        if request.method != "POST":
            return _error(405, "invalid_request_error", "Method Not Allowed")
        if "anthropic-version" not in request.headers:
            return _error(400, "invalid_request_error", "anthropic-version: header is required")
        try:
            body = request.json
        except ValueError:
            return _error(400, "invalid_request_error", "The request body is not valid JSON")
        for field, kind in (("model", str), ("messages", list), ("max_tokens", int)):
            if not isinstance(body.get(field), kind) or not body[field]:
                return _error(400, "invalid_request_error", f"{field}: Field required")
        if body["messages"][0].get("role") != "user":
            return _error(400, "invalid_request_error", 'messages: first message must use the "user" role')
        return None

    def answer(self, request: Request, say: Say) -> Payload:
        """Writes a message, or its events where the request says `stream`."""
        body = request.json
        calls = [
            Call(call.name, call.arguments, call.id or f"toolu_{position}{call.name}")
            for position, call in enumerate(say.calls)
        ]
        finish = str(say.finish or ("tool_calls" if calls else "content_filter" if say.refusal else "stop"))
        stop = _STOPS.get(finish, finish)
        if not body.get("stream"):
            return _json(_message(body["model"], say, calls, stop), delivery=say.delivery)
        pieces = []
        for event in _events(body["model"], say, calls, stop):
            if "pings" in say.quirks:
                pieces.append(b'event: ping\ndata: {"type": "ping"}\n\n')
            pieces.append(_written(event))
        return Payload(
            pieces,
            headers=_HEADERS,
            content_type="text/event-stream; charset=utf-8",
            streamed=True,
            delivery=say.delivery,
        )

    def failure(self, request: Request, fail: Fail) -> Payload:
        """Writes an error, at once or inside a stream."""
        if fail.category is Category.EMPTY_RESPONSE:
            return self.answer(request, Say(""))
        if fail.category is Category.INVALID_OUTPUT:
            return Payload([b"<html><body>Welcome</body></html>"], content_type="text/html")
        status, kind, message = _ERRORS[fail.category]
        payload = _error(status, kind, fail.message or message, headers=fail.headers)
        if fail.mid_stream is None:
            return payload
        good = list(self.answer(request, Say("x" * fail.mid_stream)).pieces)
        # What came before: all but the end of the text's block and of the message.
        begun = [piece for piece in good if b"_stop" not in piece and b"message_delta" not in piece]
        return Payload(
            [*begun, b"event: error\ndata: " + payload.pieces[0] + b"\n\n"],
            headers=_HEADERS,
            content_type="text/event-stream; charset=utf-8",
            streamed=True,
        )


class FakeAnthropic(WireServer):
    """`async with FakeAnthropic(["hello"]) as server:` and an adapter at `server.base_url` is answered "hello"."""

    def __init__(self, script: Script = ()) -> None:
        super().__init__(AnthropicDialect(), script)


_HEADERS = {"request-id": "req_fake", "anthropic-organization-id": "org_fake"}


def _json(body: Any, *, delivery: Delivery | None = None) -> Payload:
    return Payload([orjson.dumps(body)], headers=_HEADERS, delivery=delivery or Delivery())


def _error(status: int, kind: str, message: str, *, headers: Mapping[str, str] | None = None) -> Payload:
    body = {"type": "error", "error": {"type": kind, "message": message}, "request_id": "req_fake"}
    return Payload([orjson.dumps(body)], status=status, headers={**_HEADERS, **(headers or {})})


def _written(event: dict[str, Any]) -> bytes:
    return f"event: {event['type']}\n".encode() + b"data: " + orjson.dumps(event) + b"\n\n"


def _usage(usage: Usage | None) -> dict[str, int]:
    if usage is None:
        return {}
    return {
        "input_tokens": usage.input_tokens - usage.cached_tokens,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": usage.cached_tokens,
        "output_tokens": usage.output_tokens,
    }


def _blocks(say: Say, calls: list[Call]) -> list[dict[str, Any]]:
    blocks: list[dict[str, Any]] = []
    if say.reasoning:
        blocks.append({"type": "thinking", "thinking": say.reasoning, "signature": "c2lnbmF0dXJl"})
    if say.text or say.refusal:
        blocks.append({"type": "text", "text": say.text + say.refusal})
    for call in calls:
        blocks.append({"type": "tool_use", "id": call.id, "name": call.name, "input": orjson.loads(call.text)})
    return blocks


def _message(model: str, say: Say, calls: list[Call], stop: str | None) -> dict[str, Any]:
    return {
        "id": "msg_fake",
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": _blocks(say, calls),
        "stop_reason": stop,
        "stop_sequence": None,
        "usage": _usage(say.usage),
    }


def _events(model: str, say: Say, calls: list[Call], stop: str) -> Iterator[dict[str, Any]]:
    head = {**_message(model, Say(usage=say.usage), [], None), "usage": {**_usage(say.usage), "output_tokens": 1}}
    if say.usage is None:
        head["usage"] = {}
    yield {"type": "message_start", "message": head}
    for index, block in enumerate(_blocks(say, calls)):
        kind = block["type"]
        if kind == "thinking":
            begun: dict[str, Any] = {"type": "thinking", "thinking": "", "signature": ""}
            deltas = [{"type": "thinking_delta", "thinking": piece} for piece in _split(block["thinking"], say.piece)]
            deltas.append({"type": "signature_delta", "signature": block["signature"]})
        elif kind == "text":
            begun = {"type": "text", "text": ""}
            deltas = [{"type": "text_delta", "text": piece} for piece in _split(block["text"], say.piece)]
        else:
            begun = {**block, "input": {}}
            written = next(call.text for call in calls if call.id == block["id"])
            pieces = ["", *_split(written, say.piece)] if written != "{}" else [""]
            deltas = [{"type": "input_json_delta", "partial_json": piece} for piece in pieces]
        yield {"type": "content_block_start", "index": index, "content_block": begun}
        for delta in deltas:
            yield {"type": "content_block_delta", "index": index, "delta": delta}
        yield {"type": "content_block_stop", "index": index}
    usage = {} if say.usage is None else {"output_tokens": say.usage.output_tokens}
    yield {"type": "message_delta", "delta": {"stop_reason": stop, "stop_sequence": None}, "usage": usage}
    if "no_stop" not in say.quirks:
        yield {"type": "message_stop"}


def _split(text: str, size: int) -> list[str]:
    return [text[start : start + size] for start in range(0, len(text), size)]
