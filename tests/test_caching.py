"""`LruTtlCache` against a model of it, and what Python values may do while they leave."""

import gc
import threading
import weakref
from collections import OrderedDict
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from harness.caching import LruTtlCache

KEYS = st.sampled_from(["a", "b", "c", "d", b"a", b"b", "ä", ""])


class AgainstAModel(RuleBasedStateMachine):
    """An ordered dictionary that does the same, slowly."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.cache = LruTtlCache(4, max_bytes=20, default_ttl_s=8, timer=lambda: self.now)
        self.model: OrderedDict[Any, tuple[int, int, float]] = OrderedDict()

    @rule(seconds=st.integers(1, 5))
    def time_passes(self, seconds: int) -> None:
        self.now += seconds

    @rule(key=KEYS, value=st.integers(), size=st.integers(0, 25), ttl=st.none() | st.integers(0, 10))
    def set(self, key: Any, value: int, size: int, ttl: int | None) -> None:
        kept = self.cache.set(key, value, size=size, ttl_s=ttl)
        self.model.pop(key, None)
        assert kept == (size <= 20 and ttl != 0)
        if kept:
            self.model[key] = (value, size, self.now + (8 if ttl is None else ttl))
        while len(self.model) > 4 or sum(each[1] for each in self.model.values()) > 20:
            self.model.popitem(last=False)

    @rule(key=KEYS)
    def get(self, key: Any) -> None:
        found = self.cache.get(key, "missing")
        entry = self.model.get(key)
        if entry is not None and entry[2] > self.now:
            self.model.move_to_end(key)
            assert found == entry[0]
        else:
            self.model.pop(key, None)
            assert found == "missing"

    @rule(key=KEYS)
    def delete(self, key: Any) -> None:
        entry = self.model.pop(key, None)
        assert self.cache.delete(key) == (entry is not None and entry[2] > self.now)

    @rule()
    def purge(self) -> None:
        over = [key for key, entry in self.model.items() if entry[2] <= self.now]
        for key in over:
            del self.model[key]
        assert self.cache.purge() == len(over)

    @precondition(lambda self: len(self.model) > 2)
    @rule()
    def clear(self) -> None:
        self.cache.clear()
        self.model.clear()

    @invariant()
    def they_hold_the_same(self) -> None:
        assert len(self.cache) == len(self.model)
        assert self.cache.counts()[5] == sum(entry[1] for entry in self.model.values())
        for key, entry in self.model.items():
            assert (key in self.cache) == (entry[2] > self.now)


TestAgainstAModel = AgainstAModel.TestCase


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


@pytest.mark.parametrize("key", [1, None, ("a",), bytearray(b"a")])
def test_keys_are_text_or_bytes(key: Any) -> None:
    cache = LruTtlCache(1)
    for use in (cache.get, cache.delete, cache.__contains__, lambda key: cache.set(key, 1)):
        with pytest.raises(TypeError, match="a key is str or bytes"):
            use(key)


def test_a_key_that_utf8_cannot_hold_is_an_error() -> None:
    with pytest.raises(UnicodeEncodeError):
        LruTtlCache(1).get("\ud800")


def test_sizes_are_estimated_where_they_are_not_given() -> None:
    cache = LruTtlCache(10, max_bytes=10_000)
    cache.set("key", b"12345")
    assert cache.counts()[5] == 8
    cache.set("text", "x" * 100)
    assert cache.counts()[5] > 108


def test_a_timer_that_fails_fails_the_call() -> None:
    def timer() -> float:
        raise OSError("no clock")

    with pytest.raises(OSError, match="no clock"):
        LruTtlCache(1, timer=timer).get("a")


def test_threads_share_it() -> None:
    cache = LruTtlCache(64)

    def work(number: int) -> None:
        for turn in range(2000):
            cache.set(f"{(number * turn) % 100}", turn)
            cache.get(f"{turn % 100}")

    threads = [threading.Thread(target=work, args=(number,)) for number in range(1, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    hits, misses, *_, entries, _ = cache.counts()
    assert hits + misses == 8000
    assert entries == 64
