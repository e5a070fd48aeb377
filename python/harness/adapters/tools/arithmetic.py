"""Arithmetic in plain text, worked out by a small parser of our own: nothing is ever evaluated as code."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import NamedTuple, TypeAlias

from harness.domain.errors import InputError

Number: TypeAlias = int | Fraction | float

MAX_EXPRESSION = 2_000
"""Longest expression, in characters."""
MAX_DEPTH = 50
"""Deepest nesting of parentheses and powers."""
MAX_DIGITS = 1_000
"""Most digits of an exact number on the way; floats end near 1e308."""

_MAX_BITS = int(MAX_DIGITS * math.log2(10))
_SAME = str.maketrans({"×": "*", "·": "*", "÷": "/", "∕": "/", "−": "-", "–": "-", "²": "^2", "³": "^3", "π": "pi"})
_TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:\d[\d_]*(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)|(?P<name>[A-Za-z_]\w*)|(?P<mark>\*\*|//|[-+*/%^()!,]))"
)


class Token(NamedTuple):
    """A piece of an expression: its kind, its text, and where it begins, from 0."""

    kind: str
    text: str
    at: int


class ExpressionError(InputError):
    """An expression that cannot be worked out. `at` is where, in characters from 0."""

    def __init__(self, message: str, at: int) -> None:
        super().__init__(message)
        self.at = at


def evaluate(expression: str) -> int | float:
    """Returns the value of `expression`.

    Integers and decimals are worked with exactly, as fractions, so that `0.1 + 0.2` is 0.3 and `1/3*3` is 1; roots,
    logarithms and the like are floats. Knows + - * / // % ** (or ^) ! parentheses, `50%` at the end of an operand,
    the constants pi, e and tau, and the functions of `FUNCTIONS`. Time is bounded: length, depth and digits are.

    Raises:
        ExpressionError: with the position.
    """
    if len(expression) > MAX_EXPRESSION:
        raise ExpressionError(f"the expression is longer than {MAX_EXPRESSION} characters", MAX_EXPRESSION)
    parser = _Parser(tokens(expression))
    value = parser.sum(0)
    parser.expect_end()
    return plain(value, 0)


def tokens(expression: str) -> list[Token]:
    """Returns the tokens of `expression`, the last of kind `end`. Raises `ExpressionError`."""
    found: list[Token] = []
    at = 0
    text = expression.rstrip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            sign = text[at:].lstrip()
            where = len(text) - len(sign)
            same = sign[0].translate(_SAME)
            if same == sign[0]:
                raise ExpressionError(f"{sign[0]!r} is not understood", where)
            found.extend(Token(each.kind, each.text, where) for each in tokens(same)[:-1])
            at = where + 1
            continue
        kind = match.lastgroup or ""
        found.append(Token(kind, match[kind], match.start(kind)))
        at = match.end()
    found.append(Token("end", "", len(text)))
    return found


def plain(value: Number, at: int) -> int | float:
    """Returns a number that JSON holds: an integer where it is one, else the nearest float."""
    if isinstance(value, Fraction):
        if value.denominator == 1:
            return value.numerator
        try:
            return float(value)
        except OverflowError:
            raise ExpressionError("the result is too large for a decimal number", at) from None
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    return value


class _Parser:
    """Recursive descent; each rule returns its value. `depth` counts the nesting."""

    def __init__(self, found: Sequence[Token]) -> None:
        self._tokens = found
        self._next = 0

    def sum(self, depth: int) -> Number:
        value = self._product(depth)
        while (token := self._take("+", "-")) is not None:
            right = self._product(depth)
            value = _checked(_OPERATORS[token.text], (value, right), token)
        return value

    def expect_end(self) -> None:
        token = self._tokens[self._next]
        if token.kind != "end":
            what = "a ) without its (" if token.text == ")" else f"an operator was expected before {token.text!r}"
            raise ExpressionError(what, token.at)

    def _product(self, depth: int) -> Number:
        value = self._signed(depth)
        while (token := self._take("*", "/", "//", "%")) is not None:
            right = self._signed(depth)
            if token.text != "*" and right == 0:
                raise ExpressionError("division by zero", token.at)
            value = _checked(_OPERATORS[token.text], (value, right), token)
        return value

    def _signed(self, depth: int) -> Number:
        minus = False
        while (token := self._take("+", "-")) is not None:
            minus ^= token.text == "-"
        value = self._power(depth)
        return -value if minus else value

    def _power(self, depth: int) -> Number:
        base = self._postfix(depth)
        token = self._take("**", "^")
        if token is None:
            return base
        self._deeper(depth, token)
        return _power(base, self._signed(depth + 1), token)

    def _postfix(self, depth: int) -> Number:
        value = self._atom(depth)
        while True:
            token = self._tokens[self._next]
            if token.text == "!":
                self._next += 1
                value = _apply("factorial", [value], token)
            elif token.text == "%" and self._is_percent():
                self._next += 1
                value = _checked(lambda a, b: a / b, (value, Fraction(100)), token)
            else:
                return value

    def _is_percent(self) -> bool:
        """Whether the `%` here ends an operand (`50%`, `50% * 4`), instead of dividing by the next one."""
        after = self._tokens[self._next + 1]
        return after.kind == "end" or after.text in (")", ",", "*", "/", "//", "!", "**", "^")

    def _atom(self, depth: int) -> Number:
        token = self._tokens[self._next]
        self._next += 1
        if token.kind == "number":
            return _literal(token)
        if token.kind == "name":
            return self._named(token, depth)
        if token.text == "(":
            self._deeper(depth, token)
            value = self.sum(depth + 1)
            if self._take(")") is None:
                raise ExpressionError("this ( is never closed", token.at)
            return value
        self._next -= 1
        if token.kind == "end":
            raise ExpressionError(
                "a number was expected at the end" if token.at else "the expression is empty", token.at
            )
        raise ExpressionError(f"a number was expected before {token.text!r}", token.at)

    def _named(self, token: Token, depth: int) -> Number:
        name = token.text.lower()
        if name in CONSTANTS:
            return CONSTANTS[name]
        if name not in FUNCTIONS:
            raise ExpressionError(
                f"{token.text!r} is unknown; there are {', '.join(sorted(FUNCTIONS))}, pi, e, tau", token.at
            )
        if self._take("(") is None:
            raise ExpressionError(f"{name} needs its arguments in parentheses", token.at)
        self._deeper(depth, token)
        arguments: list[Number] = []
        while self._take(")") is None:
            if arguments and self._take(",") is None:
                raise ExpressionError(f"the ( of {name} is never closed", token.at)
            arguments.append(self.sum(depth + 1))
        return _apply(name, arguments, token)

    def _take(self, *texts: str) -> Token | None:
        token = self._tokens[self._next]
        if token.kind != "mark" or token.text not in texts:
            return None
        self._next += 1
        return token

    def _deeper(self, depth: int, token: Token) -> None:
        if depth >= MAX_DEPTH:
            raise ExpressionError(f"nested deeper than {MAX_DEPTH}", token.at)


def _literal(token: Token) -> Number:
    text = token.text.replace("_", "")
    mantissa, _, exponent = text.lower().partition("e")
    if len(mantissa) > MAX_DIGITS or len(exponent) > 4 or (exponent and abs(int(exponent)) > MAX_DIGITS):
        raise ExpressionError(f"a number of more than {MAX_DIGITS} digits", token.at)
    return _bounded(Fraction(text), token)


def _bounded(value: Number, token: Token) -> Number:
    """Holds exact numbers to their digits, and makes integers of fractions that are whole."""
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ExpressionError("the result is not a finite number", token.at)
        return value
    if isinstance(value, Fraction):
        if value.denominator == 1:
            value = value.numerator
        elif value.denominator.bit_length() > _MAX_BITS:
            value = float(value)  # so small a part that a float holds what anyone can use of it
    whole = value.numerator if isinstance(value, Fraction) else value
    if isinstance(whole, int) and whole.bit_length() > _MAX_BITS:
        raise ExpressionError(f"the result has more than {MAX_DIGITS} digits", token.at)
    return value


def _checked(operation: Callable[..., Number], values: Sequence[Number], token: Token) -> Number:
    """Applies `operation`, its mathematical failures told by position. Fractions and floats together are floats."""
    try:
        return _bounded(operation(*values), token)
    except ZeroDivisionError:
        raise ExpressionError("division by zero", token.at) from None
    except OverflowError:
        raise ExpressionError("the result is too large", token.at) from None
    except (ValueError, TypeError) as error:
        raise ExpressionError(f"{token.text} is not defined here: {error}", token.at) from None


def _power(base: Number, exponent: Number, token: Token) -> Number:
    if base == 0 and exponent < 0:
        raise ExpressionError("division by zero: 0 to a negative power", token.at)
    if isinstance(exponent, int) and not isinstance(base, float):
        size = max(abs(base.numerator), base.denominator)
        # digits are checked before the work is done: 9**9**9 would have 369 million
        if size > 1 and (size.bit_length() - 1) * abs(exponent) > _MAX_BITS:
            raise ExpressionError(f"the result has more than {MAX_DIGITS} digits", token.at)
        return _checked(lambda a, b: a**b, (Fraction(base), exponent), token)
    if base < 0 and not float(exponent).is_integer():
        raise ExpressionError("a negative number to a fractional power is not real", token.at)
    root = _exact_root(base, exponent)
    return root if root is not None else _checked(lambda a, b: float(a) ** float(b), (base, exponent), token)


def _exact_root(base: Number, exponent: Number) -> Number | None:
    """`x ** (1/2)` where x is the square of an integer."""
    if exponent == Fraction(1, 2) and isinstance(base, int) and base >= 0 and math.isqrt(base) ** 2 == base:
        return math.isqrt(base)
    return None


def _floor_divide(left: Number, right: Number) -> Number:
    return math.floor(left / right) if isinstance(left, float) or isinstance(right, float) else left // right


def _divide(left: Number, right: Number) -> Number:
    return left / right if isinstance(left, float) or isinstance(right, float) else Fraction(left) / Fraction(right)


_OPERATORS: dict[str, Callable[[Number, Number], Number]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": _divide,
    "//": _floor_divide,
    "%": lambda a, b: a % b,
}


def _sqrt(value: Number) -> Number:
    if value < 0:
        raise ValueError("the square root of a negative number is not real")
    if isinstance(value, float):
        return math.sqrt(value)
    whole = Fraction(value)
    up, down = math.isqrt(whole.numerator), math.isqrt(whole.denominator)
    exact = up * up == whole.numerator and down * down == whole.denominator
    return Fraction(up, down) if exact else math.sqrt(value)


def _cbrt(value: Number) -> Number:
    near = round(math.cbrt(value))
    return near if near**3 == value else math.cbrt(value)


def _integers(values: Sequence[Number]) -> list[int]:
    if any(value != int(value) for value in values):
        raise ValueError("it takes whole numbers")
    return [int(value) for value in values]


def _factorial(value: Number) -> Number:
    (number,) = _integers([value])
    if not 0 <= number <= 449:  # 449! is the last of 1,000 digits
        raise ValueError("it takes whole numbers from 0 to 449")
    return math.factorial(number)


def _round(value: Number, digits: Number = 0) -> Number:
    (places,) = _integers([digits])
    if abs(places) > MAX_DIGITS:
        raise ValueError(f"at most {MAX_DIGITS} digits")
    half = Fraction(1, 2) if value >= 0 else Fraction(-1, 2)
    return (
        Fraction(int(Fraction(value) * Fraction(10) ** places + half)) / Fraction(10) ** places
    )  # 2.5 is 3, as at school


def _log(value: Number, base: Number | None = None) -> Number:
    if base is None:
        return math.log(value)
    found = math.log(value, base)
    near = round(found)
    return near if abs(near) < 4096 and float(base) ** near == float(value) else found


def _mean(*values: Number) -> Number:
    return _divide(sum(values), len(values))


CONSTANTS: dict[str, float] = {"pi": math.pi, "e": math.e, "tau": math.tau}
"""Names of numbers."""

FUNCTIONS: dict[str, tuple[Callable[..., Number], int, int]] = {
    "abs": (abs, 1, 1),
    "acos": (math.acos, 1, 1),
    "asin": (math.asin, 1, 1),
    "atan": (math.atan, 1, 1),
    "atan2": (math.atan2, 2, 2),
    "cbrt": (_cbrt, 1, 1),
    "ceil": (math.ceil, 1, 1),
    "cos": (math.cos, 1, 1),
    "degrees": (math.degrees, 1, 1),
    "exp": (math.exp, 1, 1),
    "factorial": (_factorial, 1, 1),
    "floor": (math.floor, 1, 1),
    "gcd": (lambda *values: math.gcd(*_integers(values)), 1, 100),
    "hypot": (math.hypot, 1, 100),
    "lcm": (lambda *values: math.lcm(*_integers(values)), 1, 100),
    "ln": (math.log, 1, 1),
    "log": (_log, 1, 2),
    "log10": (lambda value: _log(value, 10), 1, 1),
    "log2": (lambda value: _log(value, 2), 1, 1),
    "max": (max, 1, 100),
    "mean": (_mean, 1, 100),
    "min": (min, 1, 100),
    "pow": (pow, 2, 2),
    "radians": (math.radians, 1, 1),
    "round": (_round, 1, 2),
    "sin": (math.sin, 1, 1),
    "sqrt": (_sqrt, 1, 1),
    "sum": (lambda *values: sum(values), 1, 100),
    "tan": (math.tan, 1, 1),
    "trunc": (math.trunc, 1, 1),
}
"""Functions by name, each with the least and the most arguments it takes. `log` without a base is the natural one."""


def _apply(name: str, arguments: Sequence[Number], token: Token) -> Number:
    function, least, most = FUNCTIONS[name]
    if not least <= len(arguments) <= most:
        wants = str(least) if least == most else f"{least} to {most}"
        raise ExpressionError(f"{name} takes {wants} arguments, and got {len(arguments)}", token.at)
    if name == "pow":
        return _power(arguments[0], arguments[1], token)
    return _checked(function, arguments, token)
