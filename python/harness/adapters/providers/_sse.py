"""Server-sent events out of bytes, however the network cuts them."""

from __future__ import annotations

_BOM = b"\xef\xbb\xbf"


class SseSplitter:
    """Takes bytes in and gives the `data` of each whole event out; linear in the bytes, whatever the cuts.

    After the event-stream part of the HTML standard: lines end in LF, CR or CRLF, a line that begins with a colon is
    a comment, one space after the field's colon is dropped, the `data` lines of one event are joined by LF, a byte
    order mark at the start is dropped. Two liberties, both for servers seen in use: a field named `error` counts as
    `data`, and `finish` hands out the event that was not closed by an empty line.

    Event names and ids are dropped: every dialect repeats the name inside the data.
    """

    __slots__ = ("_begun", "_data", "_skip_lf", "_tail")

    def __init__(self) -> None:
        self._tail: list[bytes] = []  # pieces of the line that has not ended yet
        self._data: list[bytes] = []  # data lines of the event that has not ended yet
        self._skip_lf = False  # the last byte was a CR: an LF right after it belongs to it
        self._begun = False

    def feed(self, data: bytes) -> list[bytes]:
        """Returns the data of the events that `data` completes, in order; empty events are left out."""
        if self._skip_lf and data:
            self._skip_lf = False
            if data[0] == 10:
                data = data[1:]
        if not data:
            return []
        tail = self._tail
        if tail:
            tail.append(data)
            if b"\n" not in data and b"\r" not in data:
                return []
            data = b"".join(tail)
            tail.clear()
        lines = data.splitlines()
        last = data[-1]
        if last == 13:
            self._skip_lf = True
        elif last != 10:
            tail.append(lines.pop())
        return self._events(lines) if lines else []

    def finish(self) -> list[bytes]:
        """Returns the data of the event that the end of the stream left open, if there is one.

        It may be cut: the caller takes it only where it can be read.
        """
        lines = [b"".join(self._tail)] if self._tail else []
        self._tail.clear()
        return self._events([*lines, b""])

    def _events(self, lines: list[bytes]) -> list[bytes]:
        if not self._begun:
            self._begun = True
            if lines[0].startswith(_BOM):
                lines[0] = lines[0][3:]
        out = []
        pending = self._data
        for line in lines:
            if line[:6] == b"data: ":
                pending.append(line[6:])
            elif not line:
                if pending:
                    event = pending[0] if len(pending) == 1 else b"\n".join(pending)
                    pending.clear()
                    if event:
                        out.append(event)
            elif line[:5] in (b"data:", b"error") or line == b"data":
                field, _, value = line.partition(b":")
                if field in (b"data", b"error"):
                    pending.append(value.removeprefix(b" "))
        return out
