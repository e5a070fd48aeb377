"""The harness as an application uses it: made by hand from parts, or from a config file."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from harness.adapters.stores.memory import MemoryStore
from harness.adapters.tools.python import as_tool
from harness.domain.completions import Options
from harness.domain.context import ContextPolicy, Snippet
from harness.domain.messages import ImagePart
from harness.domain.policies import Policy
from harness.domain.runs import RunResult
from harness.engine.call.stack import stack
from harness.engine.harness import Runtime
from harness.ports.clock import Clock
from harness.ports.conversations import ConversationStore
from harness.ports.embedder import Embedder
from harness.ports.limiter import RateLimiter
from harness.ports.provider import Provider
from harness.ports.runs import RunStore
from harness.ports.sinks import EventSink
from harness.ports.tokenizer import Tokenizer
from harness.ports.tool import Tool

if TYPE_CHECKING:
    from harness.config.settings import Settings


class Harness(Runtime):
    """An LLM runtime.

    Args:
        provider: who answers.
        tools: what the model may call: `@tool` functions, plain typed functions, or `Tool` objects.
        store: where conversations are kept; None keeps them in memory.
        run_store: where the events of runs are kept; None keeps none.
        sinks: who listens to the events.
        policy: what a run may do.
        options: how the model is to answer.
        system: the system prompt.
        limiter: holds calls back to a rate; None does not.
        clock: tells the time.
        context: what of a long conversation the model is shown; None shows all of it.
        tokenizer: counts for `context`; None is `harness.tokens.Tokenizer()`.
        summarizer: writes the summaries that `context` asks for; None is `provider`.
        embedder: tells what is like what, where `context` asks for that.

    Use it as an async context manager, or call `aclose` when done.
    """

    def __init__(
        self,
        provider: Provider,
        *,
        tools: Iterable[Tool | Callable[..., Any]] = (),
        store: ConversationStore | None = None,
        run_store: RunStore | None = None,
        sinks: Sequence[EventSink] = (),
        policy: Policy | None = None,
        options: Options | None = None,
        system: str | None = None,
        limiter: RateLimiter | None = None,
        clock: Clock | None = None,
        context: ContextPolicy | None = None,
        tokenizer: Tokenizer | None = None,
        summarizer: Provider | None = None,
        embedder: Embedder | None = None,
    ) -> None:
        super().__init__(
            provider=stack(provider, limiter=limiter, clock=clock),
            store=MemoryStore() if store is None else store,
            tools=[as_tool(each) for each in tools],
            run_store=run_store,
            sinks=sinks,
            policy=policy,
            options=options,
            system=system,
            clock=clock,
            context=context,
            tokenizer=tokenizer,
            summarizer=None if summarizer is None else stack(summarizer, clock=clock),
            embedder=embedder,
        )
        self._runner: asyncio.Runner | None = None

    @classmethod
    def from_config(
        cls,
        path: str | Path | None = None,
        *,
        tools: Iterable[Tool | Callable[..., Any]] = (),
        overrides: Mapping[str, Any] | None = None,
    ) -> Self:
        """Returns a harness put together from a config file.

        Args:
            path: the file; None takes `$HARNESS_CONFIG`, then `./harness.yaml` if it is there, then the defaults.
            tools: added to those of the file.
            overrides: settings by dotted key, over everything else: `{"provider.adapter": "pattern"}`.

        Raises:
            ConfigError: with file, line and key.
        """
        # Here and not above: a harness made by hand needs no settings, and pydantic-settings takes its time to load.
        from harness.config.loading import load_settings

        settings = load_settings(None if path is None else Path(path), overrides=overrides)
        return cls.from_settings(settings, tools=tools)

    @classmethod
    def from_settings(cls, settings: Settings, *, tools: Iterable[Tool | Callable[..., Any]] = ()) -> Self:
        """Returns a harness put together from settings."""
        from harness.config.compose import compose

        parts = compose(settings, tools=[as_tool(each) for each in tools])
        return cls(
            parts.provider,
            tools=parts.tools,
            store=parts.store,
            run_store=parts.run_store,
            sinks=parts.sinks,
            policy=parts.policy,
            options=parts.options,
            system=parts.system,
            context=parts.context,
            tokenizer=parts.tokenizer,
            summarizer=parts.summarizer,
            embedder=parts.embedder,
        )

    def run_sync(
        self,
        text: str,
        *,
        conversation_id: str | None = None,
        policy: Policy | None = None,
        options: Options | None = None,
        images: Sequence[ImagePart] = (),
        pinned: bool = False,
        snippets: Sequence[Snippet] = (),
    ) -> RunResult:
        """Does what `run` does, in code without an event loop.

        The harness keeps a loop of its own for these calls until `close` is called or the harness is collected.

        Raises:
            RuntimeError: an event loop is running in this thread; await `run` there.
        """
        if self._runner is None:
            self._runner = asyncio.Runner()
        return self._runner.run(
            self.run(
                text,
                conversation_id=conversation_id,
                policy=policy,
                options=options,
                images=images,
                pinned=pinned,
                snippets=snippets,
            )
        )

    def close(self) -> None:
        """Closes a harness that was used through `run_sync`. Idempotent."""
        runner, self._runner = self._runner, None
        if runner is not None:
            with runner:
                runner.run(self.aclose())

    def __del__(self) -> None:
        # A one-line use leaves nothing open: what `run_sync` holds goes with the harness.
        if getattr(self, "_runner", None) is not None:
            with contextlib.suppress(Exception):
                self.close()
