"""Arithmetic by a parser of our own."""

import math
import re
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.adapters.tools.arithmetic import FUNCTIONS, ExpressionError, evaluate
from harness.adapters.tools.calculator import calculator, make_tools
from harness.domain.errors import ToolError
from harness.domain.failures import ToolErrorKind
from harness.ports.tool import RunContext, Tool
from harness.testing.contracts.tool import ToolContract
from tests.adapters.tools.support import call, context


class TestCalculator(ToolContract):
    @pytest.fixture
    def tool(self) -> Tool:
        return make_tools()[0]

    @pytest.fixture
    def arguments(self) -> dict[str, Any]:
        return {"expression": "(2+3)*7"}

    @pytest.fixture
    def bad_arguments(self) -> dict[str, Any]:
        return {"expression": "2 +"}

    @pytest.fixture
    def context(self) -> RunContext:
        return context()


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("2+2", 4),
        ("(2+3)*7", 35),
        ("2+3*7", 23),
        ("10-4-3", 3),
        ("2**3**2", 512),
        ("2^10", 1024),
        ("-2**2", -4),
        ("2**-1", 0.5),
        ("--5", 5),
        ("-(-5)", 5),
        ("7//2", 3),
        ("-7//2", -4),
        ("-7 % 3", 2),
        ("7.5 % 2", 1.5),
        ("50%", 0.5),
        ("50% * 4", 2),
        ("200 * 10%", 20),
        ("10 % 4", 2),
        ("5!", 120),
        ("0.1 + 0.2", 0.3),
        ("1/3*3", 1),
        ("1.10 * 3", 3.3),
        ("1/3", 1 / 3),
        (".5 + 5.", 5.5),
        ("1.5e3", 1500),
        ("1_000 + 1", 1001),
        ("6 × 7 ÷ 2 − 1", 20),
        ("3² + π - pi", 9),
        ("sqrt(81)", 9),
        ("sqrt(2)", math.sqrt(2)),
        ("sqrt(1/4)", 0.5),
        ("4 ** 0.5", 2),
        ("round(2.675, 2)", 2.68),
        ("round(2.5)", 3),
        ("round(-2.5)", -3),
        ("round(1234, -2)", 1200),
        ("min(3, 1, 2)", 1),
        ("max(3, 1 + 4)", 5),
        ("abs(-3)", 3),
        ("log(8, 2)", 3),
        ("log10(1000)", 3),
        ("ln(e)", 1),
        ("LOG2(1024)", 10),
        ("factorial(5)", 120),
        ("gcd(12, 18)", 6),
        ("mean(1, 2)", 1.5),
        ("pow(2, 10)", 1024),
        ("hypot(3, 4)", 5),
        ("0 ** 0", 1),
        ("2**64", 2**64),
        ("12345678901234567890 * 2", 24691357802469135780),
    ],
)
def test_values(expression: str, value: float) -> None:
    result = evaluate(expression)
    assert result == value
    assert type(result) is type(value)


@pytest.mark.parametrize(
    ("expression", "message", "at"),
    [
        ("", "empty", 0),
        ("   ", "empty", 0),
        ("2 +", "expected at the end", 3),
        ("2 3", "operator was expected before '3'", 2),
        ("1 + * 2", "number was expected before '*'", 4),
        ("(1 + 2", "never closed", 0),
        ("min(1, 2", "never closed", 0),
        ("1)", "without its (", 1),
        ("2 / (1 - 1)", "division by zero", 2),
        ("5 // 0", "division by zero", 2),
        ("5 % 0", "division by zero", 2),
        ("0 ** -1", "division by zero", 2),
        ("9**9**9", "more than 1000 digits", 1),
        ("9**9**9**9**9", "more than 1000 digits", 7),
        ("10**1001", "more than 1000 digits", 2),
        ("449! * 449!", "more than 1000 digits", 5),
        ("(1/3) ** 999999", "more than 1000 digits", 6),
        ("9" * 1_001, "more than 1000 digits", 0),
        ("1e9999999", "more than 1000 digits", 0),
        ("10**400 / 3", "too large", 0),
        ("exp(1000)", "too large", 0),
        ("450!", "from 0 to 449", 3),
        ("2.5!", "whole numbers", 3),
        ("sqrt(-1)", "not real", 0),
        ("(-8) ** (1/3)", "not real", 5),
        ("log(0)", "not defined", 0),
        ("fib(3)", "'fib' is unknown", 0),
        ("sqrt 4", "parentheses", 0),
        ("min()", "takes 1 to 100 arguments", 0),
        ("sqrt(1, 2)", "takes 1 arguments", 0),
        ("2 $ 3", "'$' is not understood", 2),
        ("__import__(1)", "'__import__' is unknown", 0),
        ("a.b", "'.' is not understood", 1),
        ("1 if 2 else 3", "operator was expected", 2),
        ("(" * 60 + "1" + ")" * 60, "nested deeper", 50),
        ("2" + "**1" * 60, "nested deeper", 151),
        ("1+" * 2_000 + "1", "longer than", 2_000),
    ],
)
def test_errors_point_at_the_place(expression: str, message: str, at: int) -> None:
    with pytest.raises(ExpressionError) as caught:
        evaluate(expression)
    assert message in caught.value.message
    assert caught.value.at == at


async def test_the_model_is_told_in_one_short_line() -> None:
    with pytest.raises(ToolError) as caught:
        await call(calculator, expression="2 / 0")
    assert caught.value.message == "cannot work out '2 / 0': division by zero, at character 3"
    assert caught.value.kind is ToolErrorKind.INVALID_ARGUMENTS
    with pytest.raises(ToolError) as caught:
        await call(calculator, expression="1+" * 900 + "$")
    assert len(caught.value.message) < 200


async def test_a_number_for_an_expression() -> None:
    assert await call(calculator, expression=5) == 5


_NUMBERS = st.integers(0, 10_000).map(str) | st.decimals(0, 100, places=3).map(str)
_SUMS = st.recursive(
    _NUMBERS,
    lambda inner: st.tuples(inner, st.sampled_from(["+", "-", "*"]), inner).map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
    max_leaves=12,
)


@given(_SUMS)
def test_sums_are_exact(expression: str) -> None:
    # the oracle: Python's own fractions, each literal one
    oracle = eval(re.sub(r"[\d.]+", lambda m: f"Fraction('{m[0]}')", expression), {"Fraction": Fraction})  # noqa: S307
    assert evaluate(expression) == (oracle.numerator if oracle.denominator == 1 else float(oracle))


@given(st.text(alphabet="0123456789.+-*/%^()!, eE_sqrtminpowlg", max_size=60) | st.text(max_size=30))
def test_any_text_gives_a_finite_number_or_an_expression_error(text: str) -> None:
    try:
        value = evaluate(text)
    except ExpressionError as error:
        value = error.at
        assert value <= len(text)
    assert isinstance(value, int) or math.isfinite(value)


@given(
    st.sampled_from(sorted(FUNCTIONS)),
    st.lists(st.sampled_from(["0", "1", "-1", "2.5", "1e300", "1e-300", "450"]), max_size=4),
)
def test_functions_take_anything(name: str, arguments: list[str]) -> None:
    try:
        value = evaluate(f"{name}({', '.join(arguments)})")
    except ExpressionError:
        return
    assert isinstance(value, int) or math.isfinite(value)
