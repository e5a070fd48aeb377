"""Tools made from typed functions."""

from __future__ import annotations

import asyncio
import enum
import functools
import threading
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, Field

from harness.adapters.executors.threads import ThreadExecutor
from harness.adapters.tools.python import FunctionTool, as_tool, tool
from harness.domain.errors import InputError, ToolError
from harness.domain.failures import ToolErrorKind
from harness.domain.tools import ToolSpec
from harness.ports.tool import RunContext, Tool
from harness.testing.contracts.tool import ToolContract
from tests.adapters.tools.support import call, context

VARIABLE: ContextVar[str] = ContextVar("variable", default="unset")


class Colour(enum.Enum):
    RED = "red"
    GREEN = "green"


class Address(BaseModel):
    street: str
    title: str = ""


@dataclass
class Point:
    x: float
    y: float = 0.0


@tool
async def add(a: int, b: int = 1) -> int:
    """Add two numbers."""
    return a + b


@tool(name="shout", idempotent=True, side_effects=False, timeout_s=2.5)
def loud(text: str) -> str:
    """Writes large."""
    return text.upper()


class TestAsyncFunction(ToolContract):
    @pytest.fixture
    def tool(self) -> Tool:
        return add

    @pytest.fixture
    def arguments(self) -> dict[str, Any]:
        return {"a": 1, "b": 2}

    @pytest.fixture
    def bad_arguments(self) -> dict[str, Any]:
        return {"a": "one"}

    @pytest.fixture
    def context(self) -> RunContext:
        return context()


class TestPlainFunction(TestAsyncFunction):
    @pytest.fixture
    def tool(self) -> Tool:
        return loud

    @pytest.fixture
    def arguments(self) -> dict[str, Any]:
        return {"text": "hello"}

    @pytest.fixture
    def bad_arguments(self) -> dict[str, Any]:
        return {"words": "hello"}


async def test_a_tool_is_still_the_function() -> None:
    assert await add(2, b=3) == 5
    assert loud("a") == "A"
    assert add.__name__ == "add"
    assert add.__doc__ == "Add two numbers."


def test_the_spec_of_a_bare_function() -> None:
    assert add.spec == ToolSpec(
        name="add",
        description="Add two numbers.",
        parameters={
            "type": "object",
            "properties": {"a": {"type": "integer"}, "b": {"type": "integer", "default": 1}},
            "required": ["a"],
            "additionalProperties": False,
        },
        idempotent=False,
        side_effects=True,
        timeout_s=None,
    )


def test_options_are_in_the_spec() -> None:
    spec = loud.spec
    assert (spec.name, spec.idempotent, spec.side_effects, spec.timeout_s) == ("shout", True, False, 2.5)
    assert tool(name="x", description="Other words.")(lambda: 1).spec.description == "Other words."


async def test_defaults_and_coercion() -> None:
    assert await call(add, a="41") == 42
    assert await call(add, a=3.0, b=4) == 7
    assert await call(loud, text=12) == "12"  # a number where a text is wanted


async def test_every_kind_of_parameter() -> None:
    @tool
    async def many(
        colour: Colour,
        unit: Literal["km", "mi"],
        home: Address,
        where: Point,
        day: date,
        names: list[str] | None = None,
        count: Annotated[int, Field(ge=1, description="How many.")] = 1,
        size: int = Field(default=4, le=9),
        schema: str = "s",
        title: str = "t",
        copy: tuple[int, ...] = (),
    ) -> Any:
        """Many."""
        return colour, unit, home, where, day, names, count, size, schema, title, copy

    got = await call(
        many,
        colour="green",
        unit="km",
        home={"street": "High"},
        where={"x": 1},
        day="2024-02-29",
        names=["a"],
        copy=[1, 2],
    )
    assert got == (
        Colour.GREEN,
        "km",
        Address(street="High"),
        Point(1.0),
        date(2024, 2, 29),
        ["a"],
        1,
        4,
        "s",
        "t",
        (1, 2),
    )
    properties = many.spec.parameters["properties"]
    assert properties["unit"] == {"enum": ["km", "mi"], "type": "string"}
    assert properties["count"] == {"type": "integer", "minimum": 1, "description": "How many.", "default": 1}
    assert properties["size"] == {"type": "integer", "maximum": 9, "default": 4}
    assert properties["title"] == {"type": "string", "default": "t"}
    assert many.spec.parameters["$defs"]["Address"]["properties"]["title"] == {"type": "string", "default": ""}
    assert many.spec.parameters["required"] == ["colour", "unit", "home", "where", "day"]


async def test_types_of_the_place_where_the_tool_is_made() -> None:
    class Local(BaseModel):
        n: int

    @tool
    async def double(value: Local) -> int:
        """Doubles."""
        return value.n * 2

    assert await call(double, value={"n": 4}) == 8


async def test_the_context_is_filled_in_and_hidden() -> None:
    @tool
    async def who(name: str, ctx: RunContext | None = None) -> str:
        """Says who."""
        assert ctx is not None
        return f"{name} {ctx.conversation_id}"

    assert list(who.spec.parameters["properties"]) == ["name"]
    assert await call(who, name="ann") == "ann conversation"
    with pytest.raises(ToolError, match="ctx is no parameter"):
        await call(who, name="ann", ctx={})


async def test_positional_only_parameters() -> None:
    @tool
    def minus(a: int, b: int = 1, /, *, c: int = 0) -> int:
        return a - b - c

    assert await call(minus, a=5, b=2, c=1) == 2
    assert await call(minus, a=5) == 4


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "a is missing"),
        ({"a": "x"}, "a: input should be a valid integer"),
        ({"a": 1, "bb": 2}, "bb is no parameter (did you mean b?)"),
        ({"a": 1, "zzz": 2}, "zzz is no parameter (there are: a, b)"),
        ({"a": "9" * 5000}, "…)"),
        ({f"k{i}": 1 for i in range(50)}, "more"),
    ],
)
async def test_bad_arguments_are_told_in_one_short_line(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ToolError) as caught:
        await add.invoke(arguments, context())
    assert message in caught.value.message
    assert caught.value.kind is ToolErrorKind.INVALID_ARGUMENTS
    assert "\n" not in caught.value.message
    assert len(caught.value.message) < 600


async def test_a_validation_error_of_the_function_itself_is_its_failure() -> None:
    @tool
    async def inner() -> None:
        """Breaks."""
        Address.model_validate({})

    with pytest.raises(ValueError, match="validation error") as caught:
        await call(inner)
    assert not isinstance(caught.value, ToolError)


async def test_plain_functions_run_off_the_loop_with_its_context_variables() -> None:
    VARIABLE.set("carried")

    @tool
    def where() -> tuple[int, str]:
        return threading.get_ident(), VARIABLE.get()

    thread, value = await call(where)
    assert thread != threading.get_ident()
    assert value == "carried"


async def test_cancelling_a_blocked_function_is_heard_at_once() -> None:
    hold, begun = threading.Event(), threading.Event()

    @tool
    def block() -> None:
        begun.set()
        hold.wait()

    waiting = asyncio.ensure_future(call(block))
    await asyncio.to_thread(begun.wait)
    waiting.cancel()
    done, _ = await asyncio.wait([waiting], timeout=5)
    hold.set()
    assert done
    assert waiting.cancelled()


async def test_an_executor_of_ones_own() -> None:
    executor = ThreadExecutor(1)

    @tool(executor=executor)
    def thread() -> str:
        return threading.current_thread().name

    assert (await call(thread)).startswith("harness-executor")
    await executor.aclose()
    with pytest.raises(RuntimeError, match="closed"):
        await call(thread)


async def test_whatever_can_be_called() -> None:
    class Adder:
        """Adds to a base."""

        def __init__(self, base: int) -> None:
            self.base = base

        def plus(self, n: int) -> int:
            """Adds."""
            return self.base + n

        async def __call__(self, n: int) -> int:
            return self.base + n

    assert await call(tool(Adder(1).plus), n=2) == 3
    assert await call(tool(Adder(1)), n=2) == 3
    assert tool(Adder(1)).spec.name == "Adder"
    assert await call(tool(functools.partial(Adder(3).plus, n=4))) == 7
    assert await call(tool(name="late")(lambda: asyncio.sleep(0, 5))) == 5


def _star(*numbers: int) -> None: ...
def _stars(**numbers: int) -> None: ...
def _unknown(a: Nowhere) -> None: ...  # type: ignore[name-defined]  # noqa: F821
def _unsayable(a: threading.Lock) -> None: ...  # type: ignore[valid-type]
def _generator() -> Any:
    yield 1


async def _stream() -> Any:
    yield 1


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: tool(_star), "*numbers cannot be told"),
        (lambda: tool(_stars), "**numbers cannot be told"),
        (lambda: tool(_unknown), "Nowhere"),
        (lambda: tool(_unsayable), "cannot be told to a model"),
        (lambda: tool(_generator), "generator"),
        (lambda: tool(_stream), "generator"),
        (lambda: tool(lambda: 1), "is no name for a tool"),
        (lambda: tool(name="a b")(_star), "is no name for a tool"),
        (lambda: tool(timeout_s=0)(loud), "above 0"),
        (lambda: tool(FunctionTool.invoke), "method without its object"),
        (lambda: tool(5), "not from a int"),  # type: ignore[call-overload]
        (lambda: as_tool(5), "5 is no tool"),  # type: ignore[arg-type]
        (lambda: as_tool(int), "is no tool"),
    ],
)
def test_what_no_model_can_be_told_is_refused(make: Any, message: str) -> None:
    with pytest.raises(InputError) as caught:
        make()
    assert message in str(caught.value)


def test_as_tool_takes_tools_and_functions() -> None:
    class Own:
        spec = ToolSpec("own")

        async def invoke(self, arguments: Any, context: RunContext) -> Any:
            return 1

    own = Own()
    assert as_tool(own) is own
    assert as_tool(add) is add

    def plain(a: int) -> int:
        return a

    assert as_tool(plain).spec.name == "plain"


async def test_no_docstring_and_no_types_will_do() -> None:
    def anything(a, b=2):  # type: ignore[no-untyped-def]
        return [a, b]

    made = as_tool(anything)
    assert made.spec.description == ""
    assert made.spec.parameters["properties"] == {"a": {}, "b": {"default": 2}}
    assert await call(made, a={"x": 1}) == [{"x": 1}, 2]
