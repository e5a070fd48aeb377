"""A fake server on a real socket: HTTP/1.1 by hand, so that every byte and every fault is the test's own choice."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Callable, Iterable, Iterator
from http import HTTPStatus
from typing import Protocol, Self, TypeAlias

from harness.testing.wire_replies import Drop, Fail, Payload, Raw, Reply, Request, Say

Script: TypeAlias = Iterable[Reply] | Callable[[Request], Reply]
"""The answers in order, or a function that answers each request."""


class Dialect(Protocol):
    """How one provider's API is spoken."""

    @property
    def prefix(self) -> str:
        """The path of the base address, such as `/v1`."""
        ...

    def route(self, request: Request) -> Payload | None:
        """Answers what needs no script: unknown paths, bad requests, lists of models. None leaves it to the script."""
        ...

    def answer(self, request: Request, say: Say) -> Payload:
        """Writes an answer, streamed where the request asks for it."""
        ...

    def failure(self, request: Request, fail: Fail) -> Payload:
        """Writes an error."""
        ...


class WireServer:
    """Serves a dialect on the loopback, on a free port, while it is entered with `async with`.

    Args:
        dialect: how it speaks.
        script: what it says. When a list is used up, further requests get an error of category `unavailable`.
    """

    def __init__(self, dialect: Dialect, script: Script = ()) -> None:
        self._dialect = dialect
        self._answers: Iterator[Reply] = iter(())
        self._function: Callable[[Request], Reply] | None = None
        self.script(script)
        self.requests: list[Request] = []
        self.connections = 0
        self._arrival = asyncio.Event()
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._port = 0

    def script(self, script: Script) -> None:
        """Sets what is said from now on."""
        if callable(script):
            self._function = script
        else:
            self._function, self._answers = None, iter(script)

    @property
    def base_url(self) -> str:
        """The address to give to an adapter."""
        return f"http://127.0.0.1:{self._port}{self._dialect.prefix}"

    @property
    def last(self) -> Request:
        """The request that came last."""
        return self.requests[-1]

    async def arrived(self, count: int) -> Request:
        """Waits until `count` requests have come in all, and returns the last of them."""
        while len(self.requests) < count:
            self._arrival.clear()
            await self._arrival.wait()
        return self.requests[count - 1]

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0, limit=1 << 20)
        self._port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *exception: object) -> None:
        assert self._server is not None
        self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.connections += 1
        try:
            reused = False
            while (request := await _read_request(reader, reused=reused)) is not None:
                self.requests.append(request)
                self._arrival.set()
                try:
                    if not await self._respond(request, reader, writer):
                        break
                finally:
                    request.done.set()
                reused = True
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass
        except asyncio.CancelledError:
            pass  # the server is being closed; nobody waits for this task but its own __aexit__
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _respond(self, request: Request, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Answers; returns whether the connection can be used again."""
        payload = self._dialect.route(request)
        if payload is None:
            reply = self._function(request) if self._function is not None else next(self._answers, None)
            if isinstance(reply, Drop):
                return False
            payload = self.payload(reply, request)
        try:
            return await _deliver(payload, request, reader, writer)
        except ConnectionError:
            request.gone.set()
            raise

    def payload(self, reply: Say | Fail | Raw | str | None, request: Request) -> Payload:
        """Returns the bytes that `reply` to `request` would be; None is what a used-up script says."""
        match reply:
            case None:
                return Payload([b'{"error": {"message": "the script is used up"}}'], status=500)
            case str():
                return self._dialect.answer(request, Say(reply))
            case Say():
                return self._dialect.answer(request, reply)
            case Fail():
                return self._dialect.failure(request, reply)
            case Raw():
                streamed = reply.content_type == "text/event-stream"
                return Payload([reply.body], reply.status, reply.headers, reply.content_type, streamed, reply.delivery)


async def _read_request(reader: asyncio.StreamReader, *, reused: bool) -> Request | None:
    try:
        start = await reader.readexactly(1)
        if not start.isalpha():  # TLS, most likely: a server of plain HTTP hangs up
            return None
        head = (start + await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except asyncio.IncompleteReadError:
        return None
    first, *lines = head.rstrip("\r\n").split("\r\n")
    method, path, _ = first.split(" ", 2)
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    if headers.get("transfer-encoding", "").lower() == "chunked":
        body = await _read_chunks(reader)
    else:
        body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Request(method, path, headers, body, reused)


async def _read_chunks(reader: asyncio.StreamReader) -> bytes:
    pieces = []
    while size := int((await reader.readline()).split(b";")[0], 16):
        pieces.append(await reader.readexactly(size))
        await reader.readexactly(2)
    await reader.readline()
    return b"".join(pieces)


def _head(payload: Payload, length: int) -> bytes:
    delivery = payload.delivery
    content_type = payload.content_type if delivery.content_type is None else delivery.content_type
    lines = [f"HTTP/1.1 {payload.status} {_phrase(payload.status)}"]
    if content_type:
        lines.append(f"Content-Type: {content_type}")
    lines += [f"{name}: {value}" for name, value in payload.headers.items()]
    lines.append("Transfer-Encoding: chunked" if payload.streamed else f"Content-Length: {length}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"


def _writes(payload: Payload) -> list[bytes]:
    """The body as it is to be written: whole pieces, or slices of `cut` bytes; nothing beyond `stop_after`."""
    delivery = payload.delivery
    if not delivery.cut and delivery.stop_after is None:
        return [piece for piece in payload.pieces if piece]
    out, left = [], delivery.stop_after
    pieces = payload.pieces
    if delivery.cut:
        body = b"".join(pieces)
        pieces = [body[start : start + delivery.cut] for start in range(0, len(body), delivery.cut)]
    for piece in pieces:
        if left is not None:
            piece = piece[:left]
            left -= len(piece)
        if piece:
            out.append(piece)
    return out


async def _deliver(
    payload: Payload, request: Request, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> bool:
    delivery = payload.delivery
    if delivery.head:
        writer.write(_head(payload, sum(map(len, payload.pieces)) + delivery.wrong_length))
        sent = 0
        held = delivery.hold is not None
        for piece in _writes(payload):
            if held and delivery.hold is not None and sent >= delivery.hold_after:
                held = False
                await writer.drain()
                await delivery.hold.wait()
            writer.write(b"%x\r\n%b\r\n" % (len(piece), piece) if payload.streamed else piece)
            sent += len(piece)
            await writer.drain()
            if writer.is_closing():
                raise ConnectionResetError
    match delivery.ending:
        case "clean":
            if payload.streamed:
                writer.write(b"0\r\n\r\n")
            await writer.drain()
            return not delivery.wrong_length and request.headers.get("connection", "").lower() != "close"
        case "stall":
            await writer.drain()
            if not await reader.read(1):
                request.gone.set()
        case "reset":
            await writer.drain()
            _break(writer)
        case "close":
            await writer.drain()
    return False


def _break(writer: asyncio.StreamWriter) -> None:
    """Ends the connection with a TCP reset: closing a socket that lingers for no time sends one."""
    raw = writer.get_extra_info("socket")
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
