"""The same servers through the package `libsql-client`, over WebSockets (Hrana 2) or its plain HTTP API."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import libsql_client  # type: ignore[import-not-found,import-untyped,unused-ignore]

from harness.adapters.stores.per_loop import PerLoop
from harness.adapters.stores.remote import AnswerTooLarge, RemoteStore, Rows, StatementFailed, unreachable
from harness.adapters.stores.sql import Statement
from harness.domain.errors import StoreError

_READ_AGAIN = 2
_BROKEN_CODES = {"HRANA_WEBSOCKET_ERROR", "CLIENT_CLOSED", "STREAM_CLOSED"}
_REFUSED_CODES = {"SERVER_ERROR", "HRANA_PROTO_ERROR"}


class _Broken(StoreError):
    """The connection ended under a batch."""


class ClientTransport:
    """Batches through one client of the package; a client that failed is closed, and the next batch makes another.

    Args:
        url: a `ws`, `wss` or `http` address. Over WebSockets the package takes answers of up to 4 MiB.
        auth_token: for a server that asks for one; never shown.
        timeout_s: seconds for one batch, connecting included.
    """

    def __init__(self, url: str, *, auth_token: str | None = None, timeout_s: float = 30.0) -> None:
        self._url = url
        self._place = urlsplit(url).netloc
        self._auth_token = auth_token
        self._timeout_s = timeout_s
        self._clients: PerLoop[Any] = PerLoop(self._new_client, self._close)

    @property
    def place(self) -> str:
        """The server's host and port."""
        return self._place

    async def batch(self, statements: Sequence[Statement], *, write: bool) -> list[Rows]:
        """Runs the statements in one transaction, all or none; the package puts BEGIN and COMMIT around them.

        A read whose connection broke is tried again on a new one. A server that refuses a token closes the connection
        at once, and the package reports whichever it sees first, the refusal or the break.
        """
        for _ in range(0 if write else _READ_AGAIN):
            try:
                return await self._once(statements, write=write)
            except _Broken:
                continue
        return await self._once(statements, write=write)

    async def _once(self, statements: Sequence[Statement], *, write: bool) -> list[Rows]:
        client = await self._clients.get()
        doubt = "; the write may have been kept or not" if write else ""
        try:
            results = await self._in_time(client, [(text, list(args)) for text, args in statements])
            return [Rows([tuple(row) for row in each.rows], each.rows_affected) for each in results]
        except libsql_client.LibsqlError as error:
            raise await self._named(client, error, doubt) from None
        except aiohttp.WebSocketError as error:
            await self._clients.drop(client)
            if error.code == aiohttp.WSCloseCode.MESSAGE_TOO_BIG:
                raise AnswerTooLarge(self._place) from None
            raise self._broken("WebSocketError", doubt) from None
        except aiohttp.WSServerHandshakeError as error:
            await self._clients.drop(client)
            raise self._status(error.status) from None
        except aiohttp.ClientConnectorError as error:
            await self._clients.drop(client)
            raise unreachable(self._place, error) from None
        except TimeoutError:
            await self._clients.drop(client)
            raise StoreError(
                f"the libSQL server {self._place} did not answer within {self._timeout_s} s{doubt}",
                remedy="check the server's load and the network",
            ) from None
        except (KeyError, TypeError, ValueError, aiohttp.ContentTypeError):
            await self._clients.drop(client)
            raise self._no_libsql() from None
        except (aiohttp.ClientError, OSError) as error:
            await self._clients.drop(client)
            raise self._broken(type(error).__name__, doubt) from None

    async def aclose(self) -> None:
        """Closes the connection. Idempotent."""
        await self._clients.aclose()

    async def _in_time(self, client: Any, statements: list[Any]) -> Any:
        """Awaits a batch. Past its time it is ended by closing the client: the package cannot bear to be cancelled."""
        task = asyncio.ensure_future(client.batch(statements))
        try:
            done, _ = await asyncio.wait([task], timeout=self._timeout_s)
            if done:
                return task.result()
            await self._clients.drop(client)
            await asyncio.wait([task], timeout=1.0)
            raise TimeoutError
        finally:
            task.cancel()
            task.add_done_callback(lambda ended: ended.cancelled() or ended.exception())

    def _new_client(self) -> Any:
        return libsql_client.create_client(self._url, auth_token=self._auth_token)

    @staticmethod
    async def _close(client: Any) -> None:
        try:
            await client.close()
        except (libsql_client.LibsqlError, aiohttp.ClientError, OSError):
            return  # it hands out the error that it died of once more
        finally:
            # A close that fails half way would leave the session open, and there is no public way to it.
            session = getattr(client, "_session", None)
            if session is not None:
                await session.close()

    async def _named(self, client: Any, error: Any, doubt: str) -> Exception:
        """What an error of the package means; the connection is given up where it is no longer of use."""
        code, text = str(error.code), str(error.explanation)
        if "Response is too large" in text:
            return StatementFailed("Response is too large", busy=False)
        if "AUTH" in code or "HTTP status 401" in text or "HTTP status 403" in text:
            await self._clients.drop(client)
            return self._status(401)
        if "HTTP status 5" in text:
            # An answer past the server's limit on responses is one of these, and its HTTP API does not tell which.
            return StoreError(
                f"the libSQL server {self._place} failed: {text}",
                remedy="see the server's log; a conversation past its limit on responses needs hrana+http:// or ws://",
            )
        if code in _BROKEN_CODES:
            await self._clients.drop(client)
            return self._broken(code, doubt)
        if code in _REFUSED_CODES:
            await self._clients.drop(client)
            return self._no_libsql()
        return StatementFailed(text, busy="BUSY" in code or "database is locked" in text)

    def _broken(self, what: str, doubt: str) -> StoreError:
        return _Broken(
            f"the connection to the libSQL server {self._place} broke ({what}){doubt}",
            # A server that refuses a token says so and closes; who is still writing then sees the closing first.
            remedy="try again; the server may have been restarted, or have refused the auth_token",
        )

    def _status(self, status: int) -> StoreError:
        if status in (401, 403):
            return StoreError(
                f"the libSQL server {self._place} refused the token",
                remedy="set store.auth_token to one that is valid for this database",
            )
        return self._no_libsql()

    def _no_libsql(self) -> StoreError:
        return StoreError(
            f"{self._place} does not answer as a libSQL server",
            remedy="check that store.url is a libSQL server's address, and not a web page or proxy",
        )


class ClientStore(RemoteStore):
    """Conversations on a libSQL server that is spoken to through `libsql-client`.

    Args:
        url: the server, `ws://`, `wss://` or `http://`.
        auth_token: for a server that asks for one.
        timeout_s: seconds for one round trip.
        busy_timeout_s: seconds for which a write waits for other writers.
    """

    def __init__(
        self, url: str, auth_token: str | None = None, *, timeout_s: float = 30.0, busy_timeout_s: float = 5.0
    ) -> None:
        transport = ClientTransport(url, auth_token=auth_token, timeout_s=timeout_s)
        super().__init__(transport, busy_timeout_s=busy_timeout_s)
