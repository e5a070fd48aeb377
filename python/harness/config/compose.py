"""The composition root: the only place where settings become adapters, and adapters are put together."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from pydantic import ValidationError

from harness.adapters.tools.python import as_tool
from harness.config.registry import Entry, is_tools, registry
from harness.config.section import Section
from harness.config.settings import Choice, Settings
from harness.config.tokenizers import tokenizer_of
from harness.config.tree import Key
from harness.domain.completions import Options
from harness.domain.context import ContextPolicy
from harness.domain.errors import ConfigError, HarnessError, InputError
from harness.domain.policies import Policy
from harness.domain.redaction import redact
from harness.engine.call.stack import stack
from harness.ports.cache import Cache
from harness.ports.conversations import ConversationStore
from harness.ports.embedder import Embedder
from harness.ports.limiter import RateLimiter
from harness.ports.provider import Provider
from harness.ports.runs import RunStore
from harness.ports.sinks import EventSink
from harness.ports.tokenizer import Tokenizer
from harness.ports.tool import Tool

_CLOSING_S = 5.0
"""How long closing may take when putting together has failed."""


class _Closeable(Protocol):
    async def aclose(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Parts:
    """What a harness is made of.

    Args:
        provider: who answers, with the layers around it; the limiter is one of them.
        tools: what the model may call.
        store: where conversations are kept.
        run_store: where the events of runs are kept, or None.
        sinks: who listens.
        cache: what is not asked twice, or None.
        policy: what a run may do.
        options: how the model is to answer.
        system: the system prompt, or None.
        context: what of a long conversation the model is shown, or None.
        tokenizer: counts for it, or None.
        summarizer: writes the summaries of long conversations; None where `provider` does.
        embedder: tells what is like what in them, or None.
    """

    provider: Provider
    tools: tuple[Tool, ...]
    store: ConversationStore
    run_store: RunStore | None
    sinks: tuple[EventSink, ...]
    cache: Cache | None
    policy: Policy
    options: Options
    system: str | None
    context: ContextPolicy | None = None
    tokenizer: Tokenizer | None = None
    summarizer: Provider | None = None
    embedder: Embedder | None = None

    async def aclose(self) -> None:
        """Closes every part, each even if another fails, and raises the first failure."""
        parts: list[_Closeable | None] = [
            self.provider,
            self.summarizer,
            self.embedder,
            self.store,
            self.run_store,
            self.cache,
            *self.sinks,
        ]
        await _close([part for part in parts if part is not None])


def compose(settings: Settings, *, tools: Iterable[Tool] = ()) -> Parts:
    """Puts together what the settings say. Nothing is connected to yet; adapters do that when they are first used.

    Args:
        settings: what to put together.
        tools: the application's own, added to those of the settings.

    Raises:
        ConfigError: an adapter or tool cannot be imported or made; names the place in the config. What was made
            before it has been closed.
        StoreError: a store cannot be opened. The same holds.
    """
    return _Composition(settings).parts(tuple(tools))


class _Composition:
    """One composition under way; remembers what it has opened."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._opened: list[_Closeable] = []

    def parts(self, tools: Sequence[Tool]) -> Parts:
        settings = self._settings
        try:
            limiter: RateLimiter | None = self._optional("limiter", settings.limiter)
            provider: Provider = self._made(("provider",), "provider", settings.provider)
            summarizer: Provider | None = None
            if settings.context is not None and settings.context.summarizer is not None:
                key: Key = ("context", "summarizer")
                summarizer = stack(self._made(key, "provider", settings.context.summarizer))
            embedder: Embedder | None = None
            if settings.context is not None and "semantic" in settings.context.policy().strategies:
                embedder = self._made(("context", "embedder"), "embedder", settings.context.embedder)
            return Parts(
                provider=stack(provider, limiter=limiter),
                tools=self._tools(tools),
                store=self._made(("store",), "store", settings.store),
                run_store=self._optional("run_store", settings.run_store),
                sinks=tuple([self._made(("sinks", at), "sink", each) for at, each in enumerate(settings.sinks)]),
                cache=self._optional("cache", settings.cache),
                policy=settings.policy.policy(),
                options=settings.options.answering(),
                system=settings.system,
                context=None if settings.context is None else settings.context.policy(),
                tokenizer=self._tokenizer(),
                summarizer=summarizer,
                embedder=embedder,
            )
        except BaseException:
            _close_now(self._opened)
            raise

    def _tokenizer(self) -> Tokenizer | None:
        context = self._settings.context
        if context is None:
            return None
        try:
            return tokenizer_of(context.tokenizer, getattr(self._settings.provider.options, "model", None))
        except InputError as error:
            raise self._settings.error(("context", "tokenizer"), error.message, error.remedy) from None

    def _optional(self, port: str, choice: Choice | None) -> Any:
        return None if choice is None else self._made((port,), port, choice)

    def _made(self, key: Key, port: str, choice: Choice) -> Any:
        entry = self._entry((*key, "adapter"), port, choice.adapter)
        part = self._build(key, entry, choice.options)
        if not hasattr(part, "aclose"):
            kind = type(part).__name__
            message = f"{entry} made a {kind}, which is no {port}: it has no `aclose`"
            raise self._settings.error((*key, "adapter"), message, "repair the adapter")
        self._opened.append(part)
        return part

    def _entry(self, key: Key, port: str, name: str) -> Entry:
        try:
            return registry().find(port, name)
        except ConfigError as error:
            raise self._placed(error, key) from error

    def _build(self, key: Key, entry: Entry, options: Section) -> Any:
        try:
            return entry.build(options)
        except ConfigError as error:
            raise self._placed(error, (*key, *error.key.split(".")) if error.key else key) from error
        except InputError as error:
            raise self._settings.error(key, redact(error.message), error.remedy) from error
        except HarnessError:
            raise
        except Exception as error:
            message = f"{entry} could not be made: {type(error).__name__}: {redact(str(error)[:300])}"
            raise self._settings.error(key, message, f"check the options under `{key[0]}`") from error

    def _placed(self, error: ConfigError, key: Key) -> ConfigError:
        if error.file is not None:
            return error
        message = error.message.removeprefix(f"{error.key}: ") if error.key else error.message
        return self._settings.error(key, redact(message), error.remedy)

    def _tools(self, own: Sequence[Tool]) -> tuple[Tool, ...]:
        named: dict[str, Tool] = {tool.spec.name: tool for tool in own}
        if len(named) != len(own):
            named = {}  # the runtime says which name is there twice
        made: list[Tool] = []
        for section in ("builtin", "plugins", "modules"):
            for at, name in enumerate(getattr(self._settings.tools, section)):
                key: Key = ("tools", section, at)
                for tool in self._tools_of(key, name):
                    if tool.spec.name in named:
                        message = f"brings a second tool named `{tool.spec.name}`"
                        raise self._settings.error(key, message, "drop or rename one of the two")
                    named[tool.spec.name] = tool
                    made.append(tool)
        return (*made, *own)

    def _tools_of(self, key: Key, name: str) -> list[Tool]:
        """The tools that one name stands for: a tool, several of them, or a factory that makes them.

        A plain function is a tool where it is named as `module:attribute`, and a factory where it is registered: who
        registers a tool has the means to say so, with `@tool`.
        """
        entry = self._entry(key, "tool", name)
        try:
            loaded = entry.load()
            if not is_tools(loaded) and ":" not in name:
                options = self._settings.tools.tool_options(name) or entry.options()()
                loaded = self._build(("tools", name), entry, options)
        except ConfigError as error:
            raise self._placed(error, key) from error
        except ValidationError:
            message = f"{entry} needs options"
            raise self._settings.error(key, message, f"give them under `tools.{name}`") from None
        return [self._tool(key, each) for each in (loaded if isinstance(loaded, list | tuple) else [loaded])]

    def _tool(self, key: Key, thing: Any) -> Tool:
        try:
            return as_tool(thing)
        except (HarnessError, TypeError) as error:
            message = error.message if isinstance(error, HarnessError) else str(error)
            raise self._settings.error(key, message, getattr(error, "remedy", "")) from error


async def _close(parts: Sequence[_Closeable]) -> None:
    errors: list[Exception] = []
    for part in parts:
        try:
            await part.aclose()
        except Exception as error:  # noqa: BLE001 - the others are to be closed all the same
            errors.append(error)
    if errors:
        raise errors[0]


def _close_now(parts: list[_Closeable]) -> None:
    """Closes parts from code that may or may not be inside an event loop: in a loop of its own, in a thread."""
    if not parts:
        return

    def work() -> None:
        with contextlib.suppress(Exception):  # what matters is the error that led here
            asyncio.run(_close(parts))

    thread = threading.Thread(target=work, name="harness-close", daemon=True)
    thread.start()
    thread.join(_CLOSING_S)
