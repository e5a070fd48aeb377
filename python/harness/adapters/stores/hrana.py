"""The Hrana 3 protocol over HTTP, libSQL's own: a whole transaction in one POST (its HRANA_3_SPEC.md)."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from harness.adapters.stores.per_loop import PerLoop
from harness.adapters.stores.remote import RemoteStore, Rows, StatementFailed, unreachable
from harness.adapters.stores.sql import Statement
from harness.domain.errors import StoreError

_ONE_PIECE = 64 * 1024
_MAX_BODY = 256 * 1024 * 1024


class HranaTransport:
    """POSTs batches to `url`, an `http` or `https` address; connections are kept alive.

    Args:
        url: where the server is; `/v3/pipeline` is appended.
        auth_token: sent as a bearer token; never shown.
        timeout_s: seconds for one batch, connecting included.
    """

    def __init__(self, url: str, *, auth_token: str | None = None, timeout_s: float = 30.0) -> None:
        parts = urlsplit(url)
        self._url = f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}/v3/pipeline"
        self._place = parts.netloc.rpartition("@")[2]
        self._headers = {"Authorization": f"Bearer {auth_token}"} if auth_token else {}
        self._timeout_s = timeout_s
        self._sessions = PerLoop(self._new_session, aiohttp.ClientSession.close)

    @property
    def place(self) -> str:
        """The server's host and port."""
        return self._place

    async def batch(self, statements: Sequence[Statement], *, write: bool) -> list[Rows]:
        """Runs the statements in one transaction, all or none, in one round trip."""
        requests = [{"type": "batch", "batch": {"steps": _steps(statements, write=write)}}, {"type": "close"}]
        status, body = await self._post(json.dumps({"baton": None, "requests": requests}).encode(), write=write)
        answer = self._understood(status, body)
        try:
            result = answer["results"][0]
            if result["type"] == "error":
                raise _refusal(result["error"])
            outcome = result["response"]["result"]
            for error in outcome["step_errors"]:
                if error is not None:
                    raise _refusal(error)
            return [_rows(each) for each in outcome["step_results"][1 : len(statements) + 1]]
        except (KeyError, IndexError, TypeError, ValueError):
            raise self._no_hrana(status) from None

    async def aclose(self) -> None:
        """Closes the connections. Idempotent."""
        await self._sessions.aclose()

    async def _post(self, payload: bytes, *, write: bool) -> tuple[int, bytes]:
        session = await self._sessions.get()
        timeout = aiohttp.ClientTimeout(total=self._timeout_s)
        # aiohttp writes bytes in one piece, and a file in parts that let the loop go on between them.
        data = io.BytesIO(payload) if len(payload) > _ONE_PIECE else payload
        try:
            async with session.post(self._url, data=data, timeout=timeout, allow_redirects=False) as response:
                body = await response.content.read(_MAX_BODY)
                while chunk := await response.content.read(_MAX_BODY):
                    body += chunk
                    if len(body) > _MAX_BODY:
                        raise StoreError(
                            f"{self._place} answered with more than {_MAX_BODY} bytes", remedy="load fewer turns"
                        )
                return response.status, body
        except aiohttp.ClientConnectorError as error:
            raise unreachable(self._place, error) from None
        except TimeoutError:
            raise StoreError(
                f"the libSQL server {self._place} did not answer within {self._timeout_s} s{_doubt(write)}",
                remedy="check the server's load and the network",
            ) from None
        except (aiohttp.ClientError, OSError) as error:
            raise StoreError(
                f"the connection to the libSQL server {self._place} broke ({type(error).__name__}){_doubt(write)}",
                remedy="try again; the server may have been restarted",
            ) from None

    def _new_session(self) -> aiohttp.ClientSession:
        # The answer to a dead connection must be an error, never a silent second POST of the same write: aiohttp
        # repeats idempotent methods only, and POST is none.
        headers = {"Content-Type": "application/json", "User-Agent": "llm-harness", **self._headers}
        return aiohttp.ClientSession(headers=headers)

    def _understood(self, status: int, body: bytes) -> dict[str, Any]:
        if status in (401, 403):
            raise StoreError(
                f"the libSQL server {self._place} refused the token (HTTP {status})",
                remedy="set store.auth_token to one that is valid for this database",
            )
        try:
            answer = json.loads(body)
        except (ValueError, RecursionError):
            answer = None
        if status >= 500:
            raise StoreError(
                f"the libSQL server {self._place} failed (HTTP {status})", remedy="try again, or see the server's log"
            )
        if status == 400 and isinstance(answer, dict) and "error" in answer:
            raise StoreError(f"the libSQL server {self._place} refused the request: {answer['error']}")
        if status != 200 or not isinstance(answer, dict):
            raise self._no_hrana(status)
        return answer

    def _no_hrana(self, status: int) -> StoreError:
        return StoreError(
            f"{self._place} answered HTTP {status} with what is no Hrana 3",
            remedy="check that store.url is a libSQL server's address, and not a web page or proxy",
        )


class HranaStore(RemoteStore):
    """Conversations on a libSQL server that is spoken to over HTTP.

    Args:
        url: the server, `http://` or `https://`.
        auth_token: for a server that asks for one.
        timeout_s: seconds for one round trip.
        busy_timeout_s: seconds for which a write waits for other writers.
    """

    def __init__(
        self, url: str, auth_token: str | None = None, *, timeout_s: float = 30.0, busy_timeout_s: float = 5.0
    ) -> None:
        transport = HranaTransport(url, auth_token=auth_token, timeout_s=timeout_s)
        super().__init__(transport, busy_timeout_s=busy_timeout_s)


def _doubt(write: bool) -> str:
    return "; the write may have been kept or not" if write else ""


def _steps(statements: Sequence[Statement], *, write: bool) -> list[dict[str, Any]]:
    """BEGIN, the statements, COMMIT, and a ROLLBACK where that failed; each waits for the one before it."""
    texts: list[Statement] = [("BEGIN IMMEDIATE" if write else "BEGIN", ()), *statements, ("COMMIT", ())]
    steps: list[dict[str, Any]] = []
    for number, (text, args) in enumerate(texts):
        step: dict[str, Any] = {"stmt": {"sql": text, "args": [_to_wire(each) for each in args]}}
        if number:
            step["condition"] = {"type": "ok", "step": number - 1}
        steps.append(step)
    begun = {"type": "ok", "step": 0}
    undone = {"type": "not", "cond": {"type": "ok", "step": len(texts) - 1}}
    steps.append({"stmt": {"sql": "ROLLBACK"}, "condition": {"type": "and", "conds": [begun, undone]}})
    return steps


def _to_wire(value: Any) -> dict[str, Any]:
    if value is None:
        return {"type": "null"}
    if isinstance(value, int):
        return {"type": "integer", "value": str(value)}
    if isinstance(value, float):
        return {"type": "float", "value": value}
    if isinstance(value, str):
        return {"type": "text", "value": value}
    return {"type": "blob", "base64": base64.b64encode(value).decode()}


def _from_wire(value: dict[str, Any]) -> Any:
    match value["type"]:
        case "null":
            return None
        case "integer":
            return int(value["value"])
        case "blob":
            text = value["base64"]  # servers leave the padding out
            return base64.b64decode(text + "=" * (-len(text) % 4))
        case _:
            return value["value"]


def _rows(result: dict[str, Any]) -> Rows:
    return Rows([tuple([_from_wire(each) for each in row]) for row in result["rows"]], result["affected_row_count"])


def _refusal(error: dict[str, Any]) -> StatementFailed:
    message, code = str(error.get("message")), str(error.get("code") or "")
    return StatementFailed(message, busy="BUSY" in code or "database is locked" in message)
