"""What a run looks like in a terminal, and in a pipe."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any, TextIO

from harness.cli.errors import one_line, output_error, printable
from harness.domain.events import (
    Event,
    ModelCallStarted,
    NoProgressWarned,
    TextDelta,
    ToolFinished,
    ToolStarted,
)
from harness.domain.runs import RunResult

_DIM, _RED, _END = "\x1b[2m", "\x1b[31m", "\x1b[0m"
_MAX_DETAIL = 200


def may_colour(stream: TextIO) -> bool:
    """Returns whether colour codes may be written: to a terminal that can, unless `NO_COLOR` is set."""
    return not os.environ.get("NO_COLOR") and os.environ.get("TERM", "") != "dumb" and is_terminal(stream)


def is_terminal(stream: TextIO) -> bool:
    """Returns whether a person watches."""
    try:
        return stream.isatty()
    except ValueError:  # closed
        return False


class Renderer:
    """Writes the answer to `out` and what happens on the way to `err`.

    Args:
        out: for the answer and nothing else.
        err: for tool calls and notes; dimmed on a terminal.
        stream: write the text as it comes; else the last words, once, when the run is over.
        steps: show tool calls.
    """

    def __init__(self, out: TextIO, err: TextIO, *, stream: bool, steps: bool = True) -> None:
        self._out = out
        self._err = err
        self._stream = stream
        self._steps = steps
        self._watched = is_terminal(out)
        self._colour = may_colour(err)
        self._open_line = False
        self._said = False

    def show(self, event: Event) -> None:
        """Shows an event, or not.

        Raises:
            BrokenPipeError: nobody reads the answer any more.
            OutputError: the answer cannot be written.
        """
        if isinstance(event, TextDelta):
            if self._stream:
                self._write(event.text)
        elif isinstance(event, ModelCallStarted):
            self.end_line()
        elif not self._steps:
            return
        elif isinstance(event, ToolStarted):
            self.note(f"→ {event.call.name} {_arguments(event.call.arguments)}")
        elif isinstance(event, ToolFinished):
            result = event.result
            took = f"({result.duration_ms:.0f} ms)"
            if result.error is None:
                self.note(f"← {result.name} {_cut(result.content)} {took}")
            else:
                self.note(f"✗ {result.name}: {_cut(result.error)} {took}", bad=True)
        elif isinstance(event, NoProgressWarned):
            self.note("the model repeats itself, and was told so")

    def finish(self, result: RunResult) -> None:
        """Ends the answer; writes it, where it was not streamed."""
        if not self._stream or (result.text and not self._said):
            self._write(result.text)
        self.end_line()

    def say(self, text: str) -> None:
        """Writes to `out` what is not the model's."""
        self.end_line()
        write(self._out, text)

    def end_line(self) -> None:
        """Ends the line of text that is being written, if there is one."""
        if self._open_line:
            self._write("\n")

    def note(self, text: str, *, bad: bool = False) -> None:
        """Writes a line to `err`."""
        self.end_line()
        line = one_line(text)
        if self._colour:
            line = f"{_RED if bad else _DIM}{line}{_END}"
        self.error(line)

    def error(self, line: str) -> None:
        """Writes a line to `err` as it is, in the order in which a person is to read it."""
        self.end_line()
        try:
            self._err.write(line + "\n")
            self._err.flush()
        except (OSError, ValueError):
            pass  # nobody listens there; the answer goes on

    def _write(self, text: str) -> None:
        if not text:
            return
        self._said = True
        self._open_line = not text.endswith("\n")
        write(self._out, printable(text) if self._watched else text)


def write(out: TextIO, text: str) -> None:
    """Writes to standard output, at once.

    Raises:
        BrokenPipeError: nobody reads it any more.
        OutputError: it cannot be written.
    """
    try:
        out.write(text)
        out.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise output_error(error) from None


def _arguments(arguments: Mapping[str, Any]) -> str:
    try:
        return _cut(json.dumps(dict(arguments), ensure_ascii=False, default=str))
    except (TypeError, ValueError, RecursionError):
        return "…"


def _cut(text: str) -> str:
    return text if len(text) <= _MAX_DETAIL else text[: _MAX_DETAIL - 1] + "…"
