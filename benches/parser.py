"""The output parser beside its peers: time, and whether the value is right; and how hard inputs are borne.

Run as `python benches/parser.py [--json FILE] [--quick]`. Peers that are not installed are left out: `pip install jiter
fast-json-repair json-repair orjson`. Every figure is the median of several rounds, in microseconds a call, on one
thread, in one process, the parsers taking turns. A fast wrong value is no win: the last column says whether the value
was right.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import importlib
import json
import statistics
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

from parser_parts import hard, streams

from harness.parsing import parse_strict, repair_json

Parser = Callable[[str], Any]
SIZES = {"100 B": 100, "1 KB": 1_000, "10 KB": 10_000, "100 KB": 100_000, "1 MB": 1_000_000}


def records(size: int) -> list[dict[str, Any]]:
    """Records of the kind models are asked for, about `size` bytes of compact JSON."""
    rows: list[dict[str, Any]] = []
    length = 2
    while length < size:
        n = len(rows)
        if size <= 100:
            row: dict[str, Any] = {"id": n, "name": f"Item {n}", "note": "a short best one", "tags": ["x", "y"]}
        else:
            row = {
                "id": n,
                "name": f"Customer number {n}",
                "email": f"person{n}@example.org",
                "active": n % 3 == 0,
                "score": n * 1.25 + 0.5,
                "note": f"It was the best of {n} times, they said, and the rest of the note is only there for length.",
                "tags": ["alpha", "beta", f"tag-{n % 7}"],
                "address": {"street": f"{n} Long Road", "city": "Springfield", "geo": [n * 0.01, -n * 0.02]},
                "parent": None,
            }
        rows.append(row)
        length += len(json.dumps(row, separators=(",", ":"))) + 1
    return rows


def broken(rows: list[dict[str, Any]]) -> tuple[str, Any]:
    """The rows as a model might mangle them: prose, an opening fence, single quotes, trailing commas, unescaped inner
    quotes, all closing brackets missing. And the value that is meant."""
    meant = json.loads(json.dumps(rows).replace("best", 'the \\"best\\" one,').replace("one, one", "one"))
    lines = []
    for row in meant:
        fields = []
        for key, value in row.items():
            if isinstance(value, str) and '"' in value:
                fields.append(f'"{key}": "{value}"')
            elif isinstance(value, str):
                fields.append(f"'{key}': '{value}'")
            else:
                fields.append(f"'{key}': {json.dumps(value)}")
        lines.append("{" + ", ".join(fields) + ",}")
    text = "Sure! Here is the JSON you asked for:\n\n```json\n[\n  " + ",\n  ".join(lines)
    return text.removesuffix(",}"), meant


def peers() -> dict[str, Parser]:
    """What is installed, by name."""
    found: dict[str, Parser] = {"harness": repair_json, "harness strict": parse_strict, "json.loads": json.loads}
    for name, module, function in [
        ("orjson", "orjson", "loads"),
        ("fast-json-repair", "fast_json_repair", "loads"),
        ("json_repair", "json_repair", "loads"),
    ]:
        try:
            found[name] = getattr(importlib.import_module(module), function)
        except ImportError:
            print(f"{name} is not installed", file=sys.stderr)
    try:
        jiter = importlib.import_module("jiter")
        found["jiter"] = lambda text: jiter.from_json(text.encode())
    except ImportError:
        print("jiter is not installed", file=sys.stderr)
    return found


def right(parser: Parser, text: str, meant: Any) -> bool:
    """Whether a parser gives the value that is meant."""
    try:
        return bool(parser(text) == meant)
    except Exception:
        return False


def once(parser: Parser, text: str, calls: int) -> float:
    """Microseconds a call."""
    start = time.perf_counter()
    for _ in range(calls):
        with contextlib.suppress(Exception):  # a refusal is timed as it is
            parser(text)
    return (time.perf_counter() - start) / calls * 1e6


def compare(parsers: dict[str, Parser], text: str, meant: Any, rounds: int) -> dict[str, dict[str, Any]]:
    """Time every parser on one text, taking turns."""
    calls = {}
    for name, parser in parsers.items():
        single = once(parser, text, 1)
        calls[name] = max(1, min(5_000, int(20_000 / max(single, 0.5))))
    times: dict[str, list[float]] = {name: [] for name in parsers}
    turns = list(parsers.items())
    for _ in range(rounds):
        turns.append(turns.pop(0))  # what one leaves behind in the allocator is not always the same one's to find
        for name, parser in turns:
            if len(times[name]) and times[name][0] > 500_000:
                continue
            times[name].append(once(parser, text, calls[name]))
    return {
        name: {"us": round(statistics.median(times[name]), 2), "right": right(parser, text, meant)}
        for name, parser in parsers.items()
    }


def threads(job: Callable[[], Any], count: int, calls: int) -> float:
    """Calls a second with `count` threads."""

    def work() -> None:
        for _ in range(calls):
            job()

    workers = [threading.Thread(target=work) for _ in range(count)]
    start = time.perf_counter()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return count * calls / (time.perf_counter() - start)


def table(title: str, rows: dict[str, dict[str, dict[str, Any]]]) -> None:
    """Print one comparison."""
    print(f"\n{title} (us a call; * = wrong value or refused)")
    names = list(next(iter(rows.values())))
    print("".ljust(18) + "".join(size.rjust(12) for size in rows))
    for name in names:
        cells = [f"{row[name]['us']}{'' if row[name]['right'] else '*'}" for row in rows.values()]
        print(name.ljust(18) + "".join(cell.rjust(12) for cell in cells))


def side_by_side(rounds: int) -> dict[str, Any]:
    """Calls a second on one and on four threads; sha256, which releases the GIL, shows what the machine can give.

    The value's objects can be made under the GIL only: of records of short fields that is half of the work, of a few
    files with their text next to nothing.
    """
    text, _ = broken(records(100_000))
    files, _ = broken([{"path": f"src/{n}.py", "text": "    say('it is the best')\n" * 250} for n in range(16)])
    block = b"x" * 1_000_000
    jobs: dict[str, Callable[[], Any]] = {
        "records": lambda: repair_json(text),
        "files": lambda: repair_json(files),
        "sha256": lambda: hashlib.sha256(block),
    }
    print("\ncalls a second on one and on four threads, 100 KB broken (sha256 of 1 MB: what the machine can give)")
    found: dict[str, Any] = {}
    for label, job in jobs.items():
        one, four = (statistics.median(threads(job, n, 200 // n) for _ in range(rounds)) for n in (1, 4))
        found[label] = {"one": round(one, 1), "four": round(four, 1), "ratio": round(four / one, 2)}
        print(f"{label.ljust(18)}{one:12.0f}{four:12.0f}   ratio {four / one:.2f}")
    return found


def main() -> None:
    """Run all comparisons."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--json", help="write the figures to this file")
    arguments.add_argument("--quick", action="store_true", help="fewer rounds, no 1 MB")
    chosen = arguments.parse_args()
    rounds = 3 if chosen.quick else 7
    parsers = peers()
    result: dict[str, Any] = {"valid": {}, "broken": {}}
    for label, size in SIZES.items():
        if chosen.quick and size > 100_000:
            continue
        rows = records(size)
        result["valid"][label] = compare(parsers, json.dumps(rows), rows, rounds)
        text, meant = broken(rows)
        menders = {name: parser for name, parser in parsers.items() if "repair" in name or name == "harness"}
        result["broken"][label] = compare(menders, text, meant, rounds)
    table("valid JSON", result["valid"])
    table("prose, fence, single quotes, commas, inner quotes, no closers", result["broken"])
    result["threads"] = side_by_side(rounds)
    result["streams"] = streams.streamed(records(10_000), rounds)
    result["calls"] = streams.extracted(rounds)
    streams.show(result["streams"], result["calls"])
    if not chosen.quick:
        result["hard"], result["memory"] = hard.growth(3), hard.memory()
        hard.show(result["hard"], result["memory"])
    if chosen.json:
        with open(chosen.json, "w", encoding="utf-8") as file:
            json.dump(result, file, indent=2)


if __name__ == "__main__":
    main()
