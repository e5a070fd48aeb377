"""The types of the public face: checked by mypy, not run."""

from typing import Any, assert_type

from harness import Harness, Policy, RunResult, ToolCallRecord
from harness.caching import CacheStats, LruTtlCache
from harness.domain.events import Event, RunCompleted
from harness.parsing import ParsedToolCall, StreamEvent, StreamParser, extract_tool_calls
from harness.ports.cache import Cache
from harness.ports.conversations import ConversationStore
from harness.ports.limiter import RateLimiter
from harness.ports.provider import Provider
from harness.ports.sinks import EventSink
from harness.ports.tokenizer import Tokenizer as TokenizerPort
from harness.testing import ScriptedProvider
from harness.tokens import Tokenizer, count_tokens


async def a_run() -> None:
    async with Harness(ScriptedProvider(["hi"]), policy=Policy(max_iterations=3)) as harness:
        assert_type(harness, Harness)
        result = await harness.run("hello", conversation_id="c")
        assert_type(result, RunResult)
        assert_type(result.tool_calls, tuple[ToolCallRecord, ...])
        async for event in harness.stream("hello"):
            assert_type(event, Event)
            if isinstance(event, RunCompleted):
                assert_type(event.result, RunResult)
    assert_type(Harness.from_config(), Harness)
    assert_type(Harness.from_config().run_sync("hello"), RunResult)
    Harness("no provider")  # type: ignore[arg-type]
    await harness.run(1)  # type: ignore[arg-type]


def the_parsers() -> None:
    assert_type(extract_tool_calls("x").calls, tuple[ParsedToolCall, ...])
    assert_type(StreamParser().feed("x"), list[StreamEvent])
    assert_type(count_tokens("x"), int)


async def the_cache() -> None:
    cache = LruTtlCache(1)
    assert_type(cache, LruTtlCache)
    assert_type(cache.get("x"), Any)
    assert_type(cache.get_many(["x"]), dict[str, Any])
    assert_type(cache.set_many({"x": 1}), int)
    assert_type(cache.stats(), CacheStats)

    async def compute() -> bytes:
        return b""

    assert_type(await cache.get_or_compute("x", compute), bytes)
    assert_type(await cache.get_or_compute("x", lambda: 1, 5.0), int)
    cache.get(1)  # type: ignore[arg-type]


def adapters_fulfil_their_ports() -> None:
    from harness.adapters.caches.memory import MemoryCache
    from harness.adapters.limiters.token_bucket import TokenBucketLimiter
    from harness.adapters.providers.openai import OpenAIProvider
    from harness.adapters.providers.pattern import PatternProvider
    from harness.adapters.sinks.structlog import StructlogSink
    from harness.adapters.stores.memory import MemoryStore
    from harness.adapters.stores.sqlite import SqliteStore

    providers: list[Provider] = [PatternProvider(), OpenAIProvider(model="m"), ScriptedProvider([])]
    stores: list[ConversationStore] = [MemoryStore(), SqliteStore("x")]
    cache: Cache = MemoryCache()
    limiter: RateLimiter = TokenBucketLimiter(1)
    sink: EventSink = StructlogSink()
    tokenizer: TokenizerPort = Tokenizer()
    del providers, stores, cache, limiter, sink, tokenizer
