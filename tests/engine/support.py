"""What the tests of the engine share: a tool out of a plain function, a runtime out of a scripted provider."""

from collections.abc import Callable, Mapping
from typing import Any

from harness.adapters.stores.memory import MemoryStore
from harness.domain.tools import ToolSpec
from harness.engine.call.stack import stack
from harness.engine.harness import Runtime
from harness.ports.conversations import ConversationStore
from harness.ports.provider import Provider
from harness.ports.tool import RunContext, Tool


class FunctionalTool:
    """A tool that calls `function` with the arguments, and awaits what can be awaited."""

    def __init__(self, name: str, function: Callable[..., Any], *, context: list[RunContext] | None = None) -> None:
        self.spec = ToolSpec(name, f"does {name}")
        self._function = function
        self._contexts = context

    async def invoke(self, arguments: Mapping[str, Any], context: RunContext) -> Any:
        if self._contexts is not None:
            self._contexts.append(context)
        value = self._function(**arguments)
        return await value if hasattr(value, "__await__") else value


def runtime(provider: Provider, *tools: Tool, store: ConversationStore | None = None, **parts: Any) -> Runtime:
    return Runtime(provider=stack(provider), tools=tools, store=store or MemoryStore(), **parts)
