"""The conversations that were open lately, counted and encoded, so that the next turn pays for itself alone."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

from harness.domain.context import ContextPolicy
from harness.domain.messages import Message, Turn
from harness.domain.tools import ToolSpec
from harness.engine.context.assembly import Assembly, History
from harness.engine.context.strategies import Hierarchy
from harness.ports.clock import Clock
from harness.ports.conversations import ConversationStore
from harness.ports.tokenizer import Tokenizer

_NO_LIMIT = 2**62

_TOO_LONG = 8
"""How many windows' worth of a conversation are kept counted."""

_FIRST = 32
"""Turns that are loaded at first; twice as many each time that they do not fill the window."""


class Memory:
    """Opens conversations as far as they are needed.

    Args:
        policy: what is shown.
        tokenizer: counts.
        store: where the conversations are.
        clock: tells how long ago the last turn was.
        keep: how many conversations are kept counted in this process; those used longest ago go first.
    """

    def __init__(
        self, policy: ContextPolicy, tokenizer: Tokenizer, store: ConversationStore, clock: Clock, *, keep: int = 256
    ) -> None:
        self._policy = policy
        self._tokenizer = tokenizer
        self._store = store
        self._clock = clock
        self._keep = keep
        self._open: OrderedDict[str, History] = OrderedDict()
        # Whoever looks for what is important, or shows everything, has to look at all of it.
        self._whole = policy.strategy == "hierarchical" or self._shown() >= _NO_LIMIT

    async def open(
        self, conversation_id: str | None, system: Message | None, specs: Sequence[ToolSpec]
    ) -> tuple[Assembly, int]:
        """Returns the context of a run, and how many turns the conversation has.

        Raises:
            StoreError: the store cannot be read.
        """
        if conversation_id is None:
            return Assembly(self._policy, self._tokenizer, self._empty(), system, specs), 0
        history = await self._load(conversation_id)
        start = 0
        cleared = self._policy.clear_after_s
        if cleared is not None and history.messages and self._clock.now() - history.last_at >= cleared:
            start = len(history.messages)
        assembly = Assembly(self._policy, self._tokenizer, history.copy(), system, specs, start)
        return assembly, history.length

    def saved(self, conversation_id: str, turn: Turn) -> None:
        """Takes in a turn that the store now has."""
        history = self._open.get(conversation_id)
        if history is None:
            return
        history.append_turn(turn)
        history.length += 1
        if not self._whole and history.transcript.tokens() > _TOO_LONG * self._shown():
            self.forget(conversation_id)  # the next turn loads a window's worth

    def forget(self, conversation_id: str) -> None:
        """Forgets what is known of a conversation; the next turn loads it anew."""
        self._open.pop(conversation_id, None)

    def _shown(self) -> int:
        """Most tokens of earlier turns that may be shown."""
        return min(self._policy.max_tokens or _NO_LIMIT, self._policy.last_tokens or _NO_LIMIT)

    def _empty(self) -> History:
        policy = self._policy
        return History(
            self._tokenizer, Hierarchy(policy.preserve_recent) if policy.strategy == "hierarchical" else None
        )

    async def _load(self, conversation_id: str) -> History:
        known = self._open.get(conversation_id)
        if known is not None:
            self._open.move_to_end(conversation_id)
            newer = await self._store.load(conversation_id, last_turns=0)
            if newer.length == known.length:
                return known
            if newer.length > known.length:
                newer = await self._store.load(conversation_id, last_turns=newer.length - known.length)
                if newer.length - len(newer.turns) == known.length:
                    for turn in newer.turns:
                        known.append_turn(turn)
                    known.length = newer.length
                    return known
            # It was deleted, or has grown between two looks.
        history = await self._read(conversation_id)
        self._open[conversation_id] = history
        while len(self._open) > self._keep:
            self._open.popitem(last=False)
        return history

    async def _read(self, conversation_id: str) -> History:
        """The last turns, as many as could be shown."""
        most = self._policy.last_turns
        count = _FIRST if most is None else min(_FIRST, most)
        while True:
            conversation = await self._store.load(conversation_id, last_turns=most if self._whole else count)
            history = self._empty()
            for turn in conversation.turns:
                history.append_turn(turn)
            history.length = conversation.length
            limit = min(most or conversation.length, conversation.length)
            if self._whole or len(conversation.turns) >= limit or history.transcript.tokens() >= self._shown():
                return history
            count *= 2
