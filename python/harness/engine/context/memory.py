"""The conversations that were open lately, counted and encoded, so that the next turn pays for itself alone."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Sequence

from harness.domain.completions import Completion, FinishReason
from harness.domain.context import ContextPolicy, Snippet
from harness.domain.errors import HarnessError
from harness.domain.messages import Message, Turn
from harness.domain.tools import ToolSpec
from harness.engine.context.assembly import NO_LIMIT, Assembly, History
from harness.engine.context.groups import Span
from harness.engine.context.pins import keep_pin, read_pins
from harness.engine.context.semantic import Likeness, by_likeness
from harness.engine.context.snippets import Knowledge, choose
from harness.engine.context.strategies import Hierarchy, fused
from harness.engine.context.summaries import Summarizer, Summary, read_summary
from harness.ports.clock import Clock
from harness.ports.conversations import ConversationStore
from harness.ports.embedder import Embedder
from harness.ports.provider import Provider
from harness.ports.tokenizer import LearningTokenizer, Tokenizer

_TOO_LONG = 8
"""How many windows' worth of a conversation are kept counted."""

_FIRST = 32
"""Turns that are loaded at first; twice as many each time that they do not fill the window."""

_CLOSING_S = 10.0
"""Seconds that closing waits for summaries that are being written."""


class _Known:
    """A conversation, and what was found out about its groups."""

    __slots__ = ("hierarchy", "history", "likeness")

    def __init__(self, history: History) -> None:
        self.history = history
        self.hierarchy = Hierarchy()
        self.likeness = Likeness()


class Memory:
    """Opens conversations as far as they are needed.

    Args:
        policy: what is shown.
        tokenizer: counts.
        store: where the conversations are.
        clock: tells how long ago the last turn was.
        provider: writes summaries, where the policy asks for them.
        embedder: tells what is like what, where the policy asks for that.
        keep: how many conversations are kept counted in this process; those used longest ago go first.
    """

    def __init__(
        self,
        policy: ContextPolicy,
        tokenizer: Tokenizer,
        store: ConversationStore,
        clock: Clock,
        provider: Provider,
        embedder: Embedder | None = None,
        *,
        keep: int = 256,
    ) -> None:
        self._policy = policy
        self._tokenizer = tokenizer
        self._store = store
        self._clock = clock
        self._keep = keep
        self._embedder = embedder
        self._open: OrderedDict[str, _Known] = OrderedDict()
        self._summarizer = (
            Summarizer(policy, tokenizer, provider, store) if "summarization" in policy.strategies else None
        )
        self._summarizing: dict[str, asyncio.Task[None]] = {}
        self.failed_summaries = 0
        """How many summaries could not be written; what they would have covered is tried again after the next turn."""
        self.failed_embeddings = 0
        """How many runs were shown the last turns because the embedder failed."""
        # Whoever looks for what is important, or shows everything, has to look at all of it.
        ranks = {"hierarchical", "semantic"}.intersection(policy.strategies)
        self._whole = bool(ranks) or self._shown() >= NO_LIMIT
        self._teacher = tokenizer if isinstance(tokenizer, LearningTokenizer) else None

    async def open(
        self,
        conversation_id: str | None,
        system: Message | None,
        specs: Sequence[ToolSpec],
        question: str = "",
        knowledge: Knowledge | None = None,
    ) -> tuple[Assembly, int]:
        """Returns the context of a run in which the user says `question`, and how many turns the conversation has.

        Raises:
            StoreError: the store cannot be read.
        """
        snippets = None if knowledge is None else knowledge.message
        if conversation_id is None:
            return Assembly(self._policy, self._tokenizer, self._empty(), system, specs, snippets=snippets), 0
        known = await self._load(conversation_id)
        history, ranked = known.history, await self._ranked(known, question)
        cleared = self._policy.clear_after_s
        if cleared is not None and history.messages and self._clock.now() - history.last_at >= cleared:
            start, summary, ranked = len(history.messages), None, None
        else:
            start = history.uncovered
            summary = history.summary.message() if history.summary.text else None
        assembly = Assembly(
            self._policy, self._tokenizer, history.copy(), system, specs, start, summary, ranked, snippets
        )
        return assembly, history.length

    async def choose(self, snippets: Sequence[Snippet], question: str) -> Knowledge:
        """Returns what is shown of snippets that a run in which the user says `question` was given."""
        if self._embedder is not None and "semantic" in self._policy.strategies and len(snippets) > 1:
            try:
                snippets = await by_likeness(snippets, question, self._embedder)
            except HarnessError:
                self.failed_embeddings += 1
        return choose(snippets, self._policy.snippet_tokens, self._tokenizer)

    def learn(self, completion: Completion) -> None:
        """Has a tokenizer that estimates learn from an answer that was plain text and billed."""
        teacher, usage = self._teacher, completion.usage
        if teacher is None or completion.tool_calls or completion.finish_reason is not FinishReason.STOP:
            return
        if completion.reasoning and not usage.reasoning_tokens:
            return  # billed with it, at a length that is not told
        teacher.learn(completion.text, usage.output_tokens - usage.reasoning_tokens)

    async def saved(self, conversation_id: str, turn: Turn, position: int) -> None:
        """Takes in a turn that the store now has at `position`, keeps what was pinned in it, and has the oldest ones
        summarised when it is time.

        Raises:
            StoreError: the store cannot write; the turn itself it has.
        """
        known = self._open.get(conversation_id)
        if known is not None:
            self._extend(conversation_id, known.history, turn)
        await keep_pin(self._store, conversation_id, position, turn.messages)

    def _extend(self, conversation_id: str, history: History, turn: Turn) -> None:
        history.length += 1
        history.append_turn(turn)
        if self._summarizer is not None and conversation_id not in self._summarizing:
            count = self._due(history)
            if count:
                work = self._summarize(self._summarizer, conversation_id, history.summary, count)
                self._summarizing[conversation_id] = asyncio.get_running_loop().create_task(work)
        if not self._whole and history.transcript.tokens() > _TOO_LONG * self._shown():
            self.forget(conversation_id)  # the next turn loads a window's worth

    def forget(self, conversation_id: str) -> None:
        """Forgets what is known of a conversation; the next turn loads it anew."""
        self._open.pop(conversation_id, None)

    async def settle(self) -> None:
        """Waits until no summary is being written."""
        while self._summarizing:
            await asyncio.wait(self._summarizing.values())

    async def aclose(self) -> None:
        """Waits some seconds for summaries that are being written, then cancels them; the store has all turns."""
        tasks = list(self._summarizing.values())
        if not tasks:
            return
        try:
            await asyncio.wait(tasks, timeout=_CLOSING_S)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)

    def _due(self, history: History) -> int:
        """How many of the oldest turns without a summary are to get one now: none, or all but the newer half."""
        room = self._shown() - self._policy.reserve_output
        first = history.uncovered
        if history.transcript.tokens(first) <= self._policy.summarize_threshold * room:
            return 0
        half = history.transcript.tokens(first) / 2
        ends = [end for end in history.ends if end > first]
        count = sum(1 for end in ends if history.transcript.tokens(first, end) <= half)
        return min(max(1, count), len(ends) - 1)

    async def _summarize(self, summarizer: Summarizer, conversation_id: str, summary: Summary, count: int) -> None:
        try:
            length = (await self._store.load(conversation_id, last_turns=0)).length
            loaded = await self._store.load(conversation_id, last_turns=max(0, length - summary.until))
            made = None
            if loaded.length - len(loaded.turns) == summary.until:
                made = await summarizer.extend(conversation_id, summary, loaded.turns[:count])
            if made is None:  # another process has written, or the conversation was deleted
                self.forget(conversation_id)
            elif conversation_id in self._open:
                self._open[conversation_id].history.summary = made
        except HarnessError:
            self.failed_summaries += 1
        finally:
            self._summarizing.pop(conversation_id, None)

    def _shown(self) -> int:
        """Most tokens of earlier turns that may be shown."""
        return min(self._policy.max_tokens or NO_LIMIT, self._policy.last_tokens or NO_LIMIT)

    def _empty(self) -> History:
        return History(self._tokenizer)

    async def _ranked(self, known: _Known, question: str) -> list[Span] | None:
        """The groups of the history in the order in which they are to be shown, where the policy has one."""
        history = known.history
        rankings: list[list[Span]] = []
        if "hierarchical" in self._policy.strategies:
            known.hierarchy.learn(history.transcript, history.messages)
            rankings.append(known.hierarchy.ranked())
        if "semantic" in self._policy.strategies and self._embedder is not None:
            try:
                await known.likeness.learn(history.transcript, history.messages, self._embedder)
                rankings.append(await known.likeness.ranked(question, self._embedder))
            except HarnessError:
                self.failed_embeddings += 1
        return fused(*rankings) if len(rankings) > 1 else rankings[0] if rankings else None

    async def _load(self, conversation_id: str) -> _Known:
        known = self._open.get(conversation_id)
        if known is not None:
            self._open.move_to_end(conversation_id)
            current = self._teacher is None or known.history.generation == self._teacher.generation
            if current and await self._caught_up(conversation_id, known.history):
                return known
        known = self._open[conversation_id] = _Known(await self._read(conversation_id))
        while len(self._open) > self._keep:
            self._open.popitem(last=False)
        return known

    async def _caught_up(self, conversation_id: str, history: History) -> bool:
        """Takes in the turns that others have written; returns False where what is known is of another conversation."""
        newer = await self._store.load(conversation_id, last_turns=1)
        if newer.length > history.length:
            newer = await self._store.load(conversation_id, last_turns=newer.length - history.length + 1)
        last, *more = newer.turns or (None,)
        run_id = None if last is None else last.run_id
        if newer.length - len(more) != history.length or run_id != history.last_run:
            return False  # it was deleted, and perhaps begun anew, or has grown between the two looks
        history.length = newer.length
        for turn in more:
            history.append_turn(turn)
        return True

    async def _read(self, conversation_id: str) -> History:
        """The last turns, as many as could be shown and no summary covers."""
        most = self._policy.last_turns
        summary = Summary()
        if self._summarizer is not None:
            summary = await read_summary(self._store, conversation_id)
        pins = [] if self._whole and most is None else await read_pins(self._store, conversation_id)
        count = _FIRST if most is None else min(_FIRST, most)
        while True:
            conversation = await self._store.load(conversation_id, last_turns=most if self._whole else count)
            history = self._empty()
            first = conversation.length - len(conversation.turns)
            for pin in pins:
                if pin.turn < first:
                    history.append(pin.message)
            for turn in conversation.turns:
                history.append_turn(turn)
            history.length = conversation.length
            if summary.until > conversation.length:  # of a conversation of that name that was deleted
                summary = Summary(version=summary.version)
            history.summary = summary
            limit = min(most or conversation.length, conversation.length - summary.until)
            if self._whole or len(conversation.turns) >= limit or history.transcript.tokens() >= self._shown():
                return history
            count *= 2
