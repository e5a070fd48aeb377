"""The calculator that a model may call."""

from __future__ import annotations

from harness.adapters.tools.arithmetic import ExpressionError, evaluate
from harness.adapters.tools.python import tool
from harness.domain.errors import ToolError
from harness.domain.failures import ToolErrorKind
from harness.ports.tool import Tool

_SHOWN = 60


@tool(idempotent=True, side_effects=False)
async def calculator(expression: str) -> int | float:
    """Work out an arithmetic expression exactly and return the number.

    Knows + - * / // % ** and parentheses, constants pi, e, tau, and functions such as sqrt, round, min, max, abs, log,
    sin, factorial, gcd, mean. Use it for every calculation, also for easy ones.

    Args:
        expression: The expression, such as "(2 + 3) * 7" or "sqrt(2) / 2" or "round(100 * 1.05^10, 2)".
    """
    try:
        return evaluate(expression)
    except ExpressionError as error:
        raise ToolError(
            f"cannot work out {_excerpt(expression, error.at)}: {error.message}, at character {error.at + 1}",
            tool="calculator",
            kind=ToolErrorKind.INVALID_ARGUMENTS,
        ) from None


def make_tools() -> tuple[Tool, ...]:
    """Returns the calculator."""
    return (calculator,)


def _excerpt(expression: str, at: int) -> str:
    """The expression, or what is around the trouble in it."""
    if len(expression) <= _SHOWN:
        return repr(expression)
    begin = max(0, at - _SHOWN // 2)
    return f"…{expression[begin : begin + _SHOWN]!r}…"
