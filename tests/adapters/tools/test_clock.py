"""The time of day as a tool."""

from typing import Any

import pytest

from harness.adapters.tools.clock import make_tools
from harness.domain.errors import InputError, ToolError
from harness.ports.tool import RunContext, Tool
from harness.testing.clock import FakeClock
from harness.testing.contracts.tool import ToolContract
from tests.adapters.tools.support import call, context

NOON = 1_709_208_000.0  # 2024-02-29T12:00:00Z, a Thursday


class TestCurrentTime(ToolContract):
    @pytest.fixture
    def tool(self) -> Tool:
        return make_tools()[0]

    @pytest.fixture
    def arguments(self) -> dict[str, Any]:
        return {"timezone": "Europe/Berlin"}

    @pytest.fixture
    def bad_arguments(self) -> dict[str, Any]:
        return {"timezone": "Europe/Nowhere"}

    @pytest.fixture
    def context(self) -> RunContext:
        return context()


@pytest.mark.parametrize(
    ("timezone", "time", "weekday"),
    [
        ("UTC", "2024-02-29T12:00:00+00:00", "Thursday"),
        ("Europe/Berlin", "2024-02-29T13:00:00+01:00", "Thursday"),
        ("Asia/Kolkata", "2024-02-29T17:30:00+05:30", "Thursday"),
        ("Pacific/Kiritimati", "2024-03-01T02:00:00+14:00", "Friday"),
        ("tokyo", "2024-02-29T21:00:00+09:00", "Thursday"),
        ("new york", "2024-02-29T07:00:00-05:00", "Thursday"),
    ],
)
async def test_zones(timezone: str, time: str, weekday: str) -> None:
    (tool,) = make_tools(clock=FakeClock(NOON))
    got = await call(tool, timezone=timezone)
    assert (got["time"], got["weekday"], got["unix"]) == (time, weekday, int(NOON))
    assert got["time"] == f"{got['date']}T{got['clock']}{got['utc_offset']}"


async def test_the_usual_zone() -> None:
    (tool,) = make_tools(clock=FakeClock(NOON), timezone="America/New_York")
    assert (await call(tool))["time"] == "2024-02-29T07:00:00-05:00"
    (tool,) = make_tools(clock=FakeClock(NOON))
    assert (await call(tool))["unix"] == int(NOON)
    with pytest.raises(InputError, match="no time zone"):
        make_tools(timezone="Mars/Olympus")


@pytest.mark.parametrize("timezone", ["Europe/Berlim", "../../etc/passwd", "/etc/localtime", "\0", "x" * 10_000])
async def test_no_such_zone(timezone: str) -> None:
    (tool,) = make_tools()
    with pytest.raises(ToolError, match="no time zone") as caught:
        await call(tool, timezone=timezone)
    assert len(caught.value.message) < 300


async def test_the_nearest_names_are_told() -> None:
    (tool,) = make_tools()
    with pytest.raises(ToolError, match="did you mean Europe/Berlin"):
        await call(tool, timezone="Europe/Berlim")
