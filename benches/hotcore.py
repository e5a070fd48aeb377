"""What a turn costs in the hot core: a message more in a long conversation, and the request's body; windows.

    python benches/hotcore.py [--json] [--check]

One op appends one message to a transcript and makes the next body of the last N messages, beside `json.dumps` and
`orjson.dumps` of the same body as plain dictionaries, which whoever keeps no bytes has to write anew each turn. Medians
of rounds that take turns. The body is read by `json.loads` and compared with the dictionaries. The figures of single
parts, without Python around them, are criterion's: `cargo bench -p harness-core`.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import orjson

from harness.domain.completions import Options
from harness.domain.messages import Message
from harness.prompts import PromptBody, Transcript

TEXT = 'What do you make of the second paragraph of "On Growth", and does the third one follow from it?\n'
OPTIONS = Options(model="gpt-4o", temperature=0.0)
ROUNDS = 40


def told(number: int) -> Message:
    """A message of a conversation, the user's and the model's in turn."""
    return Message.assistant(f"{number}: {TEXT}") if number % 2 else Message.user(f"{number}: {TEXT}")


def plain(number: int) -> dict[str, str]:
    """The same as the wire has it."""
    return {"role": "assistant" if number % 2 else "user", "content": f"{number}: {TEXT}"}


def compare(count: int) -> dict[str, float]:
    """Microseconds an op, by name, over a conversation of `count` messages."""
    transcript = Transcript()
    for number in range(count):
        transcript.append(told(number), 25)
    messages = [plain(number) for number in range(count)]
    body: dict[str, Any] = {"model": "gpt-4o", "messages": messages, "temperature": 0.0, "stream": True}
    number = count

    def ours() -> bytes:
        transcript.append(told(number), 25)
        return PromptBody(transcript, ranges=[(number + 1 - count, number + 1)]).body("openai_chat", OPTIONS)

    def dumped(dump: Callable[[Any], Any]) -> Callable[[], Any]:
        return lambda: dump(body)

    ways = {"ours": ours, "json.dumps": dumped(json.dumps), "orjson.dumps": dumped(orjson.dumps)}
    taken: dict[str, list[float]] = {name: [] for name in ways}
    ours()
    messages.append(plain(number))
    messages.pop(0)
    number += 1
    for _ in range(ROUNDS):
        messages.append(plain(number))
        messages.pop(0)
        for name, way in ways.items():
            begun = time.perf_counter()
            made = way()
            taken[name].append((time.perf_counter() - begun) * 1e6)
            if name == "ours":
                written = made
        assert json.loads(written) == body, "the bodies differ"
        number += 1
    return {name: statistics.median(times) for name, times in taken.items()}


def turn_cost(count: int) -> float:
    """Microseconds of one turn with a window of 50 messages in a conversation of `count`: append, fit, body."""
    transcript = Transcript()
    for number in range(count):
        transcript.append(told(number), 25)
    times = []
    for number in range(count, count + 200):
        begun = time.perf_counter()
        transcript.append(told(number), 25)
        start = transcript.window(25 * 50)
        PromptBody(transcript, ranges=[(start, number + 1)]).body("openai_chat", OPTIONS)
        times.append((time.perf_counter() - begun) * 1e6)
    return statistics.median(times)


def main() -> int:
    """Run all comparisons."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--check", action="store_true", help="exit 1 where a bar is missed")
    options = parser.parse_args()
    bodies = {count: compare(count) for count in (20, 200, 2000)}
    turns = {count: turn_cost(count) for count in (1_000, 10_000, 100_000)}
    report: dict[str, Any] = {"append_and_body_us": bodies, "turn_in_a_window_us": turns}
    if options.json:
        print(json.dumps(report, indent=2))
    else:
        print("a message more and the next body (us; times ours)")
        for count, row in bodies.items():
            cells = "".join(f"{name:>14} {us:9.1f} x{us / row['ours']:<6.1f}" for name, us in row.items())
            print(f"{count:>8} messages{cells}")
        print("a turn with a window of 50 messages in a conversation of N (us)")
        print("".join(f"{count:>10,}: {us:.1f}" for count, us in turns.items()))
    row = bodies[2000]
    passed = row["json.dumps"] >= 20 * row["ours"] and row["orjson.dumps"] >= 5 * row["ours"]
    passed = passed and turns[100_000] <= 3 * turns[1_000]
    return 0 if passed or not options.check else 1


if __name__ == "__main__":
    sys.exit(main())
