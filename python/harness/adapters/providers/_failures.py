"""From an HTTP answer that is an error to a category, a waiting time and a text that gives nothing away."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import orjson

from harness.domain.completions import Prompt
from harness.domain.errors import ProviderError
from harness.domain.failures import ErrorCategory as Category
from harness.domain.messages import TextPart
from harness.domain.tools import ToolCall, ToolResult

_STATUS: Mapping[int, Category] = {
    401: Category.AUTHENTICATION,
    402: Category.PERMISSION,
    403: Category.PERMISSION,
    408: Category.TIMEOUT,
    409: Category.UNAVAILABLE,
    424: Category.UNAVAILABLE,
    425: Category.UNAVAILABLE,
    429: Category.RATE_LIMITED,
    498: Category.OVERLOADED,
    499: Category.CONNECTION,
    504: Category.TIMEOUT,
    524: Category.TIMEOUT,
    529: Category.OVERLOADED,
}

_WORDS: Mapping[Category, tuple[str, str]] = {
    Category.RATE_LIMITED: ("the rate limit is reached", "wait, or lower the request rate with a limiter"),
    Category.OVERLOADED: ("the provider is overloaded", "try again later, or configure a fallback provider"),
    Category.UNAVAILABLE: ("the provider failed", "try again later, or configure a fallback provider"),
    Category.TIMEOUT: ("the provider gave up waiting", "try again, or ask for less"),
    Category.CONNECTION: ("the connection failed", "check base_url and that the server runs"),
    Category.AUTHENTICATION: ("the API key was refused", "set a valid api_key for this provider"),
    Category.PERMISSION: ("the request is not permitted", "check the key's permissions and the account's credit"),
    Category.MODEL_NOT_FOUND: ("the model is unknown to the provider", "check the model's name and your access to it"),
    Category.INVALID_REQUEST: ("the request was refused as invalid", "check the options, tool schemas and images"),
    Category.CONTEXT_LENGTH: ("the prompt is longer than the model's context", "shorten it or use a larger model"),
    Category.CONTENT_FILTER: ("the provider's content filter refused", "rephrase the prompt"),
    Category.EMPTY_RESPONSE: ("the answer is empty", "try again, or use another model"),
    Category.INVALID_OUTPUT: (
        "the answer cannot be read",
        "check that base_url points at the API, often ending in /v1",
    ),
    Category.CANCELLED: ("the call was cancelled", ""),
}


@dataclass(frozen=True, slots=True)
class FailureTable:
    """What a dialect's error bodies mean.

    Args:
        codes: error codes and types, lower case, to categories.
        phrases: lower-case pieces of messages to categories, for servers that send no code; the first that is in
            the message decides.
    """

    codes: Mapping[str, Category]
    phrases: Sequence[tuple[str, Category]] = ()


@dataclass(frozen=True, slots=True)
class ErrorBody:
    """What could be read out of an error's body."""

    message: str = ""
    code: str = ""
    kind: str = ""
    status: int | None = None
    readable: bool = False


def read_error(body: Any) -> ErrorBody:
    """Reads an error body, bytes or parsed: `{"error": {…}}`, `{"error": "…"}`, `{"message": …}`, `{"detail": …}`."""
    if isinstance(body, bytes):
        try:
            body = orjson.loads(body)
        except ValueError:
            return ErrorBody()
    if isinstance(body, list) and body:
        body = body[0]
    if isinstance(body, str):
        return ErrorBody(message=body, readable=True)
    if not isinstance(body, dict):
        return ErrorBody()
    inner = body.get("error")
    if isinstance(inner, str):
        return ErrorBody(inner, _word(body.get("code")), _word(body.get("type")), _status(body), readable=True)
    source = inner if isinstance(inner, dict) else body
    message = source.get("message") or source.get("detail") or source.get("error_msg") or ""
    if not isinstance(message, str):
        message = orjson.dumps(message, default=str).decode()
    kind = _word(source.get("type") or source.get("status"))
    return ErrorBody(message, _word(source.get("code")), kind, _status(source), readable=True)


def _word(value: Any) -> str:
    """A code as a server names it, cut to what a code may look like so that nothing else rides along."""
    return re.sub(r"[^A-Za-z0-9_.:-]", "", str(value))[:64] if isinstance(value, (str, int)) else ""


def _status(source: Mapping[str, Any]) -> int | None:
    for key in ("status", "status_code", "code"):
        value = source.get(key)
        if isinstance(value, str) and value.isdigit():
            value = int(value[:4])
        if isinstance(value, int) and not isinstance(value, bool) and 400 <= value <= 599:
            return value
    return None


def categorise(status: int | None, error: ErrorBody, table: FailureTable) -> Category:
    """Returns the category: by the body's code, then its message, then the HTTP status."""
    for word in (error.code.lower(), error.kind.lower()):
        if word in table.codes:
            return table.codes[word]
    status = status or error.status
    message = error.message.lower()
    if status not in (401, 403, 429):
        for phrase, category in table.phrases:
            if phrase in message:
                return category
    if status is None:
        return Category.UNAVAILABLE
    if status in _STATUS:
        return _STATUS[status]
    if status == 404:
        return Category.MODEL_NOT_FOUND if "model" in message else Category.INVALID_REQUEST
    if status == 503:
        busy = any(word in message for word in ("overload", "capacity", "busy", "too many"))
        return Category.OVERLOADED if busy else Category.UNAVAILABLE
    return Category.UNAVAILABLE if status >= 500 else Category.INVALID_REQUEST


def failure(
    category: Category,
    *,
    provider: str,
    what: str = "",
    remedy: str = "",
    status: int | None = None,
    retry_after_s: float | None = None,
) -> ProviderError:
    """Returns the error of a category, in the house's words where `what` and `remedy` are not given."""
    words, cure = _WORDS[category]
    return ProviderError(
        f"{provider}: {what or words}",
        category=category,
        provider=provider,
        status=status,
        retry_after_s=retry_after_s,
        remedy=remedy or cure,
    )


def http_failure(
    status: int | None,
    headers: Mapping[str, str],
    body: Any,
    table: FailureTable,
    *,
    provider: str,
    prompt: Prompt,
    secrets: Iterable[str] = (),
) -> ProviderError:
    """Returns the error that an HTTP answer, or an error object inside a stream, stands for."""
    error = read_error(body)
    category = categorise(status, error, table)
    what, remedy = _WORDS[category]
    shown = status or error.status
    details = [f"HTTP {shown}"] if shown else []
    if (code := error.code or error.kind) and code != str(shown):
        details.append(code)
    said = scrub(error.message, prompt, secrets)
    if status is not None and not error.readable:
        said = "the body is not JSON but " + ("HTML" if _is_html(body) else "something else")
        if status in (404, 405):
            remedy = "check that base_url points at the API, often ending in /v1"
    elif category is Category.INVALID_REQUEST and status in (404, 405):
        remedy = "check that base_url points at the API, often ending in /v1"
    text = f"{what} ({', '.join(details)})" if details else what
    return failure(
        category,
        provider=provider,
        what=f"{text}: {said}" if said else text,
        remedy=remedy,
        status=shown,
        retry_after_s=retry_after(headers, limited=category in (Category.RATE_LIMITED, Category.OVERLOADED)),
    )


def _is_html(body: Any) -> bool:
    return isinstance(body, bytes) and body.lstrip()[:1] == b"<"


# --- what may be shown -----------------------------------------------------------------------------------------------

_KEY_LIKE = re.compile(r"(?i)\b(?:sk|pk|rk|key|token)[-_][a-z0-9_.-]{6,}|bearer\s+\S+|\S*\*{3,}\S*")
_WINDOW = 12
_MAX_HAYSTACK = 1_000_000
_MAX_SHOWN = 300


def scrub(message: str, prompt: Prompt, secrets: Iterable[str] = ()) -> str:
    """Returns a server's message without keys and without any piece of the prompt; empty where that is not sure.

    A piece is a whole part of the conversation, or `_WINDOW` characters of one. Servers like to quote what they refuse.
    """
    for secret in secrets:
        if secret:
            message = message.replace(secret, "***")
    message = " ".join(_KEY_LIKE.sub("***", message[: 2 * _MAX_SHOWN]).split())
    texts = [text for text in _texts(prompt) if text]
    if sum(map(len, texts)) > _MAX_HAYSTACK:
        return ""
    for text in texts:
        if 3 <= len(text) < _WINDOW:
            message = message.replace(text, "…")
    haystack = "\0".join(" ".join(text.split()) for text in texts if len(text) >= _WINDOW)
    hidden = [False] * len(message)
    for start in range(len(message) - _WINDOW + 1):
        if message[start : start + _WINDOW] in haystack:
            hidden[start : start + _WINDOW] = [True] * _WINDOW
    shown = "".join(["\0" if hide else char for char, hide in zip(message, hidden, strict=True)])
    return re.sub("\0+", "…", shown)[:_MAX_SHOWN]


def _texts(prompt: Prompt) -> Iterable[str]:
    for message in prompt.messages:
        for part in message.parts:
            if isinstance(part, ToolCall):
                yield part.arguments_json or ""
                yield from (value for value in part.arguments.values() if isinstance(value, str))
            elif isinstance(part, ToolResult):
                yield part.content
            elif isinstance(part, TextPart):
                yield part.text
            else:
                yield getattr(part, "text", None) or getattr(part, "url", None) or ""


# --- how long to wait ------------------------------------------------------------------------------------------------

_SPAN = re.compile(r"(\d+(?:\.\d+)?)(ms|us|µs|ns|s|m|h|d)")
_UNITS = {"d": 86400.0, "h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}


def retry_after(headers: Mapping[str, str], *, limited: bool = True, now: float | None = None) -> float | None:
    """Returns the seconds that the headers ask to wait, or None where they do not say.

    Read in this order: `retry-after-ms`; `retry-after` in seconds or as an HTTP date; and, for an answer that is
    about limits, the headers named `…ratelimit…reset…` (seconds, `6m0s`, `20ms`, seconds or milliseconds since 1970,
    RFC 3339), of which the longest counts whose `…remaining…` partner is at 0, else the longest.

    Args:
        headers: with lower-case names, or a case-insensitive mapping.
        limited: whether to look at the reset headers.
        now: seconds since 1970; the clock's by default.
    """
    now = time.time() if now is None else now
    if (value := headers.get("retry-after-ms")) is not None and (wait := _number(value)) is not None:
        return max(0.0, wait / 1000)
    if (value := headers.get("retry-after")) is not None and (wait := _wait(value, now)) is not None:
        return wait
    if not limited:
        return None
    spent, all_waits = [], []
    for name, value in headers.items():
        lower = name.lower()
        if "ratelimit" in lower and "reset" in lower and (wait := _wait(value, now)) is not None:
            all_waits.append(wait)
            if _number(headers.get(lower.replace("reset", "remaining"), "")) == 0:
                spent.append(wait)
    return max(spent or all_waits, default=None)


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _wait(text: str, now: float) -> float | None:
    text = text.strip()
    if (value := _number(text)) is not None:
        if value > 1e11:  # milliseconds since 1970
            value = value / 1000 - now
        elif value > 1e9:  # seconds since 1970
            value -= now
        return max(0.0, value)
    if (spans := _SPAN.findall(text)) and "".join([number + unit for number, unit in spans]) == text.replace(" ", ""):
        return sum(float(number) * _UNITS[unit] for number, unit in spans)
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            moment = read(text)
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return max(0.0, moment.timestamp() - now)
    return None
