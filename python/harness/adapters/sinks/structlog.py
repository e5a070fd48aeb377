"""The events of runs as log lines, JSON or for people, written by a thread of their own through structlog."""

from __future__ import annotations

import asyncio
import sys
import threading
import weakref
from collections import deque
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Literal, TextIO

import orjson
import structlog

from harness.adapters.sinks.loglines import DEFAULT_LEVELS, LEVELS, Lines, level_of, name_of
from harness.domain.errors import ConfigError
from harness.domain.events import Event

_Entry = tuple[Event, str, int]


class StructlogSink:
    """An `EventSink` that writes a line an event: `event` (its name), `level`, `timestamp`, `run_id`, `seq` and fields.

    `on_event` only puts the event into a queue; a thread makes the line and writes it, so a slow disk or a stuck
    terminal holds up no run. What does not fit into the queue is dropped and counted; so are lines that could not
    be written.

    Args:
        format: `json` is an object a line; `console` is for people; `auto` is console on a terminal, else JSON.
        path: the file to append to; None is stderr.
        level: the lowest level that is written: `debug`, `info`, `warning` or `error`.
        levels: the level of events by name, over `DEFAULT_LEVELS`; `off` writes none.
        content: write what is said: prompts, answers, tool arguments and results. What looks like a secret is hidden
            even then.
        max_chars: longer texts are cut.
        capacity: lines that may wait to be written.

    Attributes:
        dropped: lines that did not fit into the queue.
        failed: lines that could not be made or written.

    Raises:
        ConfigError: `path` cannot be opened, or `levels` names no event or level.
    """

    def __init__(
        self,
        *,
        format: Literal["auto", "json", "console"] = "auto",  # noqa: A002 - the name that configs use
        path: str | None = None,
        level: Literal["debug", "info", "warning", "error"] = "info",
        levels: Mapping[str, str] | None = None,
        content: bool = False,
        max_chars: int = 2000,
        capacity: int = 10_000,
    ) -> None:
        self.dropped = 0
        self.failed = 0
        self._levels = _checked({**DEFAULT_LEVELS, **(levels or {})})
        self._least = LEVELS[level]
        self._capacity = capacity
        self._names: dict[type[Any], str] = {}
        self._queue: deque[_Entry] = deque()
        self._wake = threading.Condition()
        self._thread: threading.Thread | None = None
        self._closing = False
        stream = sys.stderr if path is None else _opened(path)
        self._owned = None if path is None else stream
        console = format == "console" or (format == "auto" and stream.isatty())
        self._lines = Lines(content=content, max_chars=max_chars)
        self._logger = _logger(stream, console=console)
        # A process that ends without closing its harness still writes what waits.
        self._finish = weakref.finalize(self, _finish, self._wake, self._queue)

    def on_event(self, event: Event) -> None:
        """Puts the event into the queue, if its level is written."""
        kind = type(event)
        name = self._names.get(kind)
        if name is None:
            name = self._names[kind] = name_of(kind)
        level = level_of(event, name, self._levels)
        if level < self._least or level == LEVELS["off"]:
            return
        with self._wake:
            if len(self._queue) >= self._capacity or self._closing:
                self.dropped += 1
                return
            self._queue.append((event, name, level))
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="harness-log", daemon=True)
                self._thread.start()
            self._wake.notify()

    async def aclose(self) -> None:
        """Writes what waits and closes the file. Idempotent; later events are dropped and counted."""
        with self._wake:
            self._closing = True
            self._wake.notify_all()
            thread = self._thread
        if thread is not None:
            await asyncio.to_thread(thread.join)
        self._finish.detach()
        if self._owned is not None and not self._owned.closed:
            try:
                self._owned.close()
            except OSError:
                self.failed += 1

    def _work(self) -> None:
        while True:
            with self._wake:
                while not self._queue and not self._closing:
                    self._wake.wait()
                if not self._queue:
                    return
                entry = self._queue[0]
            self._write(*entry)
            with self._wake:
                # Taken out only when it is written: an empty queue means that everything is.
                self._queue.popleft()
                self._wake.notify_all()

    def _write(self, event: Event, name: str, level: int) -> None:
        try:
            at = datetime.fromtimestamp(event.at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
            word = next(word for word, number in LEVELS.items() if number == level)
            fields = self._lines.fields(event)
            self._logger.msg(name, level=word, timestamp=at, run_id=event.run_id, seq=event.seq, **fields)
        except Exception:  # noqa: BLE001 - a line that cannot be written costs that line
            self.failed += 1


def _finish(wake: threading.Condition, queue: deque[_Entry]) -> None:
    """Waits for the writer, at the end of the process; no longer than a disk may take."""
    with wake:
        wake.wait_for(lambda: not queue, timeout=2.0)


def _logger(stream: TextIO, *, console: bool) -> Any:
    if console:
        renderer: Any = structlog.dev.ConsoleRenderer(colors=stream.isatty(), sort_keys=False)
    else:
        renderer = structlog.processors.JSONRenderer(serializer=_json)
    return structlog.wrap_logger(
        structlog.WriteLogger(stream), processors=[renderer], wrapper_class=structlog.BoundLogger
    )


def _json(fields: Mapping[str, Any], **_options: Any) -> str:
    return orjson.dumps(fields, default=str, option=orjson.OPT_NON_STR_KEYS).decode()


def _opened(path: str) -> TextIO:
    try:
        return open(path, "a", encoding="utf-8", errors="backslashreplace", buffering=1)  # noqa: PTH123
    except OSError as error:
        message = f"cannot write the log {path}: {error.strerror}"
        raise ConfigError(
            message, key="path", remedy="name a file in a folder that exists and can be written"
        ) from None


def _checked(levels: Mapping[str, str]) -> dict[str, int]:
    for name, level in levels.items():
        if name not in DEFAULT_LEVELS:
            raise ConfigError(f"there is no event {name!r}", key="levels", remedy=", ".join(DEFAULT_LEVELS))
        if level not in LEVELS:
            raise ConfigError(f"{name}: there is no level {level!r}", key="levels", remedy=", ".join(LEVELS))
    return {name: LEVELS[level] for name, level in levels.items()}
