"""The tool loop: ask the model, run its tools, ask again, until it or its policy stops."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from harness.domain.completions import Completion, FinishReason, Options, Prompt
from harness.domain.context import Snippet
from harness.domain.errors import ProviderError, StoreError, ToolError
from harness.domain.events import (
    AttemptFinished,
    ContextCondensed,
    ContextFitted,
    ModelCallFinished,
    ModelCallStarted,
    NoProgressWarned,
    ReasoningDelta,
    RunCompleted,
    RunStarted,
    SnippetsShown,
    TextDelta,
    ToolCallReady,
    ToolCallStarted,
    ToolFinished,
    ToolStarted,
    TurnSaved,
)
from harness.domain.failures import ErrorCategory, ToolErrorKind
from harness.domain.messages import ImagePart, Message, Part, ReasoningPart, Role, TextPart, Turn
from harness.domain.policies import Policy
from harness.domain.routes import Attempt
from harness.domain.runs import RunResult, ToolCallRecord
from harness.domain.tools import ToolCall, ToolResult
from harness.domain.usage import ZERO_USAGE, Usage
from harness.domain.values import dataclass
from harness.engine.context.assembly import Assembly
from harness.engine.context.memory import Memory
from harness.engine.context.snippets import Knowledge, as_message
from harness.engine.run.emitter import Emitter
from harness.engine.run.locks import ConversationLocks
from harness.engine.run.output import JSON_INSTRUCTION, UnusableOutput, ask_again, read_json
from harness.engine.run.progress import NOTE, ProgressGuard
from harness.engine.run.textcalls import TextCalls
from harness.engine.tools.deadlines import Deadlines
from harness.engine.tools.offer import Offer
from harness.engine.tools.runner import ToolRunner
from harness.engine.tools.scope import RunScope
from harness.ports.clock import Clock
from harness.ports.conversations import ConversationStore
from harness.ports.provider import CompletionFold, Provider
from harness.ports.streams import close_stream
from harness.ports.tool import Tool


@dataclass(frozen=True, slots=True)
class RunSetup:
    """What one run works with: the parts of the harness and what the caller asked of this run.

    `watched` says whether the caller looks at the events as they come, or only at the end; `memory` is None where the
    model is shown all of the conversation; `pinned` says that it is to be shown this text from now on; `snippets` may
    help with it.
    """

    text: str
    images: tuple[ImagePart, ...]
    provider: Provider
    store: ConversationStore
    tools: Mapping[str, Tool]
    offer: Offer
    policy: Policy
    options: Options
    system: str | None
    clock: Clock
    scope: RunScope
    locks: ConversationLocks
    watched: bool
    deadlines: Deadlines
    memory: Memory | None = None
    pinned: bool = False
    snippets: tuple[Snippet, ...] = ()


class Loop:
    """The work of one run. What it does it tells the emitter, and nobody else; deadlines are the `Run`'s around it."""

    def __init__(self, setup: RunSetup, emitter: Emitter) -> None:
        self._setup = setup
        self._emit = emitter
        self._head: tuple[Message, ...] = ()
        self._history: tuple[Message, ...] = ()
        self._known: tuple[Message, ...] = ()
        self._turn: list[Message] = []
        self._records: list[ToolCallRecord] = []
        self._attempts: list[Attempt] = []
        self._usage: Usage = ZERO_USAGE
        self._iteration = 0
        self._position = 0
        self._assembly: Assembly | None = None
        self._knowledge: Knowledge | None = None
        self._dropped = 0
        self._completion = Completion()
        self._output: Any = None
        self._stuck = False
        self._held: str | None = None
        self._retries = setup.policy.output_retries
        self._call_options = self._first_options()
        self._guard = ProgressGuard() if setup.policy.no_progress_guard else None

    async def work(self) -> RunResult:
        """Runs to the end; the last event is `RunCompleted`.

        Raises:
            HarnessError: what ended the run.
        """
        scope, policy = self._setup.scope, self._setup.policy
        await self._emit.record(
            RunStarted, self._setup.text, scope.conversation_id, scope.parent.run_id if scope.parent else None
        )
        await self._open()
        try:
            finish: FinishReason | None = None
            while finish is None:
                if self._iteration >= policy.max_iterations:
                    finish = FinishReason.MAX_ITERATIONS
                    break
                completion = self._completion = await self._ask()
                self._turn.append(_said(completion))
                if completion.tool_calls:
                    await self._use_tools(completion.tool_calls)
                finish = self._finish(completion)
            result = self._result(finish)
            if scope.conversation_id is not None:
                await self._save(scope.conversation_id, result)
        finally:
            self._close()
        await scope.end_runs()
        await self._emit.record(RunCompleted, result)
        return result

    def _finish(self, completion: Completion) -> FinishReason | None:
        """Returns why the run is to end now, or None where the model is to be asked again."""
        if completion.tool_calls:
            return FinishReason.NO_PROGRESS if self._stuck else None
        finish = completion.finish_reason
        if finish is FinishReason.TOOL_CALLS:
            finish = FinishReason.STOP
        if finish is FinishReason.STOP and self._setup.policy.require_json_output:
            try:
                self._output = read_json(completion.text)
            except UnusableOutput as error:
                self._send_back(error)
                return None
        return finish

    async def _open(self) -> None:
        """Takes hold of the conversation, loads what was said before and writes down what the user says now."""
        setup = self._setup
        system = setup.system
        if setup.policy.require_json_output:
            system = f"{system}\n\n{JSON_INSTRUCTION}" if system else JSON_INSTRUCTION
        if system:
            self._head = (Message.system(system),)
        conversation_id = setup.scope.conversation_id
        if conversation_id is not None:
            await setup.locks.acquire(conversation_id)
            self._held = conversation_id
        try:
            if setup.snippets:
                await self._inform(setup.snippets)
            if setup.memory is not None:
                head = self._head[0] if self._head else None
                self._assembly, self._position = await setup.memory.open(
                    conversation_id, head, setup.offer.specs, setup.text, self._knowledge
                )
            elif conversation_id is not None:
                conversation = await setup.store.load(conversation_id)
                self._history = conversation.messages
                self._position = conversation.length
            if self._assembly is not None and self._assembly.summary_tokens:
                covered = self._assembly.history.summary.until
                await self._emit.record(ContextCondensed, covered, self._assembly.summary_tokens)
        except BaseException:
            self._close()
            raise
        said = Message.user(setup.text, *setup.images)
        self._turn.append(replace(said, pinned=True) if setup.pinned else said)

    async def _inform(self, snippets: tuple[Snippet, ...]) -> None:
        """Chooses the snippets that are shown."""
        memory = self._setup.memory
        if memory is None:
            knowledge = Knowledge(as_message(snippets), tuple(each.source for each in snippets))
        else:
            knowledge = await memory.choose(snippets, self._setup.text)
        self._knowledge = knowledge
        if knowledge.message is not None:
            self._known = (knowledge.message,)
        await self._emit.record(SnippetsShown, knowledge.sources, knowledge.dropped, knowledge.tokens)

    def _close(self) -> None:
        """Lets the conversation go."""
        if self._held is not None:
            self._setup.locks.release(self._held)
            self._held = None

    async def _ask(self) -> Completion:
        """One model call."""
        setup, emit = self._setup, self._emit
        setup.scope.envelope.check(setup.clock.monotonic())
        self._iteration += 1
        await emit.record(ModelCallStarted, self._iteration)
        specs = setup.offer.specs
        if self._assembly is None:
            prompt = Prompt((*self._head, *self._history, *self._known, *self._turn), specs)
        else:
            prompt = Prompt(await self._assembled(self._assembly), specs)
        fold = CompletionFold()
        text_calls: TextCalls | None = None
        begun = -1
        chunks = setup.provider.stream(prompt, self._options())
        try:
            async for chunk in chunks:
                if chunk.text:
                    if specs:
                        if text_calls is None:
                            text_calls = TextCalls(setup.offer.prepared)
                        for shown in text_calls.feed(chunk.text):
                            await emit.show(*shown)
                    else:
                        await emit.show(TextDelta, chunk.text)
                fold.add(chunk)
                if chunk.reasoning:
                    await emit.show(ReasoningDelta, chunk.reasoning)
                if chunk.tool_calls:
                    for delta in chunk.tool_calls:
                        if delta.index > begun and delta.name:
                            begun = delta.index
                            await emit.show(ToolCallStarted, delta.index, delta.name)
                if chunk.attempt is not None:
                    await self._attempted(chunk.attempt)
        except ProviderError as error:
            for attempt in error.attempts[len(fold.attempts) :]:
                await self._attempted(attempt)
            error.attempts = tuple(self._attempts)
            raise
        finally:
            await close_stream(chunks)
        completion = fold.completion()
        if text_calls is not None:
            completion, rest = text_calls.finish(completion)
            for shown in rest:
                await emit.show(*shown)
        self._usage = self._usage + completion.usage
        if setup.memory is not None:
            setup.memory.learn(completion)
        for call in completion.tool_calls:
            await emit.record(ToolCallReady, call)
        await emit.record(ModelCallFinished, self._iteration, completion)
        setup.scope.envelope.charge(completion.usage)
        return completion

    async def _assembled(self, assembly: Assembly) -> tuple[Message, ...]:
        """The messages that fit the model's window."""
        assembly.take(self._turn)
        fitted = assembly.fit()
        if fitted.dropped > self._dropped:
            self._dropped = fitted.dropped
            await self._emit.record(ContextFitted, self._iteration, len(fitted.messages), fitted.dropped, fitted.tokens)
        return (*self._head, *fitted.messages) if fitted.system else fitted.messages

    async def _attempted(self, attempt: Attempt) -> None:
        self._attempts.append(attempt)
        await self._emit.record(AttemptFinished, attempt)

    def _first_options(self) -> Options:
        """The caller's options with what the policy makes of them."""
        options, policy = self._setup.options, self._setup.policy
        own = options.of_run(self._setup.scope.envelope, stream=self._setup.watched)
        changes: dict[str, Any] = {}
        if policy.deterministic:
            changes["seed"] = policy.seed if options.seed is None else options.seed
            if options.temperature is None:
                changes["temperature"] = 0.0
        if policy.require_json_output and options.response_format is None:
            changes["response_format"] = {"type": "json_object"}
        return replace(own, **changes) if changes else own

    def _options(self) -> Options:
        """The options of the next call: no more tokens than the envelope has left, and no forced call twice."""
        options = self._call_options
        left = self._setup.scope.envelope.output_tokens_left()
        if left is not None and (options.max_tokens is None or options.max_tokens > left):
            options = replace(options, max_tokens=left)
        if self._iteration > 1 and options.tool_choice not in (None, "auto", "none"):
            options = replace(options, tool_choice="auto")  # forced again, the model could never answer
        return options

    async def _use_tools(self, calls: Sequence[ToolCall]) -> None:
        """Runs the calls of one turn and writes down their results, in call order."""
        setup, emit = self._setup, self._emit
        results: list[ToolResult | None] = [None] * len(calls)
        runner = ToolRunner(setup.tools, setup.policy, setup.scope, setup.store, setup.clock, setup.deadlines)
        waiting = deque(enumerate(calls))
        try:
            while waiting or runner.busy:
                if waiting and not runner.full:
                    index, call = waiting.popleft()
                    result = runner.refusal(call)
                    if result is None:
                        setup.scope.envelope.take_tool_call()
                        await emit.record(ToolStarted, call)
                        runner.start(index, call)
                        continue
                else:
                    index, result = await runner.next_landed()
                results[index] = result
                await emit.record(ToolFinished, calls[index], result)
                if result.is_error and setup.policy.fail_fast:
                    raise _fatal(calls[index], result)
        finally:
            await runner.aclose()
        landed = [result for result in results if result is not None]
        for call, result in zip(calls, landed, strict=True):
            self._records.append(
                ToolCallRecord(call.id, call.name, call.arguments, result.value, result.error, result.duration_ms)
            )
        self._stuck = False
        if self._guard is not None and self._guard.repeats(calls, landed):
            if self._guard.warned:
                self._stuck = True
            else:
                self._guard.warned = True
                landed = [replace(result, content=f"{result.content}\n\n{NOTE}") for result in landed]
                await emit.record(NoProgressWarned, self._iteration)
        self._turn.append(Message.tool(*landed))

    def _send_back(self, error: UnusableOutput) -> None:
        """Tells the model why its answer cannot be used, as often as the policy allows."""
        if self._retries <= 0:
            raise ProviderError(
                str(error),
                category=ErrorCategory.INVALID_OUTPUT,
                provider=self._setup.provider.name,
                attempts=self._attempts,
                remedy="ask more plainly, raise policy.output_retries, or use a stronger model",
            )
        self._retries -= 1
        self._turn.append(ask_again(error))

    def _result(self, finish: FinishReason) -> RunResult:
        completion = self._completion
        return RunResult(
            self._emit.run_id,
            completion.text,
            finish,
            self._output,
            self._setup.scope.conversation_id,
            tuple(self._turn),
            tuple(self._records),
            self._usage,
            self._attempts[-1].route if self._attempts else None,
            self._iteration,
            tuple(self._attempts),
            completion.reasoning,
        )

    async def _save(self, conversation_id: str, result: RunResult) -> None:
        turn = Turn(result.run_id, result.messages, result.usage, self._setup.clock.now())
        try:
            await self._setup.store.append(conversation_id, turn, position=self._position)
        except StoreError as error:
            error.result = result
            if self._setup.memory is not None:
                self._setup.memory.forget(conversation_id)
            raise
        if self._setup.memory is not None:
            try:
                await self._setup.memory.saved(conversation_id, turn, self._position)
            except StoreError as error:
                error.result = result
                raise
        await self._emit.record(TurnSaved, conversation_id, turn)


def _fatal(call: ToolCall, result: ToolResult) -> ToolError:
    return ToolError(
        f"the tool {call.name!r} failed: {result.error}",
        tool=call.name,
        kind=result.error_kind or ToolErrorKind.FAILED,
        remedy="the policy is fail_fast; without it the model would have been told",
    )


def _said(completion: Completion) -> Message:
    """The model's answer as a message of the transcript."""
    parts: list[Part] = []
    if completion.reasoning:
        parts.append(ReasoningPart(completion.reasoning, completion.reasoning_signature))
    if completion.text:
        parts.append(TextPart(completion.text))
    parts.extend(completion.tool_calls)
    return Message(Role.ASSISTANT, tuple(parts))
