"""`LruTtlCache` against a model of it, and what Python keys and values may do to it."""

import copy
import enum
import gc
import random
import subprocess
import sys
import threading
import weakref
from collections import OrderedDict
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from harness.caching import CacheStats, LruTtlCache

KEYS = st.sampled_from(["a", "b", "c", "d", b"a", b"b", "ä", "", "\ud800"])
MOST, BYTES, TTL = 4, 20, 8


class AgainstAModel(RuleBasedStateMachine):
    """An ordered dictionary that does the same, slowly: value, size, seconds to live, end."""

    sliding = False

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.cache = LruTtlCache(MOST, BYTES, TTL, sliding=self.sliding, timer=lambda: self.now)
        self.model: OrderedDict[Any, tuple[Any, int, float, float]] = OrderedDict()
        self.stats = CacheStats()

    def count(self, **more: int) -> None:
        self.stats = replace(self.stats, **{name: getattr(self.stats, name) + by for name, by in more.items()})

    def model_get(self, key: Any) -> tuple[Any, ...]:
        """The value in a tuple, or an empty one."""
        entry = self.model.get(key)
        if entry is None or entry[3] <= self.now:
            self.count(misses=1, expirations=int(entry is not None))
            self.model.pop(key, None)
            return ()
        self.count(hits=1)
        self.model.move_to_end(key)
        if self.sliding:
            self.model[key] = (*entry[:3], self.now + entry[2])
        return (entry[0],)

    def model_set(self, key: Any, value: Any, size: int, ttl: float | None) -> bool:
        ttl = TTL if ttl is None else ttl
        self.model.pop(key, None)
        if size > BYTES or ttl == 0:
            return False
        self.model[key] = (value, size, ttl, self.now + ttl)
        while len(self.model) > MOST or sum(each[1] for each in self.model.values()) > BYTES:
            _, entry = self.model.popitem(last=False)
            self.count(**{"expirations" if entry[3] <= self.now else "evictions": 1})
        return True

    def model_delete(self, key: Any) -> bool:
        entry = self.model.pop(key, None)
        over = entry is not None and entry[3] <= self.now
        self.count(expirations=int(over))
        return entry is not None and not over

    @rule(seconds=st.integers(1, 5))
    def time_passes(self, seconds: int) -> None:
        self.now += seconds

    @rule(key=KEYS, value=st.integers() | st.none(), size=st.integers(0, 25), ttl=st.none() | st.integers(0, 10))
    def set(self, key: Any, value: Any, size: int, ttl: int | None) -> None:
        assert self.cache.set(key, value, ttl, size=size) == self.model_set(key, value, size, ttl)

    @rule(key=KEYS, value=st.binary(max_size=25))
    def set_item(self, key: Any, value: bytes) -> None:
        self.cache[key] = value
        self.model_set(key, value, len(value) + size_of(key), None)

    @rule(values=st.dictionaries(KEYS, st.binary(max_size=9), max_size=6), ttl=st.none() | st.integers(0, 10))
    def set_many(self, values: dict[Any, bytes], ttl: int | None) -> None:
        kept = [self.model_set(key, value, len(value) + size_of(key), ttl) for key, value in values.items()]
        assert self.cache.set_many(values, ttl) == sum(kept)

    @rule(key=KEYS)
    def get(self, key: Any) -> None:
        assert self.cache.get(key, "missing") == (*self.model_get(key), "missing")[0]

    @rule(key=KEYS)
    def get_item(self, key: Any) -> None:
        expected = self.model_get(key)
        if expected:
            assert self.cache[key] == expected[0]
        else:
            with pytest.raises(KeyError) as caught:
                self.cache[key]
            assert caught.value.args == (key,)

    @rule(keys=st.lists(KEYS, max_size=6))
    def get_many(self, keys: list[Any]) -> None:
        expected = [(key, value) for key in keys for value in self.model_get(key)]
        assert self.cache.get_many(iter(keys)) == dict(expected)

    @rule(key=KEYS)
    def delete(self, key: Any) -> None:
        assert self.cache.delete(key) == self.model_delete(key)

    @rule(key=KEYS)
    def delete_item(self, key: Any) -> None:
        if self.model_delete(key):
            del self.cache[key]
        else:
            with pytest.raises(KeyError):
                del self.cache[key]

    @rule()
    def purge(self) -> None:
        over = [key for key, entry in self.model.items() if entry[3] <= self.now]
        for key in over:
            del self.model[key]
        self.count(expirations=len(over))
        assert self.cache.purge() == len(over)

    @precondition(lambda self: len(self.model) > 2)
    @rule()
    def clear(self) -> None:
        self.cache.clear()
        self.model.clear()

    @invariant()
    def they_hold_the_same(self) -> None:
        size = sum(entry[1] for entry in self.model.values())
        assert self.cache.stats() == replace(self.stats, entries=len(self.model), bytes=size)
        assert len(self.cache) == len(self.model)
        for key, entry in self.model.items():
            assert (key in self.cache) == (entry[3] > self.now)


class AgainstASlidingModel(AgainstAModel):
    sliding = True


def size_of(key: str | bytes) -> int:
    """What a key adds to an estimate."""
    return len(key if isinstance(key, bytes) else key.encode(errors="surrogatepass"))


TestAgainstAModel = AgainstAModel.TestCase
TestAgainstASlidingModel = AgainstASlidingModel.TestCase


def test_bytes_and_counts_stay_exact() -> None:
    """A million operations."""
    chosen = random.Random(7)
    cache = LruTtlCache(50, 2_000, timer=lambda: 0.0)
    model: OrderedDict[str, int] = OrderedDict()
    held = hits = misses = evictions = 0
    keys = [f"key-{number:02}" for number in range(100)]
    choices = [(chosen.choice(keys), chosen.randrange(100)) for _ in range(9_973)]
    for turn in range(1_000_000):
        key, size = choices[turn % 9_973]
        if turn % 3:
            if cache.get(key) is None:
                misses += 1
            else:
                hits += 1
                model.move_to_end(key)
        elif turn % 7 == 0:
            held -= model.get(key, 0)
            assert cache.delete(key) == (model.pop(key, None) is not None)
        else:
            cache.set(key, key, size=size)
            held += size - model.get(key, 0)
            model[key] = size
            model.move_to_end(key)
            while len(model) > 50 or held > 2_000:
                held -= model.popitem(last=False)[1]
                evictions += 1
    assert cache.stats() == CacheStats(hits, misses, evictions, 0, len(model), held)
    assert hits > 10_000
    assert evictions > 10_000


def test_a_value_may_use_the_cache_while_it_leaves() -> None:
    cache = LruTtlCache(1)

    class Value:
        def __del__(self) -> None:
            cache.get("anything")
            seen.append(len(cache))

    seen: list[int] = []
    cache.set("a", Value())
    cache.set("b", 1)
    assert seen == [1]
    cache["b"] = Value()
    cache["b"] = 1
    cache.set_many({"b": Value(), "c": Value(), "d": 1})
    assert len(seen) == 4


def test_a_cycle_through_the_cache_is_collected() -> None:
    class Holder:
        cache: Any

    holder = Holder()
    holder.cache = LruTtlCache(10)
    holder.cache.set("self", holder)
    gone = weakref.ref(holder)
    del holder
    gc.collect()
    assert gone() is None


def test_a_cycle_through_the_timer_is_collected() -> None:
    class Clock:
        cache: Any

        def read(self) -> float:
            return 0.0

    clock = Clock()
    clock.cache = LruTtlCache(10, timer=clock.read)
    gone = weakref.ref(clock)
    del clock
    gc.collect()
    assert gone() is None


class Sly(str):
    """Text that lies about itself."""

    __slots__ = ()

    def __hash__(self) -> int:
        raise AssertionError

    def __eq__(self, other: object) -> bool:
        raise AssertionError


class Color(enum.StrEnum):
    RED = "red"


def test_keys_of_subclasses_are_what_they_hold() -> None:
    class Digest(bytes):
        pass

    cache = LruTtlCache(10)
    cache[Sly("sly")] = 1
    cache[Color.RED] = 2
    cache[Digest(b"digest")] = 3
    assert (cache["sly"], cache["red"], cache[b"digest"]) == (1, 2, 3)
    assert (cache[Sly("sly")], cache[Color.RED], cache[Digest(b"digest")]) == (1, 2, 3)


def test_equal_keys_need_not_be_one_object() -> None:
    cache = LruTtlCache(100)
    for number in range(50):
        cache[f"key {number}"] = number
        cache[f"clé {number} ☃"] = -number
    assert [cache["".join(["key ", str(number)])] for number in range(50)] == list(range(50))
    assert [cache["".join(["clé ", str(number), " ☃"])] for number in range(50)] == [-each for each in range(50)]


def test_text_and_bytes_are_never_compared() -> None:
    """They have the same hash; `python -bb` makes an error of their comparison."""
    code = (
        "from harness.caching import LruTtlCache as C; c = C(9); c['a'] = 1; c[b'a'] = 2; assert c['a'] == 1, c[b'a']"
    )
    subprocess.run([sys.executable, "-bb", "-W", "error", "-c", code], check=True)


def test_sizes_are_estimated_where_they_are_not_given() -> None:
    cache = LruTtlCache(10, 10_000)
    cache.set("key", b"12345")
    assert cache.stats().bytes == 8
    cache.set("text", "x" * 100)
    assert cache.stats().bytes == 8 + len("text") + sys.getsizeof("x" * 100)


def test_the_clock_of_the_system_ends_a_value() -> None:
    """The only test without a timer of its own: it waits for the value to end, however long that takes."""
    cache = LruTtlCache(10)
    cache.set("short", 1, 0.001)
    cache.set("long", 1, 1e6)
    cache.set("endless", 1, float("inf"))
    while "short" in cache:
        pass
    assert cache.get("short") is None
    assert cache.purge() == 0
    assert cache.get_many(["short", "long", "endless"]) == {"long": 1, "endless": 1}


def test_a_timer_that_fails_fails_the_call() -> None:
    def timer() -> float:
        raise OSError("no clock")

    with pytest.raises(OSError, match="no clock"):
        LruTtlCache(1, timer=timer).get("a")


def test_it_says_what_it_is() -> None:
    cache = LruTtlCache(10, 1_000, 5.0, sliding=True)
    cache["a"] = b"1"
    assert (cache.max_entries, cache.max_bytes, cache.default_ttl_s, cache.sliding) == (10, 1_000, 5.0, True)
    assert repr(cache) == "<LruTtlCache: 1 of 10 entries, 2 bytes>"
    with pytest.raises(TypeError, match="not iterable"):
        iter(cache)  # type: ignore[call-overload]
    with pytest.raises(TypeError, match="cannot pickle"):
        copy.copy(cache)


def test_threads_share_it() -> None:
    cache = LruTtlCache(64)

    def work(number: int) -> None:
        for turn in range(2000):
            cache.set(f"{(number * turn) % 100}", turn)
            cache.get(f"{turn % 100}")
            cache.set_many({"a": number, "b": number})
            # Both are kept under one lock and read under one lock.
            if len(pair := cache.get_many(["a", "b"])) == 2 and pair["a"] != pair["b"]:
                torn.append(pair)

    torn: list[Any] = []
    threads = [threading.Thread(target=work, args=(number,)) for number in range(1, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    stats = cache.stats()
    assert stats.hits + stats.misses == 3 * 8000
    assert stats.entries == 64
    assert not torn
