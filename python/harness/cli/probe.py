"""Asks a provider's server for its models, to see whether it is there and takes the key."""

from __future__ import annotations

import json
import os
import ssl
from collections.abc import Mapping
from typing import Any

import aiohttp

from harness.cli.checks import Check, Status
from harness.cli.errors import Exit

_WAIT_S = 10.0
_MAX_BYTES = 4 * 1024 * 1024
_OFFICIAL = "https://api.openai.com/v1"


async def probe(name: str, options: Mapping[str, Any]) -> Check:
    """Returns what `GET base_url/models` says.

    Args:
        name: what the check is called.
        options: of the adapter: `base_url`, and `api_key`, `headers`, `model`, `proxy`, `ca_file` where it has them.
    """
    base_url = str(options["base_url"]).strip().rstrip("/")
    key = options.get("api_key") or (os.environ.get("OPENAI_API_KEY") if base_url == _OFFICIAL else None)
    if base_url == _OFFICIAL and not key:
        remedy = "set provider.api_key, or the environment variable OPENAI_API_KEY"
        return Check(name, Status.BAD, f"{base_url}: there is no API key", remedy, Exit.CONFIG)
    headers = {str(each): str(value) for each, value in (options.get("headers") or {}).items()}
    if key:
        headers.setdefault("Authorization", f"Bearer {key}")
    try:
        status, body = await _get(f"{base_url}/models", headers, options.get("proxy"), options.get("ca_file"))
    except TimeoutError:
        return Check(
            name, Status.BAD, f"{base_url} did not answer within {_WAIT_S:g} s", "check base_url and the network"
        )
    except (aiohttp.ClientError, OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        detail = f"{base_url} cannot be reached: {_hidden(reason, [key, *headers.values()])}"
        return Check(name, Status.BAD, detail, "check base_url, and that the server runs")
    return _judged(name, base_url, status, body, options.get("model"))


async def _get(url: str, headers: Mapping[str, str], proxy: Any, ca_file: Any) -> tuple[int, bytes]:
    secure = ssl.create_default_context(cafile=str(ca_file)) if ca_file else True
    timeout = aiohttp.ClientTimeout(total=_WAIT_S)
    async with (
        aiohttp.ClientSession(timeout=timeout, trust_env=proxy is None) as session,
        session.get(url, headers=headers, proxy=proxy, ssl=secure, allow_redirects=False) as response,
    ):
        return response.status, await response.content.read(_MAX_BYTES)


def _judged(name: str, base_url: str, status: int, body: bytes, model: Any) -> Check:
    if status in (401, 403):
        remedy = "set a valid provider.api_key"
        return Check(name, Status.BAD, f"{base_url} refuses the API key (HTTP {status})", remedy)
    if status == 429:
        remedy = "wait, or check the account's quota"
        return Check(name, Status.NOTE, f"{base_url} answers that its rate limit is reached (HTTP 429)", remedy)
    if status >= 500:
        return Check(name, Status.BAD, f"{base_url} fails (HTTP {status})", "try again later, or look at the server")
    if 300 <= status < 400:
        return Check(name, Status.BAD, f"{base_url} sends elsewhere (HTTP {status})", "set base_url to where it sends")
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        if status == 200:
            remedy = "check that base_url points at the API, often ending in /v1"
            return Check(name, Status.BAD, f"{base_url} answers, but not with JSON", remedy)
        answer = None
    if status != 200:
        # Not every compatible server lists its models.
        remedy = "ask it something: harness run hello"
        return Check(name, Status.NOTE, f"{base_url} is there, and lists no models (HTTP {status})", remedy)
    known = _models(answer)
    if known and model and model not in known:
        remedy = f"choose one of its {len(known)} models, such as {known[0]}"
        return Check(name, Status.NOTE, f"{base_url} answers, and does not list the model {model}", remedy)
    return Check(name, Status.OK, f"{base_url} answers" + (f" and has the model {model}" if known and model else ""))


def _models(answer: Any) -> list[str]:
    listed = answer.get("data") if isinstance(answer, dict) else None
    if not isinstance(listed, list):
        return []
    return sorted(str(each["id"]) for each in listed if isinstance(each, dict) and "id" in each)


def _hidden(text: str, secrets: list[Any]) -> str:
    for secret in secrets:
        if secret:
            text = text.replace(str(secret), "***")
    return text
