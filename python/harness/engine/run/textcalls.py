"""Tool calls that a model wrote as text, because its provider reports none."""

from __future__ import annotations

from collections.abc import Sequence

from harness.domain.completions import Completion
from harness.domain.tools import ToolSpec


class TextCalls:
    """Watches the text of one answer for tool calls."""

    def __init__(self, specs: Sequence[ToolSpec]) -> None:
        self._specs = specs

    def feed(self, text: str) -> str:
        """Takes text in and returns what of it may be shown now."""
        return text

    def finish(self, completion: Completion) -> tuple[Completion, str]:
        """Returns the answer with the calls found in its text, and the text that is still to be shown."""
        return completion, ""
