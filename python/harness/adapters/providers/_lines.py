"""Lines of JSON out of bytes, however the network cuts them."""

from __future__ import annotations


class LineSplitter:
    """Takes bytes in and gives each whole line that is not blank out; linear in the bytes, whatever the cuts."""

    __slots__ = ("_tail",)

    def __init__(self) -> None:
        self._tail: list[bytes] = []

    def feed(self, data: bytes) -> list[bytes]:
        """Returns the lines that `data` completes, in order."""
        first, *rest = data.split(b"\n")
        self._tail.append(first)
        if not rest:
            return []
        lines = [b"".join(self._tail), *rest[:-1]]
        self._tail = [rest[-1]]
        return [line.strip() for line in lines if line.strip()]

    def finish(self) -> list[bytes]:
        """Returns the line that the end of the stream left open, if there is one; it may be cut."""
        line = b"".join(self._tail).strip()
        self._tail = []
        return [line] if line else []
