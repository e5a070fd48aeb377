"""Runs the tool calls of one turn side by side and hands over each result as it lands."""

from __future__ import annotations

import asyncio
import contextlib
import difflib
import functools
from collections import deque
from collections.abc import Mapping
from contextvars import copy_context
from typing import Any

from harness.domain.errors import HarnessError, ToolError
from harness.domain.failures import ToolErrorKind
from harness.domain.policies import Policy
from harness.domain.tools import ToolCall, ToolResult
from harness.engine.tools.content import to_content
from harness.engine.tools.deadlines import Deadlines
from harness.engine.tools.scope import RunScope, current_scope
from harness.ports.clock import Clock
from harness.ports.conversations import ConversationStore
from harness.ports.tool import RunContext, Tool

_GRACE_S = 2.0
"""How long a cancelled tool is waited for before it is left behind; one that obeys takes no time at all."""


class _Limit:
    """Cancels the current task when its time is up."""

    __slots__ = ("_task", "reached")

    def __init__(self) -> None:
        self.reached = False
        self._task = asyncio.current_task()

    def __call__(self) -> None:
        self.reached = True
        if self._task is not None:
            self._task.cancel()


class ToolRunner:
    """Runs calls under one policy, for one run. Whoever starts calls closes the runner.

    Args:
        tools: every tool that may be called, by name.
        policy: how many side by side, and for how long each.
        scope: the run; the tools draw on its envelope.
        store: handed to the tools for their artifacts.
        clock: times the calls.
        deadlines: hold the calls to their time.
    """

    __slots__ = (
        "_clock",
        "_closing",
        "_deadlines",
        "_landed",
        "_policy",
        "_scope",
        "_store",
        "_tools",
        "_waiter",
        "_working",
    )  # fmt: skip

    def __init__(
        self,
        tools: Mapping[str, Tool],
        policy: Policy,
        scope: RunScope,
        store: ConversationStore,
        clock: Clock,
        deadlines: Deadlines,
    ) -> None:
        self._tools = tools
        self._policy = policy
        self._scope = scope
        self._store = store
        self._clock = clock
        self._deadlines = deadlines
        self._closing = False
        self._working: dict[int, asyncio.Task[ToolResult]] = {}
        self._landed: deque[tuple[int, ToolResult | None]] = deque()
        self._waiter: asyncio.Future[None] | None = None

    @property
    def busy(self) -> bool:
        """Whether a call is at work, or has landed and was not handed over."""
        return bool(self._working)

    @property
    def full(self) -> bool:
        """Whether as many calls are at work as the policy allows."""
        return len(self._working) >= self._policy.max_parallel_tools

    def start(self, index: int, call: ToolCall) -> None:
        """Sets a call to work; its result will come from `next_landed` with `index`."""
        context = copy_context()
        context.run(current_scope.set, self._scope)
        task = self._deadlines.loop.create_task(self._work(index, call), name=call.id, context=context)
        self._working[index] = task
        task.add_done_callback(functools.partial(self._on_done, index))

    async def next_landed(self) -> tuple[int, ToolResult]:
        """Waits for a call to end and returns its index and result, each once, in the order of landing."""
        while not self._landed:
            self._waiter = self._deadlines.loop.create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None
        index, result = self._landed.popleft()
        task = self._working.pop(index)
        return index, task.result() if result is None else result

    async def aclose(self) -> None:
        """Cancels what is at work and waits for it, through any further cancelling of the waiter."""
        if self._working:
            await self._reap()

    async def _work(self, index: int, call: ToolCall) -> ToolResult:
        result = await self._invoke(call)
        # Said here and not by the task's callback, which comes a turn of the event loop later.
        self._land(index, result)
        return result

    def _on_done(self, index: int, task: asyncio.Task[ToolResult]) -> None:
        if task.cancelled() or task.exception() is not None:  # cancelled from outside before it began, say
            self._land(index, None)

    def _land(self, index: int, result: ToolResult | None) -> None:
        self._landed.append((index, result))
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def refusal(self, call: ToolCall) -> ToolResult | None:
        """Returns the error result of a call that cannot be made, or None."""
        allowed = self._policy.allowed_tools
        if call.name not in self._tools:
            known = [name for name in self._tools if allowed is None or name in allowed]
            near = difflib.get_close_matches(call.name, known, n=3, cutoff=0.4)
            hint = (
                f"; did you mean {' or '.join(near)}?" if near else f"; there are: {', '.join(sorted(known)) or 'none'}"
            )
            return _failure(call, ToolErrorKind.UNKNOWN_TOOL, f"there is no tool {call.name!r}{hint}")
        if allowed is not None and call.name not in allowed:
            return _failure(call, ToolErrorKind.NOT_ALLOWED, f"the tool {call.name!r} may not be called in this run")
        if call.parse_error is not None:
            return _failure(call, ToolErrorKind.INVALID_ARGUMENTS, call.parse_error)
        return None

    async def _invoke(self, call: ToolCall) -> ToolResult:
        """Runs one call; whatever the tool does, what comes out is a result. Only our own cancelling passes through."""
        tool = self._tools[call.name]
        scope = self._scope
        timeout_s = tool.spec.timeout_s or self._policy.tool_timeout_s
        left = scope.envelope.remaining_s(self._clock.monotonic())
        if left is not None and left < timeout_s:
            timeout_s = left
        context = RunContext(
            scope.run_id,
            call.id,
            scope.conversation_id or scope.run_id,
            self._store,
            scope.envelope,
            f"{scope.run_id}:{call.id}",
        )
        began = self._clock.monotonic()
        limit = _Limit()
        deadline = self._deadlines.set(timeout_s, limit)
        try:
            value = await tool.invoke(call.arguments, context)
            content = to_content(value)
        except asyncio.CancelledError:
            if self._closing:
                raise
            if not limit.reached:
                return _failure(call, ToolErrorKind.CANCELLED, "the tool was cancelled", self._since(began))
        except ToolError as error:
            return _failure(call, error.kind, str(error), self._since(began))
        except (Exception, SystemExit) as error:  # noqa: BLE001 - a tool may raise anything; the model is told
            if not limit.reached:
                return _failure(call, ToolErrorKind.FAILED, _describe(error), self._since(began))
        finally:
            deadline.drop()
        if limit.reached:
            text = f"the tool took longer than {timeout_s:g} s and was stopped"
            return _failure(call, ToolErrorKind.TIMEOUT, text, self._since(began))
        return ToolResult(call.id, call.name, content, value, None, None, self._since(began))

    def _since(self, began: float) -> float:
        return (self._clock.monotonic() - began) * 1000.0

    async def _reap(self) -> None:
        self._closing = True
        tasks = set(self._working.values())
        for task in tasks:
            task.cancel()
        deadline = self._clock.monotonic() + _GRACE_S
        cancelled: asyncio.CancelledError | None = None
        while tasks and (left := deadline - self._clock.monotonic()) > 0:
            try:
                _, tasks = await asyncio.wait(tasks, timeout=left)
            except asyncio.CancelledError as error:
                cancelled = error
        for task in self._working.values():
            if task in tasks:  # it swallows cancelling; its end is of no interest to anybody
                task.add_done_callback(_forget)
            else:
                _forget(task)
        if cancelled is not None:
            raise cancelled


def _forget(task: asyncio.Task[Any]) -> None:
    """Reads the task's outcome, so that nobody is warned that it was never read."""
    with contextlib.suppress(asyncio.CancelledError):
        task.exception()


def _describe(error: BaseException) -> str:
    if isinstance(error, HarnessError):
        return str(error)
    text = str(error)
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _failure(call: ToolCall, kind: ToolErrorKind, text: str, duration_ms: float = 0.0) -> ToolResult:
    return ToolResult(call.id, call.name, f"Error: {text}", None, text, kind, duration_ms)
