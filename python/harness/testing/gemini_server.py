"""A fake server of Gemini's generateContent, wire-true: the official SDK cannot tell it from the real one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from harness.domain.failures import ErrorCategory as Category
from harness.domain.usage import Usage
from harness.testing.wire_replies import Delivery, Fail, Payload, Request, Say
from harness.testing.wire_server import Script, WireServer

_ERRORS: Mapping[Category, tuple[int, str, str]] = {
    Category.RATE_LIMITED: (429, "RESOURCE_EXHAUSTED", "You exceeded your current quota, please check your plan."),
    Category.OVERLOADED: (503, "UNAVAILABLE", "The model is overloaded. Please try again later."),
    Category.UNAVAILABLE: (500, "INTERNAL", "An internal error has occurred."),
    Category.TIMEOUT: (504, "DEADLINE_EXCEEDED", "The request timed out."),
    Category.AUTHENTICATION: (400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key."),
    Category.PERMISSION: (403, "PERMISSION_DENIED", "Your API key does not have the required permissions."),
    Category.MODEL_NOT_FOUND: (404, "NOT_FOUND", "models/no-such-model is not found for API version v1beta."),
    Category.INVALID_REQUEST: (400, "INVALID_ARGUMENT", "Invalid JSON payload received."),
    Category.CONTEXT_LENGTH: (
        400,
        "INVALID_ARGUMENT",
        "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).",
    ),
}

_STOPS = {"stop": "STOP", "length": "MAX_TOKENS", "content_filter": "SAFETY", "tool_calls": "STOP"}
_PATH = re.compile(r"/v1(?:beta|alpha)?/models/([^/:]+):(generateContent|streamGenerateContent)(\?alt=sse)?$")


class GeminiDialect:
    """generateContent, whole and as a stream of events. It has no quirks."""

    prefix = "/v1beta"

    def route(self, request: Request) -> Payload | None:
        """Answers unknown paths and bad bodies."""
        if request.method != "POST" or _PATH.match(request.path) is None:
            return Payload(
                [b"<!DOCTYPE html><title>Error 404 (Not Found)!!1</title>"], status=404, content_type="text/html"
            )
        try:
            body = request.json
        except ValueError:
            return _error(400, "INVALID_ARGUMENT", "Invalid JSON payload received. Unexpected end of string.")
        if not isinstance(body.get("contents"), list) or not body["contents"]:
            return _error(400, "INVALID_ARGUMENT", "* GenerateContentRequest.contents: contents is not specified")
        return None

    def answer(self, request: Request, say: Say) -> Payload:
        """Writes an answer, or its pieces where the path asks for a stream."""
        match = _PATH.match(request.path)
        model = match.group(1) if match else "gemini"
        finish = str(say.finish or ("content_filter" if say.refusal else "stop"))
        stop = _STOPS.get(finish, finish)
        if match is None or match.group(2) == "generateContent":
            parts = [part for each in _parts(say, piece=1 << 30) for part in each]
            return _json(_piece(model, parts, stop, say.usage), delivery=say.delivery)
        pieces = [b"data: " + orjson.dumps(each) + b"\r\n\r\n" for each in _pieces(model, say, stop)]
        return Payload(pieces, headers=_HEADERS, content_type="text/event-stream", streamed=True, delivery=say.delivery)

    def failure(self, request: Request, fail: Fail) -> Payload:
        """Writes an error, at once or inside a stream."""
        if fail.category is Category.EMPTY_RESPONSE:
            return self.answer(request, Say(""))
        if fail.category is Category.INVALID_OUTPUT:
            return Payload([b"<html><body>Welcome</body></html>"], content_type="text/html")
        status, word, message = _ERRORS[fail.category]
        payload = _error(status, word, fail.message or message, headers=fail.headers)
        if fail.mid_stream is None:
            return payload
        begun = list(self.answer(request, Say("x" * fail.mid_stream)).pieces)[:-1]
        return Payload(
            [*begun, b"data: " + payload.pieces[0] + b"\r\n\r\n"],
            headers=_HEADERS,
            content_type="text/event-stream",
            streamed=True,
        )


class FakeGemini(WireServer):
    """`async with FakeGemini(["hello"]) as server:` and an adapter at `server.base_url` is answered "hello"."""

    def __init__(self, script: Script = ()) -> None:
        super().__init__(GeminiDialect(), script)


_HEADERS = {"server-timing": "gfet4t7; dur=1"}


def _json(body: Any, *, delivery: Delivery | None = None) -> Payload:
    return Payload([orjson.dumps(body)], headers=_HEADERS, delivery=delivery or Delivery())


def _error(status: int, word: str, message: str, *, headers: Mapping[str, str] | None = None) -> Payload:
    body = {"error": {"code": status, "message": message, "status": word}}
    return Payload([orjson.dumps(body)], status=status, headers={**_HEADERS, **(headers or {})})


def _usage(usage: Usage) -> dict[str, int]:
    return {
        "promptTokenCount": usage.input_tokens,
        "candidatesTokenCount": usage.output_tokens - usage.reasoning_tokens,
        "thoughtsTokenCount": usage.reasoning_tokens,
        "cachedContentTokenCount": usage.cached_tokens,
        "totalTokenCount": usage.total_tokens,
    }


def _parts(say: Say, *, piece: int) -> Iterator[list[dict[str, Any]]]:
    for thought in _split(say.reasoning, piece):
        yield [{"text": thought, "thought": True}]
    for text in _split(say.text + say.refusal, piece):
        yield [{"text": text}]
    for call in say.calls:
        part: dict[str, Any] = {"functionCall": {"name": call.name, "args": orjson.loads(call.text)}}
        if say.reasoning and call is say.calls[0]:  # the first of a turn that was thought about bears the seal
            part["thoughtSignature"] = "c2lnbmF0dXJl"
        yield [part]


def _piece(model: str, parts: list[dict[str, Any]], stop: str | None, usage: Usage | None) -> dict[str, Any]:
    candidate: dict[str, Any] = {"content": {"parts": parts, "role": "model"}, "index": 0}
    if stop is not None:
        candidate["finishReason"] = stop
    body: dict[str, Any] = {"candidates": [candidate], "modelVersion": model, "responseId": "fake"}
    if usage is not None:
        body["usageMetadata"] = _usage(usage)
    return body


def _pieces(model: str, say: Say, stop: str) -> Iterator[dict[str, Any]]:
    for parts in _parts(say, piece=say.piece):
        yield _piece(model, parts, None, None)
    yield _piece(model, [{"text": ""}], stop, say.usage)


def _split(text: str, size: int) -> list[str]:
    return [text[start : start + size] for start in range(0, len(text), size)]
