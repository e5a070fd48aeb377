"""Inputs made to hurt a parser: whether time grows as the input does, and how much memory it takes."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

from harness.parsing import ParseError, StreamParser, extract_tool_calls, parse_partial, repair_json

MEGABYTE = 1_000_000

LIMIT = 2.3
"""Most that twice the input may cost, as a multiple of what it costs once."""

HARD: dict[str, Callable[[int], str]] = {
    "[": lambda n: "[" * n,
    '{"a":': lambda n: '{"a":' * (n // 5),
    "backslashes": lambda n: "\\" * n,
    "escaped in a string": lambda n: '{"a": "' + "\\" * n,
    "double quotes": lambda n: '"' * n,
    "single quotes": lambda n: "'" * n,
    "backticks": lambda n: "`" * n,
    "<": lambda n: "<" * n,
    "unterminated string": lambda n: '{"a": "' + "x" * n,
    "unterminated, escapes": lambda n: '{"a": "' + "x\\n" * (n // 3),
    "candidates {} ": lambda n: "{} " * (n // 3),
    'candidates {"a":1} ': lambda n: '{"a":1} ' * (n // 8),
    "openers in prose": lambda n: "see [ and { or ( " * (n // 17),
    "nested to 500": lambda n: ("[" * 500 + "]" * 500 + "\n") * max(1, n // 1001),
    "closers": lambda n: "]}" * (n // 2),
    "colons and commas": lambda n: "{" + ":," * (n // 2),
    "comments": lambda n: "[" + "/*" * (n // 2),
    "slashes": lambda n: "[" + "//" * (n // 2),
    "fences": lambda n: "```json\n" * (n // 8),
    "half fences": lambda n: "```json\n{\n" * (n // 10),
    "numbers": lambda n: "[" + "1" * n,
    "tool_call opened": lambda n: "<tool_call>" * (n // 11),
    "invoke opened": lambda n: '<invoke name="f">' * (n // 17),
    "think opened": lambda n: "<think>" * (n // 7),
    "calls": lambda n: "f(a=" * (n // 4),
}


def feed(text: str) -> None:
    """The text through the stream parser in chunks of 20 characters."""
    parser = StreamParser()
    for at in range(0, len(text), 20):
        parser.feed(text[at : at + 20])
    parser.finish()


WORK: dict[str, Callable[[str], Any]] = {
    "repair": repair_json,
    "partial": parse_partial,
    "extract": extract_tool_calls,
    "stream": feed,
}


def taken(work: Callable[[str], Any], text: str, rounds: int) -> float:
    """Milliseconds, the least of some rounds."""
    best = float("inf")
    for _ in range(rounds):
        begun = time.perf_counter()
        with contextlib.suppress(ParseError):
            work(text)
        best = min(best, time.perf_counter() - begun)
    return best * 1e3


def growth(rounds: int, size: int = MEGABYTE) -> dict[str, dict[str, dict[str, float]]]:
    """For each input and each way to read it: milliseconds for n and for 2n, and their ratio."""
    found: dict[str, dict[str, dict[str, float]]] = {}
    for name, make in HARD.items():
        found[name] = {}
        for how, work in WORK.items():
            once, twice = taken(work, make(size), rounds), taken(work, make(2 * size), rounds)
            if twice > 0.2 and twice / once > 2.1:  # again, so that noise alone gives no verdict
                once, twice = (min(t, taken(work, make(k * size), rounds)) for t, k in ((once, 1), (twice, 2)))
            found[name][how] = {"ms": round(once, 3), "ms_2n": round(twice, 3), "ratio": round(twice / once, 2)}
            if twice / once > LIMIT and how in ("repair", "partial"):
                # A value past the processor's caches costs whoever builds it more an object: what it costs another.
                same = [json.dumps(work(make(k * size))) for k in (1, 2)]
                once, twice = (taken(json.loads, text, rounds) for text in same)
                found[name][how]["json_loads_ratio"] = round(twice / once, 2)
    return found


_MEMORY = """
import contextlib, pathlib, sys
from parser_parts.hard import HARD, WORK
def peak():
    lines = pathlib.Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) * 1024
name, how, size = sys.argv[1], sys.argv[2], int(sys.argv[3])
for small in HARD.values():
    with contextlib.suppress(Exception):
        WORK[how](small(1000))
text, value = HARD[name](size), None
before = peak()
with contextlib.suppress(Exception):
    value = WORK[how](text)
grown = peak() - before
held, seen, left = 0, set(), [value]
while left:
    each = left.pop()
    if id(each) in seen:
        continue
    seen.add(id(each))
    held += sys.getsizeof(each) + (16 if isinstance(each, (dict, list, tuple)) else 0)  # 16: the collector's head
    if isinstance(each, dict):
        left += [*each, *each.values()]
    elif isinstance(each, (list, tuple)):
        left += each
    elif hasattr(each, "calls"):
        left += [each.calls, each.text, each.reasoning]
    elif hasattr(each, "arguments"):
        left += [each.name, each.arguments, each.span, each.repairs]
print(grown / len(text), max(0, grown - held) / len(text))
"""


def memory(size: int = MEGABYTE) -> dict[str, dict[str, tuple[float, float]]]:
    """The growth of the process's peak over the input's size, each in a process of its own (Linux): in all, and beside
    what the Python value itself takes, which is 64 bytes for the two of `{}` whoever reads it."""
    found: dict[str, dict[str, tuple[float, float]]] = {}
    for name in HARD:
        found[name] = {}
        for how in ("repair", "extract"):
            command = [sys.executable, "-c", _MEMORY, name, how, str(size)]
            answer = subprocess.run(command, check=True, capture_output=True, text=True, cwd=sys.path[0])
            grown, beside = (round(float(figure), 1) for figure in answer.stdout.split())
            found[name][how] = (grown, beside)
    return found


def show(found: dict[str, dict[str, dict[str, float]]], peaks: dict[str, dict[str, tuple[float, float]]]) -> None:
    """Print both tables, the worst last."""
    print(f"\nhard inputs of 1 MB: ms, and the ratio of the time for 2 MB to it (at most 2.3)\n{'':22}", end="")
    print("".join(how.rjust(18) for how in WORK) + "   memory/input, in all and beside the value (at most 12)")
    for name, row in found.items():
        cells = [f"{cell['ms']:.2f} x{cell['ratio']:.2f}" for cell in row.values()]
        print(name.ljust(22) + "".join(cell.rjust(18) for cell in cells) + f"   {peaks.get(name, '')}")
    worst = max((cell["ratio"], name, how) for name, row in found.items() for how, cell in row.items())
    print(f"worst ratio: {worst}")
    for name, row in found.items():
        for how, cell in row.items():
            if "json_loads_ratio" in cell:
                print(f"{name}, {how}: x{cell['ratio']}; json.loads on the same value: x{cell['json_loads_ratio']}")
