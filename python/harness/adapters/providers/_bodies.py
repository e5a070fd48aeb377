"""Request bodies, written by the Rust core, each message of a conversation encoded once."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from harness.adapters.providers._failures import failure
from harness.domain.completions import Options, Prompt
from harness.domain.errors import ProviderError
from harness.domain.failures import ErrorCategory
from harness.domain.messages import Message, Role
from harness.domain.tools import ToolSpec
from harness.prompts import PromptBody, ToolList, Transcript

_KEPT = 16
"""How many conversations are kept encoded; those used longest ago go first."""

_SHORT = 8
"""Shorter ones are encoded anew each time: that costs some microseconds."""


@dataclass(slots=True)
class _Known:
    messages: tuple[Message, ...]
    transcript: Transcript


class Bodies:
    """Writes the bodies of one provider. A conversation that goes on pays for its new messages alone.

    Args:
        dialect: one of `harness.prompts.DIALECTS`.
        provider: the name for errors.
        model: the model where the options name none.
    """

    def __init__(self, dialect: str, *, provider: str, model: str) -> None:
        self._dialect = dialect
        self._provider = provider
        self._model = model
        # By the identity of the first message, which is held, so that no other one gets it.
        self._known: OrderedDict[int, _Known] = OrderedDict()
        self._tools: tuple[tuple[ToolSpec, ...], ToolList] = ((), ToolList())
        self.encoded = 0
        """How many messages were encoded so far."""

    def write(self, prompt: Prompt, options: Options) -> bytes:
        """Returns the body of a request.

        Args:
            prompt: what is asked; the system messages at its beginning become the system prompt.
            options: how it is to be answered.

        Raises:
            ProviderError: invalid_request, for a value that is no JSON.
        """
        messages = prompt.messages
        first = 0
        while first < len(messages) and messages[first].role is Role.SYSTEM:
            first += 1
        system = "\n\n".join([message.text for message in messages[:first]]) or None
        try:
            transcript = self._transcript(messages[first:])
            body = PromptBody(transcript, system=system, tools=self._tool_list(prompt.tools))
            return body.body(self._dialect, options, model=self._model)
        except (TypeError, ValueError, OverflowError) as error:
            raise self._refused(error) from None

    def forget(self) -> None:
        """Lets all conversations go."""
        self._known.clear()

    def _transcript(self, messages: tuple[Message, ...]) -> Transcript:
        key = id(messages[0]) if messages else 0
        known = self._known.get(key)
        # Of messages that are the same objects nothing else is compared.
        if known is not None and messages[: len(known.messages)] == known.messages:
            transcript, begin = known.transcript.copy(), len(known.messages)
        else:
            transcript, begin = Transcript(), 0
        for message in messages[begin:]:
            transcript.append(message, 0)
        self.encoded += len(messages) - begin
        if len(messages) >= _SHORT:
            self._known[key] = _Known(messages, transcript)
            self._known.move_to_end(key)
            if len(self._known) > _KEPT:
                self._known.popitem(last=False)
        return transcript

    def _tool_list(self, tools: tuple[ToolSpec, ...]) -> ToolList:
        kept = self._tools
        if kept[0] is not tools:
            kept = self._tools = (tools, ToolList(tools))
        return kept[1]

    def _refused(self, error: Exception) -> ProviderError:
        return failure(
            ErrorCategory.INVALID_REQUEST,
            provider=self._provider,
            what=f"the request cannot be written: {error}",
            remedy="check the options, tool schemas and images",
        )
