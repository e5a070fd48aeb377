"""The time of day, for a model that has no watch."""

from __future__ import annotations

import difflib
from datetime import UTC, datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from harness.adapters.tools.python import tool
from harness.domain.errors import InputError, ToolError
from harness.domain.failures import ToolErrorKind
from harness.ports.clock import Clock, SystemClock
from harness.ports.tool import Tool


def make_tools(*, clock: Clock | None = None, timezone: str | None = None) -> tuple[Tool, ...]:
    """Returns current_time.

    Args:
        clock: tells the time; None takes the machine's.
        timezone: the IANA name of the zone where none is asked for; None takes the machine's.

    Raises:
        InputError: there is no such zone.
    """
    watch = clock or SystemClock()
    if timezone is not None:
        try:
            _zone(timezone)
        except ToolError as error:
            raise InputError(error.message) from None
    usual = timezone

    # A plain function, and so in a thread: zones are read from files.
    @tool(idempotent=False, side_effects=False)
    def current_time(timezone: str | None = None) -> dict[str, Any]:
        """Return the current date, time and weekday.

        Args:
            timezone: IANA name of the time zone, such as "Europe/Berlin" or "UTC"; leave it out for the user's own.
        """
        name = timezone or usual
        now = datetime.fromtimestamp(watch.now(), UTC)
        local = now.astimezone(None if name is None else _zone(name))
        return {
            "time": local.isoformat(timespec="seconds"),
            "date": local.date().isoformat(),
            "clock": local.strftime("%H:%M:%S"),
            "weekday": _WEEKDAYS[local.weekday()],
            "timezone": name or local.tzname() or "local",
            "utc_offset": local.isoformat()[-6:],
            "unix": int(watch.now()),
        }

    return (current_time,)


# Not strftime("%A"): that speaks the language of the machine's locale.
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def _zone(name: str) -> tzinfo:
    if name.upper() in ("UTC", "GMT", "Z"):
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        pass
    known = available_timezones()
    if not known:
        raise _unknown(f"there is no time zone {name[:60]!r}: this machine has no time zone data, only UTC is known")
    same = [each for each in known if each.casefold() == name.casefold().replace(" ", "_")]
    # A city is what people name: "Tokyo" is the end of one zone's name only.
    same = same or [each for each in known if each.casefold().endswith("/" + name.casefold().replace(" ", "_"))]
    if same:
        return ZoneInfo(min(same))
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.6)
    hint = f"; did you mean {' or '.join(near)}?" if near else "; use an IANA name such as Europe/Berlin"
    raise _unknown(f"there is no time zone {name[:60]!r}{hint}")


def _unknown(text: str) -> ToolError:
    return ToolError(text, tool="current_time", kind=ToolErrorKind.INVALID_ARGUMENTS)
