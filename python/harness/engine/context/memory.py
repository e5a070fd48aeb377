"""The conversations that were open lately, counted and encoded, so that the next turn pays for itself alone."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Sequence

from harness.domain.context import ContextPolicy
from harness.domain.errors import HarnessError
from harness.domain.messages import Message, Turn
from harness.domain.tools import ToolSpec
from harness.engine.context.assembly import NO_LIMIT, Assembly, History
from harness.engine.context.groups import Span
from harness.engine.context.semantic import Likeness
from harness.engine.context.strategies import Hierarchy
from harness.engine.context.summaries import Summarizer, Summary, read_summary
from harness.ports.clock import Clock
from harness.ports.conversations import ConversationStore
from harness.ports.embedder import Embedder
from harness.ports.provider import Provider
from harness.ports.tokenizer import Tokenizer

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
            Summarizer(policy, tokenizer, provider, store) if policy.strategy == "summarization" else None
        )
        self._summarizing: dict[str, asyncio.Task[None]] = {}
        self.failed_summaries = 0
        """How many summaries could not be written; what they would have covered is tried again after the next turn."""
        self.failed_embeddings = 0
        """How many runs were shown the last turns because the embedder failed."""
        # Whoever looks for what is important, or shows everything, has to look at all of it.
        self._whole = policy.strategy in ("hierarchical", "semantic") or self._shown() >= NO_LIMIT

    async def open(
        self, conversation_id: str | None, system: Message | None, specs: Sequence[ToolSpec], question: str = ""
    ) -> tuple[Assembly, int]:
        """Returns the context of a run in which the user says `question`, and how many turns the conversation has.

        Raises:
            StoreError: the store cannot be read.
        """
        if conversation_id is None:
            return Assembly(self._policy, self._tokenizer, self._empty(), system, specs), 0
        known = await self._load(conversation_id)
        history, ranked = known.history, await self._ranked(known, question)
        cleared = self._policy.clear_after_s
        if cleared is not None and history.messages and self._clock.now() - history.last_at >= cleared:
            start, summary = len(history.messages), None
        else:
            start = history.uncovered
            summary = history.summary.message() if history.summary.text else None
        assembly = Assembly(self._policy, self._tokenizer, history.copy(), system, specs, start, summary, ranked)
        return assembly, history.length

    def saved(self, conversation_id: str, turn: Turn) -> None:
        """Takes in a turn that the store now has, and has the oldest ones summarised when it is time."""
        known = self._open.get(conversation_id)
        if known is None:
            return
        history = known.history
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
        if self._policy.strategy == "hierarchical":
            known.hierarchy.learn(history.transcript, history.messages)
            return known.hierarchy.ranked()
        if self._policy.strategy == "semantic" and self._embedder is not None:
            try:
                await known.likeness.learn(history.transcript, history.messages, self._embedder)
                return await known.likeness.ranked(question, self._embedder)
            except HarnessError:
                self.failed_embeddings += 1
        return None

    async def _load(self, conversation_id: str) -> _Known:
        known = self._open.get(conversation_id)
        if known is not None:
            self._open.move_to_end(conversation_id)
            if await self._caught_up(conversation_id, known.history):
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
        count = _FIRST if most is None else min(_FIRST, most)
        while True:
            conversation = await self._store.load(conversation_id, last_turns=most if self._whole else count)
            history = self._empty()
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
