"""The entry point: runs the command line and turns whatever comes out of it into a line and an exit code."""

from __future__ import annotations

import contextlib
import io
import os
import signal
import sys
import traceback
from collections.abc import Sequence

from harness import __version__
from harness.cli.errors import Exit, describe, error_object, exit_code, output_error
from harness.domain.redaction import redact


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command and returns the exit code; see `EXIT_CODES`.

    Args:
        arguments: those after the program's name; None takes the process's.
    """
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    _make_streams_safe()
    options = arguments[: arguments.index("--")] if "--" in arguments else arguments
    debug, as_json = "--debug" in options, "--json" in options
    try:
        code = _dispatch(arguments)
        _flush()
    except BrokenPipeError:
        _abandon_output()
        return 128 + signal.SIGPIPE if hasattr(signal, "SIGPIPE") else Exit.FAILED
    except KeyboardInterrupt:
        _say("harness: interrupted")
        code = Exit.INTERRUPTED
    except Exception as error:  # noqa: BLE001 - the last one to hear of it
        code = _report(error, debug=debug, as_json=as_json)
    try:
        _flush()
    except OSError:
        _abandon_output()
    return code


def _dispatch(arguments: list[str]) -> int:
    if arguments in (["--version"], ["-V"]):
        # Before typer is loaded, which takes longer than everything else that this needs.
        print(f"harness {__version__}")
        return Exit.OK
    # Here and not above: see there.
    from harness.cli.app import run_app

    return run_app(arguments)


def _report(error: Exception, *, debug: bool, as_json: bool) -> int:
    if debug:
        _say(redact("".join(traceback.format_exception(error))).rstrip("\n"))
    if as_json:
        # Here and not above: most commands print no object.
        from harness.cli.objects import to_line

        _say(to_line(error_object(error)))
    else:
        _say(f"harness: error: {describe(error)}")
    return exit_code(error)


def _say(line: str) -> None:
    with contextlib.suppress(OSError, ValueError):
        sys.stdout.flush()
    with contextlib.suppress(OSError, ValueError, AttributeError):
        sys.stderr.write(line + "\n")
        sys.stderr.flush()


def _flush() -> None:
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise output_error(error) from None


def _abandon_output() -> None:
    """Sends the rest of standard output nowhere, so that the interpreter does not complain of it when it ends."""
    with contextlib.suppress(OSError, ValueError, io.UnsupportedOperation):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


def _make_streams_safe() -> None:
    """Lets no answer fail for a character that the terminal's encoding does not have."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
