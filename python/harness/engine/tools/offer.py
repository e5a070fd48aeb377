"""What a run offers to the model, prepared once for all runs that offer the same."""

from __future__ import annotations

from functools import cached_property

from harness.domain.tools import ToolSpec
from harness.parsing import ToolSet, prepare_tools


class Offer:
    """The tools that the model may call.

    Args:
        specs: in the order in which they are shown to it.
    """

    def __init__(self, specs: tuple[ToolSpec, ...]) -> None:
        self.specs = specs

    @cached_property
    def prepared(self) -> ToolSet | None:
        """The same for the parser of calls that come as text; made when the first text comes."""
        return prepare_tools(self.specs)
