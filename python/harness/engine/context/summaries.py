"""Summaries of a conversation's oldest turns: made in the background, kept beside the turns, never made twice."""

from __future__ import annotations

from collections.abc import Sequence

import orjson

from harness.domain.completions import Options, Prompt
from harness.domain.context import ContextPolicy
from harness.domain.errors import ConversationConflict
from harness.domain.messages import Message, Role, TextPart, Turn
from harness.domain.values import dataclass
from harness.ports.conversations import ConversationStore
from harness.ports.provider import Provider, complete
from harness.ports.tokenizer import Tokenizer

ARTIFACT = "harness.summary"
"""The artifact of a conversation that holds its summary."""

_FORMAT = 1

_TASK = (
    "You keep the memory of a conversation. Write one summary that replaces the earlier summary and the new turns. "
    "Keep names, numbers, dates, decisions, open questions, what the user wants and what tools found; leave out "
    "greetings and wording. Write plain sentences, in the language of the conversation, and nothing else."
)

_HEAD = "[Summary of the earlier conversation]"


@dataclass(frozen=True, slots=True)
class Summary:
    """What the first turns of a conversation amount to.

    Args:
        until: how many turns it covers.
        text: what they amount to.
        version: of the artifact that holds it, 0 where there is none.
    """

    until: int = 0
    text: str = ""
    version: int = 0

    def message(self) -> Message:
        """Returns it as the model is shown it."""
        return Message(Role.USER, (TextPart(f"{_HEAD}\n{self.text}"),))


async def read_summary(store: ConversationStore, conversation_id: str) -> Summary:
    """Returns the summary of a conversation; an empty one where there is none, or one that cannot be read.

    Raises:
        StoreError: the store cannot be read.
    """
    artifact = await store.get_artifact(conversation_id, ARTIFACT)
    if artifact is None:
        return Summary()
    try:
        body = orjson.loads(artifact.data)
        if body["v"] == _FORMAT and isinstance(body["until"], int) and isinstance(body["text"], str):
            return Summary(max(0, body["until"]), body["text"], artifact.version)
    except (ValueError, KeyError, TypeError):
        pass
    # Written by other code, or torn: the turns are all there, so another one is made in its place.
    return Summary(version=artifact.version)


class Summarizer:
    """Makes summaries.

    Args:
        policy: how long they may be, and which model writes them.
        tokenizer: counts and cuts.
        provider: writes them.
        store: keeps them.
    """

    def __init__(
        self, policy: ContextPolicy, tokenizer: Tokenizer, provider: Provider, store: ConversationStore
    ) -> None:
        self._policy = policy
        self._tokenizer = tokenizer
        self._provider = provider
        self._store = store

    async def extend(self, conversation_id: str, summary: Summary, turns: Sequence[Turn]) -> Summary | None:
        """Returns a summary that covers `turns`, the next ones, too, and keeps it; None where another was first.

        The turns are folded into the summary in chunks that fit the model's window.

        Raises:
            ProviderError: the model did not answer.
            StoreError: the store cannot write.
        """
        text = summary.text
        for chunk in self._chunks(turns):
            text = await self._ask(text, chunk)
        body = {"v": _FORMAT, "until": summary.until + len(turns), "text": text}
        try:
            version = await self._store.put_artifact(
                conversation_id, ARTIFACT, orjson.dumps(body), if_version=summary.version
            )
        except ConversationConflict:
            return None
        return Summary(summary.until + len(turns), text, version)

    async def _ask(self, earlier: str, chunk: str) -> str:
        policy = self._policy
        said = f"Earlier summary:\n{earlier or '(none)'}\n\nNew turns:\n{chunk}"
        options = Options(model=policy.summary_model, max_tokens=policy.summary_tokens, temperature=0.0)
        answer = await complete(self._provider, Prompt((Message.system(_TASK), Message.user(said))), options)
        return self._tokenizer.truncate(answer.text.strip(), policy.summary_tokens) or earlier

    def _chunks(self, turns: Sequence[Turn]) -> list[str]:
        policy = self._policy
        window = policy.max_tokens or 8192
        # The window holds the task, the earlier summary and the new one besides.
        room = max(256, window - 2 * policy.summary_tokens - 256)
        chunks: list[str] = []
        lines: list[str] = []
        used = 0
        for turn in turns:
            text = self._tokenizer.truncate(_told(turn), room)
            tokens = self._tokenizer.count(text)
            if lines and used + tokens > room:
                chunks.append("\n".join(lines))
                lines, used = [], 0
            lines.append(text)
            used += tokens
        return [*chunks, "\n".join(lines)] if lines else chunks


def _told(turn: Turn) -> str:
    """A turn as text."""
    lines = []
    for message in turn.messages:
        if message.text:
            lines.append(f"{message.role}: {message.text}")
        lines += [f"{message.role} calls {call.name}: {call.arguments_json}" for call in message.tool_calls]
        lines += [f"{result.name} gave: {result.content}" for result in message.tool_results]
    return "\n".join(lines)
