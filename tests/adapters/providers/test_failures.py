"""Errors of providers: category by status, code and message; waiting times; nothing given away."""

import pytest

from harness.adapters.providers._failures import categorise, http_failure, read_error, retry_after, scrub
from harness.adapters.providers.openai_wire import FAILURES
from harness.domain.completions import Prompt
from harness.domain.failures import ErrorCategory as C
from harness.domain.messages import Message
from harness.domain.tools import ToolCall, ToolResult

PROMPT = Prompt((Message.user("hello"),))

ROWS = [
    (400, {"error": {"message": "Invalid 'tools[0]'", "type": "invalid_request_error"}}, C.INVALID_REQUEST),
    (400, {"error": {"message": "too long", "code": "context_length_exceeded"}}, C.CONTEXT_LENGTH),
    (400, {"error": {"message": "This model's maximum context length is 4096 tokens"}}, C.CONTEXT_LENGTH),
    (400, {"object": "error", "message": "exceeds the context window of 8192", "code": 400}, C.CONTEXT_LENGTH),
    (400, {"error": {"code": 400, "type": "exceed_context_size_error", "message": "n"}}, C.CONTEXT_LENGTH),
    (400, {"error": {"code": "content_filter", "message": "m"}}, C.CONTENT_FILTER),
    (400, {"error": {"message": "triggered the content management policy"}}, C.CONTENT_FILTER),
    (400, {"error": {"message": "Incorrect API key provided", "code": None}}, C.AUTHENTICATION),
    (401, {"error": {"message": "no", "code": "invalid_api_key"}}, C.AUTHENTICATION),
    (401, b"", C.AUTHENTICATION),
    (402, {"error": {"message": "Insufficient Balance"}}, C.PERMISSION),
    (403, {"error": {"message": "not allowed"}}, C.PERMISSION),
    (404, {"error": {"message": "gone", "code": "model_not_found"}}, C.MODEL_NOT_FOUND),
    (
        404,
        {"error": {"message": "The model `x` does not exist", "type": "NotFoundError", "code": 404}},
        C.MODEL_NOT_FOUND,
    ),
    (404, {"error": {"message": "m", "code": "DeploymentNotFound"}}, C.MODEL_NOT_FOUND),
    (404, {"error": 'model "x" not found, try pulling it first'}, C.MODEL_NOT_FOUND),
    (404, {"detail": "Not Found"}, C.INVALID_REQUEST),
    (404, b"<html>404</html>", C.INVALID_REQUEST),
    (405, {"detail": "Method Not Allowed"}, C.INVALID_REQUEST),
    (408, b"", C.TIMEOUT),
    (409, b"", C.UNAVAILABLE),
    (413, b"", C.INVALID_REQUEST),
    (422, {"detail": [{"loc": ["body"], "msg": "bad"}]}, C.INVALID_REQUEST),
    (429, {"error": {"message": "slow", "type": "requests", "code": "rate_limit_exceeded"}}, C.RATE_LIMITED),
    (429, {"error": {"message": "quota", "code": "insufficient_quota"}}, C.PERMISSION),
    (429, b"<html>", C.RATE_LIMITED),
    (498, b"", C.OVERLOADED),
    (500, {"error": {"message": "oops", "type": "server_error"}}, C.UNAVAILABLE),
    (500, b"Internal Server Error", C.UNAVAILABLE),
    (502, b"<html>", C.UNAVAILABLE),
    (503, {"error": {"message": "The engine is currently overloaded"}}, C.OVERLOADED),
    (503, {"error": {"message": "Loading model", "type": "unavailable_error"}}, C.UNAVAILABLE),
    (504, b"", C.TIMEOUT),
    (529, {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}, C.OVERLOADED),
    (None, {"error": {"message": "boom", "type": "server_error", "code": None}}, C.UNAVAILABLE),
    (None, {"error": {"message": "slow", "code": 429}}, C.RATE_LIMITED),
    (None, {"error": {"message": "slow", "code": "429"}}, C.RATE_LIMITED),
]


@pytest.mark.parametrize(("status", "body", "category"), ROWS)
def test_categories(status: int | None, body: object, category: C) -> None:
    assert categorise(status, read_error(body), FAILURES) is category
    error = http_failure(status, {}, body, FAILURES, provider="p", prompt=PROMPT)
    assert error.category is category
    assert error.provider == "p"
    assert error.remedy
    assert str(error).startswith("p: ")
    assert "\n" not in str(error)


@pytest.mark.parametrize(
    "body", [b"null", b"[]", b"3", b'""', b"{}", b'{"error": {"message": {"a": 1}}}', b"[[1]]", b"\xff"]
)
def test_bodies_of_any_shape(body: bytes) -> None:
    assert http_failure(500, {}, body, FAILURES, provider="p", prompt=PROMPT).category is C.UNAVAILABLE


NOW = 1_800_000_000.0


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "1.5"}, 1.5),
        ({"retry-after": "-3"}, 0.0),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after-ms": "250", "retry-after": "7"}, 0.25),
        ({"retry-after-ms": "x", "retry-after": "7"}, 7.0),
        ({"retry-after": "Fri, 15 Jan 2027 08:00:30 GMT"}, 30.0),
        ({"retry-after": "Fri, 15 Jan 2027 07:00:00 GMT"}, 0.0),
        ({"x-ratelimit-reset-requests": "6m0s", "x-ratelimit-remaining-requests": "0"}, 360.0),
        ({"x-ratelimit-reset-requests": "20ms"}, 0.02),
        ({"x-ratelimit-reset-tokens": "1h2m3.5s"}, 3723.5),
        (
            {
                "x-ratelimit-reset-requests": "8s",
                "x-ratelimit-remaining-requests": "10",
                "x-ratelimit-reset-tokens": "2s",
                "x-ratelimit-remaining-tokens": "0",
            },
            2.0,
        ),
        ({"anthropic-ratelimit-tokens-reset": "2027-01-15T08:00:12Z"}, 12.0),
        ({"x-ratelimit-reset": "1800000005"}, 5.0),
        ({"x-ratelimit-reset": "1800000005500"}, 5.5),
        ({"ratelimit-reset": "9"}, 9.0),
        ({"x-ratelimit-reset": "never"}, None),
    ],
)
def test_how_long_to_wait(headers: dict[str, str], seconds: float | None) -> None:
    found = retry_after(headers, now=NOW)
    assert found == (None if seconds is None else pytest.approx(seconds))


def test_reset_headers_count_for_limits_only() -> None:
    assert retry_after({"x-ratelimit-reset": "9"}, limited=False, now=NOW) is None
    assert retry_after({"retry-after": "9"}, limited=False, now=NOW) == 9.0


def test_what_a_server_quotes_is_not_shown() -> None:
    secret = "the launch code is 00000000, tell nobody"
    prompt = Prompt(
        (
            Message.user(secret),
            Message.assistant(
                tool_calls=(ToolCall("c", "f", {"q": "a private argument"}, '{"q": "a private argument"}'),)
            ),
            Message.tool(ToolResult("c", "f", "a private result of a tool")),
            Message.user("hunter2"),
        )
    )
    said = (
        f"Invalid content: '{secret[:30]}' and 'a private argument' and 'private result of a' with hunter2; "
        "key sk-abcdef1234567890 or sk-pr***wxyz, Authorization: Bearer abc.def and my-own-key-1"
    )
    shown = scrub(said, prompt, ["my-own-key-1"])
    for hidden in (
        "launch code",
        "private argument",
        "private result",
        "hunter2",
        "abcdef",
        "wxyz",
        "abc.def",
        "own-key",
    ):
        assert hidden not in shown
    assert shown.startswith("Invalid content: '…")


def test_a_message_beside_a_huge_prompt_is_left_out() -> None:
    assert scrub("bad tools[0]", Prompt((Message.user("x" * 2_000_000),))) == ""


def test_helpful_words_stay() -> None:
    assert scrub("The model `gpt-9` does not exist", PROMPT) == "The model `gpt-9` does not exist"
