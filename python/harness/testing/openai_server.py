"""A fake server of OpenAI's chat completions, wire-true: the official SDK cannot tell it from the real one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from harness.domain.failures import ErrorCategory as Category
from harness.domain.usage import Usage
from harness.testing.wire_replies import Call, Delivery, Fail, Payload, Request, Say
from harness.testing.wire_server import Script, WireServer

_ERRORS: Mapping[Category, tuple[int, str, str | None, str]] = {
    Category.RATE_LIMITED: (429, "requests", "rate_limit_exceeded", "Rate limit reached. Please try again in 2s."),
    Category.OVERLOADED: (503, "server_error", None, "The engine is currently overloaded, please try again later."),
    Category.UNAVAILABLE: (500, "server_error", None, "The server had an error while processing your request."),
    Category.TIMEOUT: (504, "server_error", None, "The request timed out."),
    Category.AUTHENTICATION: (401, "invalid_request_error", "invalid_api_key", "Incorrect API key provided."),
    Category.PERMISSION: (403, "invalid_request_error", None, "You are not allowed to sample from this model."),
    Category.MODEL_NOT_FOUND: (404, "invalid_request_error", "model_not_found", "The model does not exist."),
    Category.INVALID_REQUEST: (400, "invalid_request_error", None, "Invalid value for 'tools'."),
    Category.CONTEXT_LENGTH: (
        400,
        "invalid_request_error",
        "context_length_exceeded",
        "This model's maximum context length is 128000 tokens.",
    ),
    Category.CONTENT_FILTER: (400, "invalid_request_error", "content_filter", "The response was filtered."),
}


class OpenAIDialect:
    """Chat completions.

    Quirks (`Say.quirks`), each seen on a compatible server: `no_index` (tool-call pieces without an index),
    `zero_index` (every call has the index 0), `whole_calls` (each call in one piece), `reasoning_field` (reasoning as
    `reasoning` and not `reasoning_content`), `no_finish` (only the end mark ends the stream), `no_done` (no end mark),
    `crlf` (lines end in CR LF), `comments` (a comment before each event), `finish_stop` (calls finish with `stop`).
    """

    prefix = "/v1"

    def route(self, request: Request) -> Payload | None:
        """Answers unknown paths, bad bodies and the list of models."""
        if request.method == "GET" and request.path == "/v1/models":
            model = {"id": "fake-model", "object": "model", "created": 1_700_000_000, "owned_by": "harness"}
            return _json({"object": "list", "data": [model]})
        if request.path.partition("?")[0] != "/v1/chat/completions":
            return _error(404, f"Invalid URL ({request.method} {request.path})", "invalid_request_error", None)
        if request.method != "POST":
            return _error(
                405, f"Not allowed to {request.method} on /v1/chat/completions.", "invalid_request_error", None
            )
        try:
            body = request.json
        except ValueError:
            return _error(400, "We could not parse the JSON body of your request.", "invalid_request_error", None)
        for field, kind in (("model", str), ("messages", list)):
            if not isinstance(body.get(field), kind) or not body[field]:
                return _error(400, f"Missing required parameter: '{field}'.", "invalid_request_error", None, field)
        return None

    def answer(self, request: Request, say: Say) -> Payload:
        """Writes a completion, or its chunks where the request says `stream`."""
        body = request.json
        calls = [
            Call(call.name, call.arguments, call.id or f"call_{position}{call.name}")
            for position, call in enumerate(say.calls)
        ]
        finish = str(say.finish or ("tool_calls" if calls and "finish_stop" not in say.quirks else "stop"))
        if not body.get("stream"):
            return _json(_completion(body["model"], say, calls, finish), delivery=say.delivery)
        usage_wanted = bool((body.get("stream_options") or {}).get("include_usage"))
        end = "\r\n" if "crlf" in say.quirks else "\n"
        pieces = []
        for chunk in _chunks(body["model"], say, calls, finish, usage_wanted=usage_wanted):
            if "comments" in say.quirks:
                pieces.append(f": still here{end}{end}".encode())
            pieces.append(b"data: " + orjson.dumps(chunk) + (end + end).encode())
        if "no_done" not in say.quirks:
            pieces.append(f"data: [DONE]{end}{end}".encode())
        return Payload(
            pieces, headers=_HEADERS, content_type="text/event-stream; charset=utf-8", streamed=True,
            delivery=say.delivery,
        )  # fmt: skip

    def failure(self, request: Request, fail: Fail) -> Payload:
        """Writes an error, at once or inside a stream."""
        if fail.category is Category.EMPTY_RESPONSE:
            return self.answer(request, Say(""))
        if fail.category is Category.INVALID_OUTPUT:
            return Payload([b"<html><body>Welcome</body></html>"], content_type="text/html")
        status, kind, code, message = _ERRORS[fail.category]
        payload = _error(status, fail.message or message, kind, code, headers=fail.headers)
        if fail.mid_stream is None:
            return payload
        good = self.answer(request, Say("x" * fail.mid_stream, quirks=frozenset({"no_done", "no_finish"})))
        return Payload(
            [*good.pieces, b"data: " + payload.pieces[0] + b"\n\n"],
            headers=_HEADERS,
            content_type=good.content_type,
            streamed=True,
        )


class FakeOpenAI(WireServer):
    """`async with FakeOpenAI(["hello"]) as server:` and an adapter at `server.base_url` is answered "hello"."""

    def __init__(self, script: Script = ()) -> None:
        super().__init__(OpenAIDialect(), script)


_HEADERS = {"openai-version": "2020-10-01", "x-request-id": "req_fake", "openai-processing-ms": "1"}


def _json(body: Any, *, delivery: Delivery | None = None) -> Payload:
    return Payload([orjson.dumps(body)], headers=_HEADERS, delivery=delivery or Delivery())


def _error(
    status: int,
    message: str,
    kind: str,
    code: str | None,
    param: str | None = None,
    *,
    headers: Mapping[str, str] | None = None,
) -> Payload:
    body = {"error": {"message": message, "type": kind, "param": param, "code": code}}
    return Payload([orjson.dumps(body)], status=status, headers={**_HEADERS, **(headers or {})})


def _usage(usage: Usage | None) -> dict[str, Any] | None:
    if usage is None:
        return None
    return {
        "prompt_tokens": usage.input_tokens,
        "completion_tokens": usage.output_tokens,
        "total_tokens": usage.total_tokens,
        "prompt_tokens_details": {"cached_tokens": usage.cached_tokens, "audio_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": usage.reasoning_tokens, "audio_tokens": 0},
    }


def _reasoning(say: Say, text: str) -> dict[str, str]:
    return {"reasoning" if "reasoning_field" in say.quirks else "reasoning_content": text}


def _wire_call(call: Call) -> dict[str, Any]:
    return {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.text}}


def _completion(model: str, say: Say, calls: list[Call], finish: str) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": say.text or None, "refusal": say.refusal or None}
    message["annotations"] = []
    if say.reasoning:
        message.update(_reasoning(say, say.reasoning))
    if calls:
        message["tool_calls"] = [_wire_call(call) for call in calls]
    return {
        "id": "chatcmpl-fake",
        "object": "chat.completion",
        "created": 1_700_000_000,
        "model": model,
        "choices": [{"index": 0, "message": message, "logprobs": None, "finish_reason": finish}],
        "usage": _usage(say.usage),
        "service_tier": "default",
        "system_fingerprint": "fp_fake",
    }


def _chunks(model: str, say: Say, calls: list[Call], finish: str, *, usage_wanted: bool) -> Iterator[dict[str, Any]]:
    def chunk(choices: list[dict[str, Any]], usage: Any = None) -> dict[str, Any]:
        out = {
            "id": "chatcmpl-fake",
            "object": "chat.completion.chunk",
            "created": 1_700_000_000,
            "model": model,
            "service_tier": "default",
            "system_fingerprint": "fp_fake",
            "choices": choices,
        }
        return {**out, "usage": usage} if usage_wanted else out

    def choice(delta: dict[str, Any], reason: str | None = None) -> dict[str, Any]:
        return chunk([{"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}])

    yield choice({"role": "assistant", "content": None if calls and not say.text else "", "refusal": None})
    for piece in _split(say.reasoning, say.piece):
        yield choice(_reasoning(say, piece))
    for piece in _split(say.text, say.piece):
        yield choice({"content": piece})
    for piece in _split(say.refusal, say.piece):
        yield choice({"refusal": piece})
    for position, call in enumerate(calls):
        for delta in _call_deltas(say, position, call):
            yield choice({"tool_calls": [delta]})
    if "no_finish" not in say.quirks:
        yield choice({}, finish)
    if usage_wanted and say.usage is not None:
        yield chunk([], _usage(say.usage))


def _call_deltas(say: Say, position: int, call: Call) -> Iterator[dict[str, Any]]:
    where = {} if "no_index" in say.quirks else {"index": 0 if "zero_index" in say.quirks else position}
    if "whole_calls" in say.quirks:
        yield {**where, **_wire_call(call)}
        return
    yield {**where, "id": call.id, "type": "function", "function": {"name": call.name, "arguments": ""}}
    for piece in _split(call.text, say.piece):
        yield {**where, "function": {"arguments": piece}}


def _split(text: str, size: int) -> list[str]:
    return [text[start : start + size] for start in range(0, len(text), size)]
