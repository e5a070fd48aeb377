"""A provider and a tool for harness: the smallest plug-in."""

from collections.abc import AsyncIterator

from harness import FinishReason, Options, tool
from harness.domain.completions import CompletionChunk, Prompt


class EchoProvider:
    """Says what it was told.

    Args:
        prefix: said before it. The options in harness.yaml are the arguments here; what is misspelt there is told.
        name: the name in errors and attempts.
    """

    def __init__(self, *, prefix: str = "", name: str = "echo") -> None:
        self._prefix = prefix
        self._name = name

    @property
    def name(self) -> str:
        """The name given."""
        return self._name

    async def stream(self, prompt: Prompt, options: Options) -> AsyncIterator[CompletionChunk]:
        """Answers in one piece."""
        yield CompletionChunk(text=self._prefix + prompt.messages[-1].text)
        yield CompletionChunk(finish_reason=FinishReason.STOP)

    async def aclose(self) -> None:
        """Holds nothing."""


@tool
def shout(text: str) -> str:
    """Return a text in capital letters."""
    return text.upper()
