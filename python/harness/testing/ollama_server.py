"""A fake Ollama, wire-true in its native chat: the official client cannot tell it from the real one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from harness.domain.failures import ErrorCategory as Category
from harness.testing.wire_replies import Delivery, Fail, Payload, Request, Say
from harness.testing.wire_server import Script, WireServer

_ERRORS: Mapping[Category, tuple[int, str]] = {
    Category.RATE_LIMITED: (429, "you have reached your hourly usage limit"),
    Category.OVERLOADED: (503, "server busy, please try again.  maximum pending requests exceeded"),
    Category.UNAVAILABLE: (500, "llama runner process has terminated: exit status 2"),
    Category.TIMEOUT: (504, "timed out waiting for llama runner to start"),
    Category.AUTHENTICATION: (401, "unauthorized"),
    Category.PERMISSION: (403, "this model requires a subscription, upgrade for access"),
    Category.MODEL_NOT_FOUND: (404, "model 'no-such-model' not found"),
    Category.INVALID_REQUEST: (400, "registry.ollama.ai/library/m:latest does not support tools"),
    Category.CONTEXT_LENGTH: (400, "the input length exceeds the context length"),
}


class OllamaDialect:
    """`/api/chat`, whole and as lines. It has no quirks."""

    prefix = ""

    def route(self, request: Request) -> Payload | None:
        """Answers unknown paths and bad bodies."""
        if request.path.partition("?")[0] != "/api/chat":
            return Payload([b"404 page not found"], status=404, content_type="text/plain")
        if request.method != "POST":
            return Payload([b"405 method not allowed"], status=405, content_type="text/plain")
        try:
            body = request.json
        except ValueError:
            return _error(400, "unexpected EOF")
        if not isinstance(body.get("model"), str) or not body["model"]:
            return _error(400, "model is required")
        return None

    def answer(self, request: Request, say: Say) -> Payload:
        """Writes an answer, or its lines unless the request says that it wants none."""
        body = request.json
        finish = str(say.finish or "stop")
        if body.get("stream") is False:
            last = {**_line(body["model"], say.text, _calls(say)), **_end(say, finish)}
            if say.reasoning:
                last["message"]["thinking"] = say.reasoning
            return Payload([orjson.dumps(last)], headers=_HEADERS, delivery=say.delivery)
        lines = [orjson.dumps(line) + b"\n" for line in _lines(body["model"], say, finish)]
        return Payload(
            lines, headers=_HEADERS, content_type="application/x-ndjson", streamed=True, delivery=say.delivery
        )

    def failure(self, request: Request, fail: Fail) -> Payload:
        """Writes an error, at once or inside a stream."""
        if fail.category is Category.EMPTY_RESPONSE:
            return self.answer(request, Say(""))
        if fail.category is Category.INVALID_OUTPUT:
            return Payload([b"<html><body>Welcome</body></html>"], content_type="text/html")
        status, message = _ERRORS[fail.category]
        payload = _error(status, fail.message or message, headers=fail.headers)
        if fail.mid_stream is None:
            return payload
        begun = list(self.answer(request, Say("x" * fail.mid_stream)).pieces)[:-1]
        return Payload(
            [*begun, payload.pieces[0] + b"\n"],
            headers=_HEADERS,
            content_type="application/x-ndjson",
            streamed=True,
        )


class FakeOllama(WireServer):
    """`async with FakeOllama(["hello"]) as server:` and an adapter at `server.base_url` is answered "hello"."""

    def __init__(self, script: Script = ()) -> None:
        super().__init__(OllamaDialect(), script)


_HEADERS: Mapping[str, str] = {}


def _error(status: int, message: str, *, headers: Mapping[str, str] | None = None) -> Payload:
    return Payload([orjson.dumps({"error": message})], status=status, headers=headers or {}, delivery=Delivery())


def _calls(say: Say) -> list[dict[str, Any]]:
    return [{"function": {"name": call.name, "arguments": orjson.loads(call.text)}} for call in say.calls]


def _line(model: str, text: str, calls: list[dict[str, Any]]) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": text}
    if calls:
        message["tool_calls"] = calls
    return {"model": model, "created_at": "2026-01-01T00:00:00.000000Z", "message": message, "done": False}


def _end(say: Say, finish: str) -> dict[str, Any]:
    end: dict[str, Any] = {"done": True, "done_reason": finish, "total_duration": 5_000_000, "load_duration": 1_000_000}
    if say.usage is not None:
        end |= {"prompt_eval_count": say.usage.input_tokens, "eval_count": say.usage.output_tokens}
    return end


def _lines(model: str, say: Say, finish: str) -> Iterator[dict[str, Any]]:
    for thought in _split(say.reasoning, say.piece):
        line = _line(model, "", [])
        line["message"]["thinking"] = thought
        yield line
    for text in _split(say.text, say.piece):
        yield _line(model, text, [])
    for call in _calls(say):
        yield _line(model, "", [call])
    yield {**_line(model, "", []), **_end(say, finish)}


def _split(text: str, size: int) -> list[str]:
    return [text[start : start + size] for start in range(0, len(text), size)]
