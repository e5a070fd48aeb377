"""Tools made from typed Python functions."""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Callable, Mapping
from typing import Any, Generic, ParamSpec, TypeVar, overload

from pydantic import ValidationError

from harness.adapters.threads import shared_threads
from harness.adapters.tools.schema import explain, read_parameters
from harness.domain.errors import InputError
from harness.domain.tools import ToolSpec
from harness.ports.executor import Executor
from harness.ports.tool import RunContext, Tool

P = ParamSpec("P")
R = TypeVar("R")

_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")


class FunctionTool(Generic[P, R]):
    """A typed function as a `Tool`; called directly, it is still that function. Made by `tool`."""

    def __init__(
        self,
        function: Callable[P, R],
        *,
        name: str | None = None,
        description: str | None = None,
        idempotent: bool = False,
        side_effects: bool = True,
        timeout_s: float | None = None,
        executor: Executor | None = None,
    ) -> None:
        if not callable(function):
            raise InputError(f"a tool is made from a function, not from a {type(function).__name__}")
        name = name or _name_of(function)
        if not _NAME.fullmatch(name):
            raise InputError(
                f"{name!r} is no name for a tool: letters, digits, _ and -, at most 64",
                remedy="give one: @tool(name='…')",
            )
        if timeout_s is not None and not timeout_s > 0:
            raise InputError(f"tool {name!r}: timeout_s is {timeout_s!r}; it must be above 0")
        called = function if inspect.isroutine(function) else _called(function)
        if inspect.isgeneratorfunction(called) or inspect.isasyncgenfunction(called):
            raise InputError(f"tool {name!r} is a generator", remedy="return the whole result, such as a list")
        parameters = read_parameters(function, name)
        self._function = function
        self._parameters = parameters
        self._validate = parameters.validate
        self._context = parameters.context
        self._on_loop = inspect.iscoroutinefunction(called)
        self._run: Callable[..., Any] = shared_threads.run if executor is None else executor.run
        self._spec = ToolSpec(
            name=name,
            description=parameters.description if description is None else description,
            parameters=parameters.schema,
            idempotent=idempotent,
            side_effects=side_effects,
            timeout_s=timeout_s,
        )
        functools.update_wrapper(self, function, updated=())

    @property
    def spec(self) -> ToolSpec:
        """What the model is told of it."""
        return self._spec

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Calls the function itself: no validation, no thread."""
        return self._function(*args, **kwargs)

    async def invoke(self, arguments: Mapping[str, Any], context: RunContext) -> Any:
        """Checks the arguments and calls the function; a plain one in a thread, with the caller's context variables.

        Cancelling the waiter of a plain function drops its outcome; Python cannot stop the thread.

        Raises:
            ToolError: the arguments do not fit.
            Exception: what the function raises.
        """
        try:
            values = self._validate(arguments)
        except ValidationError as error:
            raise explain(error, self._spec.name, self._spec.parameters) from None
        if self._context is not None:
            values[self._context] = context
        if self._parameters.positional:
            return await self._invoke_by_place(values)
        if self._on_loop:
            return await self._function(**values)  # type: ignore[misc, call-arg]
        return await _settled(await self._run(self._function, **values))

    async def _invoke_by_place(self, values: dict[str, Any]) -> Any:
        """Functions with `/` in their signature; one left out ends those that can be passed by place."""
        places: list[Any] = []
        for name in self._parameters.positional:
            if name not in values:
                break
            places.append(values.pop(name))
        if self._on_loop:
            return await self._function(*places, **values)  # type: ignore[misc]
        return await _settled(await self._run(self._function, *places, **values))

    def __repr__(self) -> str:
        return f"<tool {self._spec.name}>"


@overload
def tool(function: Callable[P, R], /) -> FunctionTool[P, R]: ...


@overload
def tool(
    *,
    name: str | None = None,
    description: str | None = None,
    idempotent: bool = False,
    side_effects: bool = True,
    timeout_s: float | None = None,
    executor: Executor | None = None,
) -> Callable[[Callable[P, R]], FunctionTool[P, R]]: ...


def tool(function: Callable[..., Any] | None = None, /, **options: Any) -> Any:
    """Makes a tool from a typed function, plain or async; bare (`@tool`) or with options (`@tool(name="add")`).

    The signature says what the model may send (defaults, `Annotated`, pydantic `Field`, `Literal`, `Enum`, dataclasses
    and models work), the docstring what it is told: its first paragraphs, and the parameters' descriptions in Google,
    NumPy or reST style. A parameter of type `RunContext` is filled in by the run and hidden from the model. Arguments
    are checked before the function sees them. Plain functions run in a thread, so that they may block.

    Args:
        function: the function.
        name: what the model calls it; None takes the function's name.
        description: what the model is told; None takes it from the docstring.
        idempotent: running it twice does what running it once does.
        side_effects: it changes something outside the run.
        timeout_s: seconds it may take; None leaves it to the policy.
        executor: where a plain function runs; None means in threads of this process.

    Raises:
        InputError: a model cannot be told of the function, such as one with `*args`.
    """
    if function is None:
        return functools.partial(FunctionTool, **options)
    return FunctionTool(function, **options)


def as_tool(thing: Tool | Callable[..., Any]) -> Tool:
    """Returns a `Tool` as it is, and a plain function as a tool made from it.

    Raises:
        InputError: it is neither.
    """
    if isinstance(thing, FunctionTool | Tool):
        return thing
    if not callable(thing) or isinstance(thing, type):
        raise InputError(
            f"{thing!r} is no tool", remedy="pass a @tool function, a typed function, or an object with spec and invoke"
        )
    return FunctionTool(thing)


def _called(function: Callable[..., Any]) -> Any:
    while isinstance(function, functools.partial):
        function = function.func
    return function if inspect.isroutine(function) else type(function).__call__


def _name_of(function: Callable[..., Any]) -> str:
    while isinstance(function, functools.partial):
        function = function.func
    return getattr(function, "__name__", None) or type(function).__name__


async def _settled(result: Any) -> Any:
    """Awaits what a plain function handed back unawaited, such as a lambda around an async function."""
    return await result if inspect.isawaitable(result) else result
