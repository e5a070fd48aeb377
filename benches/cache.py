"""The cache beside its peers: nanoseconds a call, from Python, on one thread, in one process.

    python benches/cache.py [--rounds 31] [--json] [--check]

Keys have 64 characters, values are 100 bytes. Every cache holds 1 000 entries; `harness` keeps a time for each and
accounts for their bytes, which of the peers none does besides. Each figure is the median of interleaved rounds, less
the loop around the calls. An equal key is another object than the one that the cache holds. Peers that are not
installed are named and left out: `pip install cachebox lru-dict cachetools`.
"""

from __future__ import annotations

import argparse
import importlib
import json
import random
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

from harness.caching import LruTtlCache

ENTRIES = 1_000
TTL_S = 3_600.0
CALLS = 10_000
VALUE = b"x" * 100
# A hit with time and bytes accounted for, as a share of what a hit of cachebox's TTLCache takes.
HIT_BAR = 1.1
# Nanoseconds of a set.
SET_BAR = 250.0
OURS, PEER = "harness", "cachebox TTL"
Maker = Callable[[int], Any]
Timer = Callable[[Any, Sequence[str]], float]


def makers() -> tuple[dict[str, Maker], list[str]]:
    """What makes a cache of so many entries, by name; and who is missing."""
    found: dict[str, Maker] = {
        OURS: lambda entries: LruTtlCache(entries, 1 << 30, TTL_S),
        "harness sliding": lambda entries: LruTtlCache(entries, 1 << 30, TTL_S, sliding=True),
        "harness LRU only": lambda entries: LruTtlCache(entries),
    }
    missing = []
    for name, module, kind, options in [
        (PEER, "cachebox", "TTLCache", (TTL_S,)),
        ("cachebox LRU", "cachebox", "LRUCache", ()),
        ("lru-dict", "lru", "LRU", ()),
        ("cachetools TTL", "cachetools", "TTLCache", (TTL_S,)),
    ]:
        try:
            made = getattr(importlib.import_module(module), kind)
        except ImportError:
            missing.append(name)
            continue
        found[name] = lambda entries, made=made, options=options: made(entries, *options)
    return found, missing


def time_loop(_: Any, keys: Sequence[str]) -> float:
    """Nanoseconds a turn of the loop takes by itself."""
    start = time.perf_counter_ns()
    for _key in keys:
        pass
    return (time.perf_counter_ns() - start) / len(keys)


def time_get(cache: Any, keys: Sequence[str]) -> float:
    """Nanoseconds a look-up takes."""
    get = cache.get
    start = time.perf_counter_ns()
    for key in keys:
        get(key)
    return (time.perf_counter_ns() - start) / len(keys)


def time_set(cache: Any, keys: Sequence[str]) -> float:
    """Nanoseconds a set takes."""
    value = VALUE
    start = time.perf_counter_ns()
    for key in keys:
        cache[key] = value
    return (time.perf_counter_ns() - start) / len(keys)


def operations() -> dict[str, tuple[Timer, Sequence[str], Sequence[str], int]]:
    """What is timed: how, the keys that are held before, those that are used, and the most entries."""
    chosen = random.Random(1)
    letters = "abcdefghijklmnopqrstuvwxyz0123456789"
    held = ["".join(chosen.choices(letters, k=64)) for _ in range(ENTRIES)]
    equal = ["".join(list(key)) for key in held]
    other = ["".join(chosen.choices(letters, k=64)) for _ in range(CALLS)]
    shuffled = [chosen.choice(held) for _ in range(CALLS)]
    times = CALLS // ENTRIES
    return {
        "get hit": (time_get, held, held * times, 2 * ENTRIES),
        "get hit, shuffled": (time_get, held, shuffled, 2 * ENTRIES),
        "get hit, equal key": (time_get, held, equal * times, 2 * ENTRIES),
        "get miss": (time_get, held, other, 2 * ENTRIES),
        "set existing": (time_set, held, held * times, 2 * ENTRIES),
        "set new, evict": (time_set, held, other, ENTRIES),
    }


def measure(rounds: int, found: dict[str, Maker]) -> dict[str, dict[str, float]]:
    """Nanoseconds by operation and cache."""
    result = {}
    for label, (timed, held, keys, most) in operations().items():
        turns: list[tuple[str, Any]] = []
        for name, make in found.items():
            cache = make(most)
            for key in held:
                cache[key] = VALUE
            turns.append((name, cache))
        figures: dict[str, list[float]] = {name: [] for name in found}
        loops = []
        for number in range(rounds + 1):
            turns.append(turns.pop(0))  # nobody always comes after the same one
            loops.append(time_loop(None, keys))
            for name, cache in turns:
                figure = timed(cache, keys)
                if number:  # the first round warms up
                    figures[name].append(figure)
        loop = statistics.median(loops)
        result[label] = {name: round(statistics.median(each) - loop, 1) for name, each in figures.items()}
    return result


def judge(figures: dict[str, dict[str, float]]) -> dict[str, tuple[float | None, float, bool]]:
    """The bars: what was measured, what is allowed, and whether it holds. One that cannot be measured does not."""
    verdicts: dict[str, tuple[float | None, float, bool]] = {}
    for label in ("get hit", "get hit, shuffled", "get hit, equal key"):
        ratio = figures[label][OURS] / figures[label][PEER] if PEER in figures[label] else None
        verdicts[f"{label}, of {PEER}"] = (ratio, HIT_BAR, ratio is not None and ratio <= HIT_BAR)
    for label in ("set existing", "set new, evict"):
        spent = figures[label][OURS]
        verdicts[f"{label}, ns"] = (spent, SET_BAR, spent <= SET_BAR)
    return verdicts


def show(figures: dict[str, dict[str, float]]) -> None:
    """Print the figures, and ours as shares of the peers'."""
    names = list(next(iter(figures.values())))
    print(f"ns a call, median{'':<5}" + "".join(name.rjust(18) for name in names))
    for label, row in figures.items():
        print(label.ljust(22) + "".join(f"{row[name]:.1f}".rjust(18) for name in names))
    print(f"\n{OURS} as a share of")
    for label, row in figures.items():
        print(label.ljust(22) + "".join(f"{row[OURS] / row[name]:.2f}".rjust(18) for name in names))


def main() -> int:
    """Measure, print, judge."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=31, help="rounds that each figure is the median of")
    parser.add_argument("--json", action="store_true", help="print JSON instead of tables")
    parser.add_argument("--check", action="store_true", help="exit 1 where a bar is missed")
    options = parser.parse_args()
    found, missing = makers()
    for name in missing:
        print(f"{name} is not installed", file=sys.stderr)
    figures = measure(max(1, options.rounds), found)
    verdicts = judge(figures)
    if options.json:
        bars = {
            name: {"measured": measured, "allowed": allowed, "holds": holds}
            for name, (measured, allowed, holds) in verdicts.items()
        }
        print(json.dumps({"nanoseconds": figures, "missing": missing, "bars": bars}, indent=2))
    else:
        show(figures)
        print()
        for name, (measured, allowed, holds) in verdicts.items():
            figure = "not measured" if measured is None else f"{measured:.2f}"
            print(f"{'ok  ' if holds else 'MISS'} {name}: {figure}, at most {allowed}")
    return 0 if all(holds for _, _, holds in verdicts.values()) or not options.check else 1


if __name__ == "__main__":
    raise SystemExit(main())
