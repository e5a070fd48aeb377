"""The HTTP part that all dialects share, over aiohttp: sessions, time limits, size limits, one shape of failure."""

from __future__ import annotations

import asyncio
import concurrent.futures.thread  # noqa: F401  here, so that the first look-up of a host imports nothing on the loop
import encodings.idna  # noqa: F401  the same
import time
from collections.abc import AsyncGenerator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, fields
from difflib import get_close_matches
from typing import Any

import aiohttp
from multidict import CIMultiDict
from yarl import URL

from harness.adapters.providers._failures import failure
from harness.adapters.providers._inputs import check_url, trust
from harness.domain.errors import ConfigError, ProviderError
from harness.domain.failures import ErrorCategory

_BROKEN = (aiohttp.ClientError, OSError, asyncio.IncompleteReadError)
_MAX_ERROR_BODY = 64 * 1024
_DRAIN_S = 0.05
"""How long the end of a body may be waited for after the answer is whole, so that the connection can be kept."""


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long each part of a call may take, in seconds. The run's deadline bounds them all.

    Args:
        connect_s: finding the address, connecting and TLS.
        first_token_s: from then to the first bytes of a streamed answer.
        between_tokens_s: between two reads of an answer.
        answer_s: to the first bytes of an answer that comes in one piece, which a model writes whole beforehand.
    """

    connect_s: float = 10.0
    first_token_s: float = 60.0
    between_tokens_s: float = 60.0
    answer_s: float = 300.0

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, bool) or not isinstance(value, (int, float)) or not value > 0:
                remedy = "leave it out for the default"
                raise ConfigError("must be a number of seconds above 0", key=f"timeouts.{field.name}", remedy=remedy)

    @classmethod
    def read(cls, values: Mapping[str, float]) -> Timeouts:
        """Returns the limits of a mapping, such as one out of a config file.

        Raises:
            ConfigError: an unknown name, with the nearest known one, or a value that is no positive number.
        """
        known = [field.name for field in fields(cls)]
        for name in values:
            if name not in known:
                near = get_close_matches(str(name), known, 1) or known
                raise ConfigError("is no known time limit", key=f"timeouts.{name}", remedy=f"did you mean {near[0]}?")
        return cls(**values)


_opened: ContextVar[bool] = ContextVar("_opened", default=True)


class _Connector(aiohttp.TCPConnector):
    """Tells the request that is being made whether its connection was opened for it or kept alive."""

    async def _create_connection(self, *args: Any, **kwargs: Any) -> Any:
        _opened.set(True)
        return await super()._create_connection(*args, **kwargs)


class Wire:
    """POSTs JSON to one base address.

    Sessions are made on first use, one an event loop, and closed by `aclose` or when their loop shuts down.

    Args:
        provider: the name for errors.
        base_url: where the API begins, `http` or `https`; a path given to `post` is appended.
        headers: sent with every call, secrets included; never shown.
        timeouts: see `Timeouts`.
        max_response_bytes: a longer answer is an error.
        proxy: the address of an HTTP proxy.
        ca_file: a PEM file of certificate authorities to trust instead of the system's.

    Raises:
        ConfigError: an address without scheme or host, a header that HTTP cannot carry, an unreadable `ca_file`.
    """

    def __init__(
        self,
        *,
        provider: str,
        base_url: str,
        headers: Mapping[str, str],
        timeouts: Timeouts,
        max_response_bytes: int = 64 * 1024 * 1024,
        proxy: str | None = None,
        ca_file: str | None = None,
    ) -> None:
        self._provider = provider
        self._base = check_url(base_url).rstrip("/")
        self._headers = CIMultiDict(
            {"Content-Type": "application/json", "Accept-Encoding": "identity", "User-Agent": "llm-harness", **headers}
        )
        self.timeouts = timeouts
        self._max_bytes = max_response_bytes
        self._proxy = URL(check_url(proxy, key="proxy")) if proxy else None
        self._ssl = trust(ca_file) if ca_file else True
        self._urls: dict[str, URL] = {}
        self._sessions: dict[asyncio.AbstractEventLoop, _Sessions] = {}
        self._closed = False

    @property
    def place(self) -> str:
        """The host and port asked, for messages: never the user, the password or the query of the address."""
        url = URL(self._base, encoded=True)
        return f"{url.host}:{url.port}"

    async def post(self, path: str, body: bytes, *, streamed: bool, deadline: float | None = None) -> Reply:
        """Sends `body` and returns the answer once its head is there, whatever its status.

        Where a connection that was kept alive is dropped before the head, the call is made once more on a fresh one:
        a server that closes idle connections has then not seen the request.

        Args:
            streamed: whether the answer is asked for piece by piece.
            deadline: when the call must have ended, seconds of the monotonic clock.

        Raises:
            ProviderError: connection or timeout.
        """
        if self._closed:
            raise failure(ErrorCategory.CONNECTION, provider=self._provider, what="the provider is closed",
                          remedy="use it before aclose()")  # fmt: skip
        sessions = self._sessions.get(asyncio.get_running_loop()) or await self._open()
        limit = self.timeouts.first_token_s if streamed else self.timeouts.answer_s
        left = None if deadline is None else deadline - time.monotonic()
        capped = left is not None and left < limit + self.timeouts.connect_s
        try:
            async with asyncio.timeout(left if capped else limit + self.timeouts.connect_s):
                response = await self._send(sessions, path, body)
        except TimeoutError as error:
            # aiohttp's own timeouts are those of connecting; asyncio.timeout's is a bare TimeoutError.
            if isinstance(error, aiohttp.ServerTimeoutError):
                raise self._late(f"no connection to {self.place} within {self.timeouts.connect_s:g} s") from None
            raise self._late(_DEADLINE if capped else f"nothing came within {limit:g} s") from None
        except _BROKEN as error:
            raise self._broken(error) from None
        return Reply(self, response, limit, deadline)

    async def _send(self, sessions: _Sessions, path: str, body: bytes) -> aiohttp.ClientResponse:
        url = self._urls.get(path)
        if url is None:
            url = self._urls[path] = URL(self._base + path, encoded=True)
        for session in (sessions.pooled, sessions.fresh):
            _opened.set(False)
            try:
                return await session.post(
                    url, data=body, headers=self._headers, allow_redirects=False, proxy=self._proxy, ssl=self._ssl
                )
            except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError, ConnectionResetError):
                if _opened.get():
                    raise
        raise AssertionError("the fresh session opens its connections")

    async def _open(self) -> _Sessions:
        """Makes the sessions of the running loop, in a generator that the loop closes when it shuts down."""
        for known in (self._sessions, _keepers):
            for loop in [loop for loop in known if loop.is_closed()]:
                known.pop(loop, None)
        loop = asyncio.get_running_loop()
        keeper = _keep_sessions(self.timeouts.connect_s)
        sessions = self._sessions[loop] = await anext(keeper)
        sessions.keeper = keeper
        _keepers.setdefault(loop, set()).add(keeper)
        return sessions

    async def aclose(self) -> None:
        """Closes the running loop's connections and takes no further call. Idempotent."""
        self._closed = True
        loop = asyncio.get_running_loop()
        sessions = self._sessions.pop(loop, None)
        if sessions is not None and sessions.keeper is not None:
            _keepers.get(loop, set()).discard(sessions.keeper)
            await sessions.keeper.aclose()

    def _late(self, what: str) -> ProviderError:
        return failure(
            ErrorCategory.TIMEOUT,
            provider=self._provider,
            what=what,
            remedy="raise policy.run_timeout_s" if what == _DEADLINE else "try again, or raise the provider's timeouts",
        )

    def _broken(self, error: BaseException) -> ProviderError:
        """The error of a connection that failed. Its text is made here: aiohttp's can hold headers and addresses."""
        if isinstance(error, aiohttp.ClientConnectorDNSError):
            what, remedy = f"the host of {self.place} is not found", "check base_url and the network"
        elif isinstance(error, (aiohttp.ClientConnectorCertificateError, aiohttp.ClientSSLError)):
            what = f"no secure connection to {self.place} ({_reason(error)})"
            remedy = "check the certificate, set ca_file, or use http:// where the server speaks no TLS"
        elif isinstance(error, (aiohttp.ClientConnectorError, aiohttp.ClientProxyConnectionError)):
            what, remedy = f"cannot connect to {self.place} ({_reason(error)})", "check base_url and the server"
            if self._base.lower().startswith("https:") and isinstance(error.os_error, ConnectionResetError):
                remedy = "use http:// in base_url where the server speaks no TLS"
        elif isinstance(error, aiohttp.ClientResponseError):
            what = f"{self.place} does not answer in HTTP"
            remedy = "check base_url: its scheme, host and port"
        else:
            what, remedy = f"the connection to {self.place} broke ({_reason(error)})", "try again"
        return failure(ErrorCategory.CONNECTION, provider=self._provider, what=what, remedy=remedy)


_DEADLINE = "the run's deadline passed before the answer was whole"


@dataclass(slots=True)
class _Sessions:
    """The sessions of one event loop: one that keeps connections, one that opens a new one for every call."""

    pooled: aiohttp.ClientSession
    fresh: aiohttp.ClientSession
    keeper: AsyncGenerator[_Sessions, None] | None = None


_keepers: dict[asyncio.AbstractEventLoop, set[AsyncGenerator[_Sessions, None]]] = {}
"""The generators of each loop, held so that its shutdown closes those of a `Wire` that was dropped unclosed: one that
is collected earlier would be closed by a task that a stopping loop never finishes."""


async def _keep_sessions(connect_s: float) -> AsyncGenerator[_Sessions, None]:
    """Yields the sessions once and closes them when it is closed."""
    timeout = aiohttp.ClientTimeout(total=None, connect=connect_s)
    jar = aiohttp.DummyCookieJar()
    kept = _Connector(limit=0, keepalive_timeout=60, ttl_dns_cache=60)
    single = _Connector(limit=0, force_close=True)
    async with (
        aiohttp.ClientSession(connector=kept, timeout=timeout, cookie_jar=jar) as pooled,
        aiohttp.ClientSession(connector=single, timeout=timeout, cookie_jar=jar) as fresh,
    ):
        yield _Sessions(pooled, fresh)


class Reply:
    """An HTTP answer whose head has come. Close it, always: that ends the call where it is not whole."""

    __slots__ = ("_content", "_deadline", "_limit", "_loop", "_response", "_size", "_timer", "_waiting", "_wire")

    def __init__(self, wire: Wire, response: aiohttp.ClientResponse, limit: float, deadline: float | None) -> None:
        self._wire = wire
        self._response = response
        self._content = response.content
        self._limit = limit
        self._deadline = deadline
        self._loop = asyncio.get_running_loop()
        self._size = 0
        self._waiting: float | None = None
        self._timer: asyncio.TimerHandle | None = None

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self._response.status

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers, case-insensitive."""
        return self._response.headers

    @property
    def content_type(self) -> str:
        """The media type without parameters, lower case, or an empty string."""
        return self._response.headers.get("Content-Type", "").partition(";")[0].strip().lower()

    async def read(self) -> bytes:
        """Returns what has come, waiting where nothing has; nothing at the end.

        Raises:
            ProviderError: connection, timeout, or invalid_output for an answer that is too long.
        """
        if not self._content.is_eof():  # else all has come, and nothing is waited for
            self._waiting = self._loop.time()
            if self._timer is None:
                self._watch()
        try:
            data = await self._content.readany()
        except _Late as late:
            raise self._wire._late(str(late)) from None
        except _BROKEN as error:
            if data := self._rescue():
                return data
            raise self._wire._broken(error) from None
        self._waiting = None
        if not self._size:  # the limit of the first bytes is done with
            self._limit = self._wire.timeouts.between_tokens_s
            self._rewatch()
        self._size += len(data)
        if self._size > self._wire._max_bytes:
            raise failure(
                ErrorCategory.INVALID_OUTPUT,
                provider=self._wire._provider,
                what=f"the answer is longer than {self._wire._max_bytes} bytes",
                remedy="ask for less, or raise max_response_bytes",
            )
        return data

    def _rescue(self) -> bytes:
        """Returns what came before the connection broke and was not read yet: aiohttp reports the break first."""
        buffer = getattr(self._content, "_buffer", None)
        if not buffer:
            return b""
        offset = getattr(self._content, "_buffer_offset", 0)
        data = b"".join(buffer)[offset:]
        buffer.clear()
        return data

    async def read_all(self) -> bytes:
        """Returns the rest of the body. Raises as `read` does."""
        pieces = []
        while data := await self.read():
            pieces.append(data)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    async def read_error(self) -> bytes:
        """Returns the body of an error as far as it comes: an error with a cut body is still that error."""
        body = b""
        try:
            while len(body) < _MAX_ERROR_BODY and (data := await self.read()):
                body += data
        except ProviderError:
            pass
        return body

    async def drain(self) -> None:
        """Waits a moment for the end of the body, so that the connection can be used again."""
        if not self._content.at_eof():
            self._limit = _DRAIN_S
            self._rewatch()
            try:
                await self.read()
            except ProviderError:
                return

    def hasten(self, limit: float) -> None:
        """Lowers the time between reads to `limit` seconds, for what is left after the answer proper."""
        if self._limit > limit:
            self._limit = limit
            self._rewatch()

    def close(self) -> None:
        """Ends the call. The connection is closed, unless the body was read to its end."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._response.close()

    def _rewatch(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _watch(self) -> None:
        """One timer a call instead of one a read: it looks how long the read under way has waited, if there is one."""
        now = self._loop.time()
        since = self._waiting if self._waiting is not None else now
        due = since + self._limit
        if self._deadline is not None:
            left = self._deadline - time.monotonic()
            if left <= 0 and self._waiting is not None:
                return self._give_up(_DEADLINE)
            due = min(due, now + max(left, 0.01))
        if self._waiting is not None and now >= since + self._limit:
            return self._give_up(f"nothing came for {self._limit:g} s")
        self._timer = self._loop.call_at(due, self._watch)
        return None

    def _give_up(self, what: str) -> None:
        self._content.set_exception(_Late(what))
        self._response.close()


class _Late(Exception):
    """Set on the body by the timer, to tell a time limit from a broken connection."""


def _reason(error: BaseException) -> str:
    inner = getattr(error, "os_error", None) or error
    number = getattr(inner, "errno", None)
    return f"{type(inner).__name__}, errno {number}" if number else type(inner).__name__
