"""The prompt: the argument, or what comes on standard input, as text that is surely text."""

from __future__ import annotations

import codecs
import sys
from typing import BinaryIO

from harness.domain.errors import InputError

_PIECE = 1 << 20


def read_prompt(argument: str | None, *, max_chars: int, stdin: BinaryIO | None = None) -> str:
    """Returns the prompt: `argument`, or standard input where that is `-` or None.

    Args:
        max_chars: the longest that is read; `policy.max_prompt_chars`.
        stdin: read instead of the process's.

    Raises:
        InputError: there is none, it is empty, too long, or not UTF-8.
    """
    if argument is not None and argument != "-":
        return _checked_argument(argument)
    if argument is None and stdin is None and (sys.stdin is None or sys.stdin.isatty()):
        raise InputError("there is no prompt", remedy='pass one: harness run "What is (2+3)*7?"')
    source = sys.stdin.buffer if stdin is None else stdin
    data = _read_at_most(source, 4 * max_chars)
    text = decode_input(data, where="standard input")
    if len(text) > max_chars:
        raise InputError(
            f"standard input holds more than {max_chars:,} characters, which is policy.max_prompt_chars",
            remedy="shorten it, raise the limit, or hand the text over as a file that a tool reads",
        )
    if not text or text.isspace():
        raise InputError("standard input is empty, and the prompt was to come from there", remedy="say what you want")
    return text.rstrip("\r\n")


def decode_input(data: bytes, *, where: str) -> str:
    """Returns bytes of the user's as text, without a byte order mark.

    Raises:
        InputError: they are not UTF-8; says at which byte, from 0, and on which line.
    """
    data = data.removeprefix(codecs.BOM_UTF8)
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError(
            f"{where} is not UTF-8: byte {error.start} (0x{data[error.start]:02x}, on line {line}) cannot be read",
            remedy="convert it first: iconv -f ENCODING -t UTF-8",
        ) from None


def _checked_argument(argument: str) -> str:
    try:
        argument.encode()
    except UnicodeEncodeError as error:
        position = len(argument[: error.start].encode())
        raise InputError(
            f"the prompt is not UTF-8: byte {position} cannot be read", remedy="convert it to UTF-8"
        ) from None
    if not argument or argument.isspace():
        raise InputError("the prompt is empty", remedy='say what you want: harness run "What is (2+3)*7?"')
    return argument


def _read_at_most(source: BinaryIO, size: int) -> bytes:
    """Reads to the end, or until more than `size` bytes are there: standard input may be endless."""
    pieces: list[bytes] = []
    total = 0
    while total <= size:
        try:
            piece = source.read(_PIECE)
        except OSError as error:
            reason = error.strerror or str(error)
            raise InputError(f"standard input cannot be read: {reason}", remedy="check where it comes from") from None
        if not piece:
            break
        pieces.append(piece)
        total += len(piece)
    if total > size:
        raise InputError(
            f"standard input holds more than {size:,} bytes, four a character of policy.max_prompt_chars",
            remedy="shorten it, raise the limit, or hand the text over as a file that a tool reads",
        )
    return b"".join(pieces)
