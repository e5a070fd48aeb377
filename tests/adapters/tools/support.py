"""What the tests of the tools share."""

from typing import Any, cast

from harness.ports.conversations import ConversationStore
from harness.ports.tool import RunContext
from harness.testing.contexts import run_context

NO_STORE = cast("ConversationStore", None)


def context() -> RunContext:
    """The context of a call whose tool keeps nothing."""
    return run_context(NO_STORE)


async def call(tool: Any, /, **arguments: Any) -> Any:
    """Calls a tool that keeps nothing."""
    return await tool.invoke(arguments, context())
