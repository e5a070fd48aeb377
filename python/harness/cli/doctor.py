"""`harness doctor`: what is installed, reachable and misconfigured, each with its remedy."""

from __future__ import annotations

import sys
from pathlib import Path

from harness.cli.checks import Check, Status
from harness.cli.checks_config import check_config
from harness.cli.checks_install import check_install
from harness.cli.checks_parts import check_parts
from harness.cli.errors import Exit, one_line
from harness.cli.loops import run_to_end
from harness.cli.objects import to_line
from harness.cli.render import may_colour, write
from harness.cli.settings import read_overrides

_MARKS = {Status.OK: ("ok", "\x1b[32m"), Status.NOTE: ("--", "\x1b[2m"), Status.BAD: ("XX", "\x1b[31m")}


def doctor(config: Path | None, overrides: tuple[str, ...], *, model: str | None, as_json: bool) -> int:
    """Prints what was looked at and returns the exit code: 0, or that of the first thing that is bad.

    A line each, `ok|--|XX name: detail (remedy)`; `--` is worth knowing and no mistake. With `as_json` one object,
    `{"ok", "checks": [{"name", "status", "detail", "remedy"}]}` with status `ok`, `note` or `bad`.

    Raises:
        InputError: an override is not of the form key=value.
    """
    checks = check_install()
    settings, found = check_config(config, read_overrides(overrides, model=model))
    checks += found
    if settings is not None:
        checks += run_to_end(check_parts(settings))
    bad = [each for each in checks if each.status is Status.BAD]
    if as_json:
        write(sys.stdout, to_line({"ok": not bad, "checks": [_object(each) for each in checks]}) + "\n")
    else:
        colour = may_colour(sys.stdout)
        for each in checks:
            write(sys.stdout, _line(each, colour=colour) + "\n")
    return bad[0].exit_code if bad else Exit.OK


def _line(check: Check, *, colour: bool) -> str:
    mark, code = _MARKS[check.status]
    if colour:
        mark = f"{code}{mark}\x1b[0m"
    text = f"{check.name}: {check.detail}" + (f" ({check.remedy})" if check.remedy else "")
    return f"{mark} {one_line(text)}"


def _object(check: Check) -> dict[str, str]:
    return {
        "name": check.name,
        "status": str(check.status),
        "detail": one_line(check.detail),
        "remedy": one_line(check.remedy),
    }
