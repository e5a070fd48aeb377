"""The front door: runs prompts on the parts it was given."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from types import TracebackType
from typing import Protocol, Self

from harness.domain.completions import Options
from harness.domain.context import ContextPolicy, Snippet
from harness.domain.envelope import Envelope
from harness.domain.errors import HarnessError, InputError
from harness.domain.ids import new_run_id
from harness.domain.messages import ImagePart
from harness.domain.policies import Policy
from harness.domain.runs import RunResult
from harness.engine.context.memory import Memory
from harness.engine.run.emitter import Emitter
from harness.engine.run.locks import ConversationLocks
from harness.engine.run.loop import RunSetup
from harness.engine.run.run import Run
from harness.engine.run.stream import EventStream
from harness.engine.tools.deadlines import Deadlines
from harness.engine.tools.offer import Offer
from harness.engine.tools.scope import RunScope, current_scope
from harness.ports.clock import Clock, SystemClock
from harness.ports.conversations import ConversationStore
from harness.ports.embedder import Embedder
from harness.ports.provider import Provider
from harness.ports.runs import RunStore
from harness.ports.sinks import EventSink
from harness.ports.tokenizer import Tokenizer
from harness.ports.tool import Tool

_MAX_OFFERS = 64
"""Choices of tools that are kept prepared; a run has one."""


class Closeable(Protocol):
    """A part that holds something."""

    async def aclose(self) -> None:
        """Frees it."""
        ...


class Runtime:
    """Runs prompts. The parts are its own from here on: `aclose` closes them.

    Args:
        provider: who answers, with its layers (`engine.call.stack`) around it.
        store: where conversations are kept.
        tools: what the model may call; names are unique.
        run_store: where the events of runs are kept; None keeps none.
        sinks: who listens to the events.
        policy: what a run may do, unless it is told otherwise.
        options: how the model is to answer, unless it is told otherwise.
        system: the system prompt.
        clock: tells the time.
        context: what of a long conversation the model is shown; None shows all of it.
        tokenizer: counts for `context`; None is `harness.tokens.Tokenizer()`.
        summarizer: writes the summaries that `context` asks for; None is `provider`.
        embedder: tells what is like what, where `context` asks for that.

    Runs on one conversation are serialised: within a process they wait for one another, first come, first served; a
    run that finds that another process has appended to the conversation meanwhile fails with `ConversationConflict`,
    and its turn is not saved. Runs are never interleaved.
    """

    def __init__(
        self,
        *,
        provider: Provider,
        store: ConversationStore,
        tools: Iterable[Tool] = (),
        run_store: RunStore | None = None,
        sinks: Sequence[EventSink] = (),
        policy: Policy | None = None,
        options: Options | None = None,
        system: str | None = None,
        clock: Clock | None = None,
        context: ContextPolicy | None = None,
        tokenizer: Tokenizer | None = None,
        summarizer: Provider | None = None,
        embedder: Embedder | None = None,
    ) -> None:
        self._provider = provider
        self._store = store
        self._tools = _by_name(tools)
        self._run_store = run_store
        self._sinks = tuple(sinks)
        self._policy = policy or Policy()
        self._options = options or Options()
        self._system = system
        self._clock: Clock = clock or SystemClock()
        if context is not None and "semantic" in context.strategies and embedder is None:
            raise InputError("context.strategy has semantic, and there is no embedder", remedy="give an embedder")
        self._summarizer = summarizer
        self._embedder = embedder
        self._memory = (
            None
            if context is None
            else Memory(context, _counting(tokenizer), store, self._clock, summarizer or provider, embedder)
        )
        self._offers: dict[tuple[str, ...] | None, Offer] = {}
        self._locks = ConversationLocks()
        self._deadlines: Deadlines | None = None
        self._closed = False

    @property
    def store(self) -> ConversationStore:
        """Where conversations are kept."""
        return self._store

    @property
    def tools(self) -> tuple[Tool, ...]:
        """What the model may call."""
        return tuple(self._tools.values())

    async def run(
        self,
        text: str,
        *,
        conversation_id: str | None = None,
        policy: Policy | None = None,
        options: Options | None = None,
        images: Sequence[ImagePart] = (),
        pinned: bool = False,
        snippets: Sequence[Snippet] = (),
    ) -> RunResult:
        """Runs a prompt and returns what came of it: the same work that `stream` shows, watched by nobody.

        Args:
            text: what the user says.
            conversation_id: the conversation to continue and save in; None saves nothing.
            policy: overrides the harness's.
            options: overrides the harness's.
            images: shown with the text.
            pinned: the model is shown this text in every later turn of the conversation, however long it becomes.
            snippets: knowledge that may help, shown right before the text and not saved; with `context`, as much of it
                as `snippet_tokens` lets in.

        Raises:
            InputError: the text is empty, too long or not text.
            HarnessError: what ended the run.
        """
        return await self._start(text, conversation_id, policy, options, images, pinned, snippets, watched=False).work()

    def stream(
        self,
        text: str,
        *,
        conversation_id: str | None = None,
        policy: Policy | None = None,
        options: Options | None = None,
        images: Sequence[ImagePart] = (),
        pinned: bool = False,
        snippets: Sequence[Snippet] = (),
    ) -> EventStream:
        """Runs a prompt and yields its events as they happen. Arguments and errors are those of `run`.

        Closing the iterator cancels the run; leaving `async for` early leaves that to the event loop, so close it
        (`contextlib.aclosing`) where the moment matters.
        """
        return EventStream(self._start(text, conversation_id, policy, options, images, pinned, snippets, watched=True))

    def _start(
        self,
        text: str,
        conversation_id: str | None,
        policy: Policy | None,
        options: Options | None,
        images: Sequence[ImagePart],
        pinned: bool,
        snippets: Sequence[Snippet],
        *,
        watched: bool,
    ) -> Run:
        if self._closed:
            raise HarnessError("this harness is closed", remedy="make a new one")
        policy = policy or self._policy
        options = options or self._options
        _check_text(text, policy)
        parent = current_scope.get()
        if parent is not None:
            parent.admit(conversation_id)
        run_id = new_run_id()
        scope = RunScope(run_id, conversation_id, self._envelope(policy, parent), policy, parent)
        setup = RunSetup(
            text,
            tuple(images),
            self._provider,
            self._store,
            self._tools,
            self._offer(policy),
            policy,
            options,
            self._system,
            self._clock,
            scope,
            self._locks,
            watched,
            self._running_deadlines(),
            self._memory,
            pinned,
            tuple(snippets),
        )
        return Run(setup, Emitter(run_id, self._clock, self._sinks, self._run_store, watched=watched))

    def _offer(self, policy: Policy) -> Offer:
        allowed = None if policy.allowed_tools is None else tuple(policy.allowed_tools)
        offer = self._offers.get(allowed)
        if offer is None:
            if len(self._offers) >= _MAX_OFFERS:
                self._offers.clear()
            specs = [tool.spec for name, tool in self._tools.items() if allowed is None or name in allowed]
            offer = self._offers[allowed] = Offer(tuple(specs))
        return offer

    def _running_deadlines(self) -> Deadlines:
        """The deadlines of the loop that runs now; a harness may be used from one loop after another."""
        loop = asyncio.get_running_loop()
        if self._deadlines is None or self._deadlines.loop is not loop:
            self._deadlines = Deadlines(loop)
        return self._deadlines

    def _envelope(self, policy: Policy, parent: RunScope | None) -> Envelope:
        timeout_s = policy.run_timeout_s
        return Envelope(
            deadline=None if timeout_s is None else self._clock.monotonic() + timeout_s,
            max_input_tokens=policy.max_input_tokens,
            max_output_tokens=policy.max_output_tokens,
            max_cost_usd=policy.max_cost_usd,
            max_tool_calls=policy.max_tool_calls,
            run_timeout_s=timeout_s,
            depth=0 if parent is None else parent.envelope.depth + 1,
            parent=None if parent is None else parent.envelope,
        )

    async def aclose(self) -> None:
        """Closes provider, store, journal and sinks, each even if another fails. Idempotent."""
        if self._closed:
            return
        self._closed = True
        if self._deadlines is not None:
            self._deadlines.close()
        errors: list[Exception] = []
        parts: list[Closeable] = [
            *([self._memory] if self._memory else []),
            *([self._summarizer] if self._summarizer else []),
            *([self._embedder] if self._embedder else []),
            self._provider,
            self._store,
            *([self._run_store] if self._run_store else []),
            *self._sinks,
        ]
        for part in parts:
            try:
                await part.aclose()
            except Exception as error:  # noqa: BLE001 - the others are to be closed all the same
                errors.append(error)
        if errors:
            raise errors[0]

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()


def _counting(tokenizer: Tokenizer | None) -> Tokenizer:
    if tokenizer is not None:
        return tokenizer
    # Here and not above: most harnesses count nothing, and need none of the tables.
    from harness.tokens import Tokenizer as Exact

    return Exact()


def _by_name(tools: Iterable[Tool]) -> dict[str, Tool]:
    named: dict[str, Tool] = {}
    for tool in tools:
        name = tool.spec.name
        if name in named:
            raise InputError(f"there are two tools named {name!r}", remedy="rename one of them")
        named[name] = tool
    return named


def _check_text(text: str, policy: Policy) -> None:
    if not isinstance(text, str):
        raise InputError(f"the prompt is a {type(text).__name__}, and must be a str")
    if not text or text.isspace():
        raise InputError("the prompt is empty", remedy="say what you want")
    if len(text) > policy.max_prompt_chars:
        raise InputError(
            f"the prompt has {len(text):,} characters, and policy.max_prompt_chars is {policy.max_prompt_chars:,}",
            remedy="shorten it, raise the limit, or hand the text over as a file that a tool reads",
        )
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise InputError(
            f"the prompt holds a lone surrogate at character {error.start}, which is no Unicode text",
            remedy="decode the input with errors='replace'",
        ) from None
