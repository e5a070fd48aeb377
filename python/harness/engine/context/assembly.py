"""The context of a run: its conversation, counted once, and what of it fits the model's window."""

from __future__ import annotations

from collections.abc import Sequence

from harness.domain.context import ContextPolicy
from harness.domain.errors import ContextOverflow
from harness.domain.messages import Message, Role, Turn
from harness.domain.tools import ToolSpec
from harness.domain.values import dataclass
from harness.engine.context.groups import Span, group_at, merged
from harness.engine.context.strategies import by_rank, sliding_window
from harness.engine.context.summaries import Summary
from harness.ports.tokenizer import Tokenizer
from harness.prompts import Transcript
from harness.tokens.chat import THE_ANSWER, count_message, count_tools

NO_LIMIT = 2**62
"""More tokens than anything has."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """What is shown.

    Args:
        messages: in order.
        system: the system prompt is shown.
        tokens: of the whole prompt.
        dropped: how many messages of the transcript are not shown.
    """

    messages: tuple[Message, ...]
    system: bool
    tokens: int
    dropped: int


class History:
    """The earlier turns of a conversation, as far as they were loaded.

    Args:
        tokenizer: counts messages.
    """

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        self._model = getattr(tokenizer, "model", "")
        self.generation = getattr(tokenizer, "generation", 0)
        """Of the tokenizer, when it began to count for this."""
        self.transcript = Transcript()
        self.messages: list[Message] = []
        self.length = 0
        """How many turns the store held when it was last looked at."""
        self.turns = 0
        """How many of them, the last ones, are here."""
        self.last_at = 0.0
        self.last_run: str | None = None
        """The run that the last turn is of: that the store still holds this conversation, and no other of its name."""
        self.ends: list[int] = []
        """Where each turn ends, in messages."""
        self.summary = Summary()

    def append(self, message: Message) -> None:
        """Takes a message in and counts it."""
        self.transcript.append(message, count_message(message, self._tokenizer, self._model))
        self.messages.append(message)

    def append_turn(self, turn: Turn) -> None:
        """Takes a turn in."""
        for message in turn.messages:
            self.append(message)
        self.turns += 1
        self.ends.append(len(self.messages))
        self.last_at = turn.created_at
        self.last_run = turn.run_id

    @property
    def uncovered(self) -> int:
        """The first message that no summary covers."""
        covered = self.summary.until - (self.length - self.turns)
        return self.ends[min(covered, len(self.ends)) - 1] if covered > 0 and self.ends else 0

    def copy(self) -> History:
        """Returns one that goes on by itself and shares what was counted."""
        twin = History(self._tokenizer)
        twin.generation = self.generation
        twin.transcript = self.transcript.copy()
        twin.messages = list(self.messages)
        twin.length, twin.turns, twin.last_at = self.length, self.turns, self.last_at
        twin.last_run = self.last_run
        twin.ends, twin.summary = list(self.ends), self.summary
        return twin


class Assembly:
    """Assembles the prompts of one run.

    Args:
        policy: what is shown.
        tokenizer: counts.
        history: the earlier turns; the run's own copy.
        system: the system prompt, or None.
        specs: the tools that are offered.
        start: the first message of the history that may be shown, if it is not pinned and has no rank.
        summary: stands for what is before it; None where nothing does.
        ranked: the groups of the history, first those that are to be shown before others; None shows the last ones.
        snippets: the message with what may help, which stands right before what the user says now; None where there
            is none.
    """

    def __init__(
        self,
        policy: ContextPolicy,
        tokenizer: Tokenizer,
        history: History,
        system: Message | None,
        specs: Sequence[ToolSpec],
        start: int = 0,
        summary: Message | None = None,
        ranked: Sequence[Span] | None = None,
        snippets: Message | None = None,
    ) -> None:
        self._policy = policy
        self._history = history
        self._start = start
        self._earlier = len(history.messages)
        self._system_tokens = 0 if system is None else count_message(system, tokenizer)
        self._summary = summary
        self._ranked = ranked
        self.summary_tokens = 0 if summary is None else count_message(summary, tokenizer)
        """Tokens of the summary that is shown; 0 where none is."""
        model = getattr(tokenizer, "model", "")
        self._snippets = snippets
        self._around = THE_ANSWER + count_tools(specs, tokenizer, model, system=system is not None)
        self._around += self.summary_tokens + (0 if snippets is None else count_message(snippets, tokenizer))
        self._pinned: list[Span] = []
        self._looked = 0

    @property
    def history(self) -> History:
        """The earlier turns and the messages of this one so far."""
        return self._history

    def take(self, turn: Sequence[Message]) -> None:
        """Takes in the messages of the turn that are new."""
        for message in turn[len(self._history.messages) - self._earlier :]:
            self._history.append(message)

    def fit(self) -> Fitted:
        """Returns what the next call is shown.

        Raises:
            ContextOverflow: what must be shown does not fit.
        """
        history, policy = self._history, self._policy
        transcript, end = history.transcript, len(history.messages)
        if policy.max_tokens is None:
            spans = merged([*self._must(end), (self._start, end)])
            if policy.last_tokens is not None:
                spans = self._chosen(self._must(end), NO_LIMIT)
            return self._fitted(spans, system=True)
        room = policy.max_tokens - policy.reserve_output - self._around
        must = self._must(end)
        needed = sum(transcript.tokens(*span) for span in must)
        system = policy.preserve_system or needed + self._system_tokens <= room
        room -= self._system_tokens if system else 0
        if needed > room:
            raise self._overflow(needed, room, system=system)
        return self._fitted(self._chosen(must, room), system=system)

    def _fitted(self, spans: list[Span], *, system: bool) -> Fitted:
        history = self._history
        shown = [message for start, stop in spans for message in history.messages[start:stop]]
        kept = len(shown)
        tokens = self._around + (self._system_tokens if system else 0)
        tokens += sum(history.transcript.tokens(*span) for span in spans)
        dropped = len(history.messages) - kept
        if self._snippets is not None:
            # What the user says now is always shown, and so are all messages of the turn before it: there are none.
            before = sum(max(0, min(stop, self._earlier) - start) for start, stop in spans)
            shown.insert(before, self._snippets)
        if self._summary is not None:
            shown.insert(0, self._summary)
        return Fitted(tuple(shown), system, tokens, dropped)

    def _chosen(self, must: list[Span], room: int) -> list[Span]:
        history = self._history
        if self._policy.last_tokens is not None:
            turn = history.transcript.tokens(self._earlier)
            room = min(room, max(turn + self._policy.last_tokens, sum(history.transcript.tokens(*s) for s in must)))
        if self._ranked is None:
            return sliding_window(history.transcript, must, room, self._start)
        recent = max(self._policy.preserve_recent, len(history.messages) - self._earlier)
        return by_rank(history.transcript, must, room, self._start, recent, self._ranked)

    def _must(self, end: int) -> list[Span]:
        """What the user says now, the last calls with their results, and what is pinned."""
        history = self._history
        for index in range(self._looked, end):
            if history.messages[index].pinned:
                self._pinned.append(group_at(history.transcript, index))
        self._looked = end
        spans = list(self._pinned)
        if end:
            spans.append(group_at(history.transcript, end - 1))  # the last calls with their results
        if end > self._earlier and history.messages[self._earlier].role is Role.USER:
            spans.append((self._earlier, self._earlier + 1))
        return merged(spans)

    def _overflow(self, needed: int, room: int, *, system: bool) -> ContextOverflow:
        policy = self._policy
        shown = f"system prompt {self._system_tokens:,}, " if system else ""
        return ContextOverflow(
            f"the prompt does not fit: {shown}tools and frame {self._around:,}, what must be shown {needed:,} tokens, "
            f"in a window of {policy.max_tokens:,} of which {policy.reserve_output:,} are kept for the answer",
            needed=needed,
            allowed=max(0, room),
            remedy="shorten the text, pin less, or raise context.max_tokens if the model's window is larger",
        )
