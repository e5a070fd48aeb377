"""What `LruTtlCache` says to arguments that it cannot use."""

from typing import Any

import pytest

from harness.caching import LruTtlCache


@pytest.mark.parametrize("key", [1, None, ("a",), bytearray(b"a")])
def test_keys_are_text_or_bytes(key: Any) -> None:
    cache = LruTtlCache(1)
    uses: list[Any] = [cache.get, cache.delete, cache.__contains__, cache.__getitem__, cache.__delitem__]
    uses += [lambda key: cache.set(key, 1), lambda key: cache.__setitem__(key, 1)]
    for use in [*uses, lambda key: cache.get_many(["a", key])]:
        with pytest.raises(TypeError, match="a key is str or bytes"):
            use(key)


def test_many_are_kept_or_none() -> None:
    cache = LruTtlCache(10)
    with pytest.raises(TypeError, match="a key is str or bytes, not int"):
        cache.set_many({"a": 1, 2: 2})  # type: ignore[type-var]
    with pytest.raises(ValueError, match="ttl_s is -1"):
        cache.set_many({"a": 1}, -1)
    with pytest.raises(TypeError, match="mapping is a dict or another mapping, not list"):
        cache.set_many(["a"])  # type: ignore[arg-type]
    assert len(cache) == 0


@pytest.mark.parametrize("keys", ["abc", b"abc"])
def test_one_key_is_not_many(keys: Any) -> None:
    with pytest.raises(TypeError, match="keys is one key"):
        LruTtlCache(1).get_many(keys)


NAN = float("nan")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"max_entries": 0}, "max_entries is 0: give a whole number from 1 to 4294967294"),
        ({"max_entries": -1}, "max_entries is -1"),
        ({"max_entries": 2**32}, "max_entries is 4294967296"),
        ({"max_entries": 10**30}, "max_entries is 1000000000000000000000000000000"),
        ({"max_bytes": 0}, "max_bytes is 0: give a whole number from 1"),
        ({"max_bytes": -1}, "max_bytes is -1"),
        ({"default_ttl_s": NAN}, "default_ttl_s is (?i:nan): give seconds, 0 or more, or None"),
        ({"default_ttl_s": -0.5}, "default_ttl_s is -0.5"),
        ({"default_ttl_s": 10**400}, "default_ttl_s is 1000"),
    ],
)
def test_limits_out_of_range_are_errors(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        LruTtlCache(**options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"max_entries": "9"}, "max_entries is a whole number, not str"),
        ({"max_bytes": 1.5}, "max_bytes is a whole number, not float"),
        ({"default_ttl_s": "9"}, "default_ttl_s is a number of seconds or None, not str"),
    ],
)
def test_limits_of_other_types_are_errors(options: dict[str, Any], message: str) -> None:
    with pytest.raises(TypeError, match=message):
        LruTtlCache(**options)


def test_a_bad_time_or_size_changes_nothing() -> None:
    cache = LruTtlCache(1)
    cache["a"] = 1
    for ttl in (NAN, -1, float("-inf")):
        with pytest.raises(ValueError, match=r"ttl_s is .*: give seconds, 0 or more, or None"):
            cache.set("a", 2, ttl)
    with pytest.raises(TypeError, match="ttl_s is a number of seconds or None, not str"):
        cache.set("a", 2, "1")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="size is -1"):
        cache.set("a", 2, size=-1)
    assert cache["a"] == 1
