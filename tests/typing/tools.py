"""The types of `@tool`: checked by mypy, not run."""

from collections.abc import Coroutine
from typing import Any, assert_type

from harness import tool
from harness.ports.tool import Tool


@tool
def plain(a: int, *, b: str = "") -> float:
    return float(a)


@tool(name="other", timeout_s=1.0)
async def later(a: int) -> list[str]:
    return [str(a)]


assert_type(plain(1, b="x"), float)
pending = later(2)
same = assert_type(pending, Coroutine[Any, Any, list[str]])
as_port: Tool = plain
as_port = later
as_port = tool(lambda: 1)

plain("no")  # type: ignore[arg-type]
plain(1, c=2)  # type: ignore[call-arg]
tool(nme="x")  # type: ignore[call-overload]
