"""What a turn of a long conversation costs on the embedded store: opening it, one turn, saving.

    python benches/conversations.py [--check]

A file of SQLite with 1,000, 10,000 and 100,000 messages. For each a new process opens the file and the conversation,
runs one turn with a window of 8,000 tokens and saves it; then twenty more turns in the same process. Times are medians,
of five processes and of the turns; memory is the peak of what Python allocated from the opening on (tracemalloc). The
model answers at once.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import time
import tracemalloc
from pathlib import Path

from harness import ContextPolicy, Harness
from harness.adapters.stores.sqlite import SqliteStore
from harness.domain.messages import Message, Turn
from harness.testing import ScriptedProvider
from harness.tokens import Tokenizer

SIZES = (1_000, 10_000, 100_000)
ROUNDS = 5
WORDS = "What was said in a turn of some twenty words, which is about what people write to a model, number "


async def fill(path: Path, messages: int) -> None:
    """Write a conversation."""
    store = SqliteStore(path)
    try:
        waiting = []
        for number in range(messages // 2):
            turn = Turn(
                f"r{number}", (Message.user(f"{WORDS}{number}"), Message.assistant(f"{WORDS}{number}, answered"))
            )
            waiting.append(store.append("c", turn, position=number))
            if len(waiting) == 500:
                await asyncio.gather(*waiting)
                waiting.clear()
        await asyncio.gather(*waiting)
        assert (await store.load("c", last_turns=1)).length == messages // 2
    finally:
        await store.aclose()


async def turn(path: Path) -> None:
    """Open, run, save, close; print milliseconds and bytes."""
    tokenizer = Tokenizer()
    provider = ScriptedProvider(lambda prompt, options: "well then")
    policy = ContextPolicy(max_tokens=8_000, reserve_output=500)
    # A conversation of another name first, so that code is loaded and tables are made.
    async with Harness(ScriptedProvider(["a"]), context=policy, tokenizer=tokenizer) as warm:
        await warm.run("warm", conversation_id="warm")
    tracing = "--trace" in sys.argv
    if tracing:
        tracemalloc.start()
    begun = time.perf_counter()
    harness = Harness(provider, store=SqliteStore(path), context=policy, tokenizer=tokenizer)
    await harness.run("and now", conversation_id="c")
    first = time.perf_counter() - begun
    nexts = []
    for number in range(20):
        begun = time.perf_counter()
        await harness.run(f"and then {number}", conversation_id="c")
        nexts.append(time.perf_counter() - begun)
    await harness.aclose()
    shown = len(provider.prompts[0].messages)
    peak = tracemalloc.get_traced_memory()[1] if tracing else 0
    median = statistics.median(nexts)
    print(json.dumps({"first": first * 1e3, "next": median * 1e3, "peak": peak, "shown": shown}))


def measured(path: Path, *more: str) -> dict[str, float]:
    """One process's figures."""
    done = subprocess.run([sys.executable, __file__, "--turn", str(path), *more], capture_output=True, check=True)
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


def main() -> int:
    """Measure all sizes."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="exit 1 where 100,000 messages cost twice what 1,000 do")
    parser.add_argument("--turn", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--trace", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.turn is not None:
        asyncio.run(turn(options.turn))
        return 0
    rows = []
    print(f"{'messages':>10}{'first turn':>13}{'next':>10}{'shown':>7}{'allocated':>14}")
    with tempfile.TemporaryDirectory() as folder:
        for size in SIZES:
            path = Path(folder) / f"{size}.db"
            asyncio.run(fill(path, size))
            runs = [measured(path) for _ in range(ROUNDS)]
            row = {key: statistics.median([run[key] for run in runs]) for key in runs[0]}
            row["peak"] = measured(path, "--trace")["peak"]
            rows.append(row)
            print(f"{size:>10,}{row['first']:>10.1f} ms{row['next']:>7.2f} ms{row['shown']:>7.0f}", end="")
            print(f"{row['peak'] / 1024:>10,.0f} KiB")
    flat = all(rows[-1][key] <= 2 * rows[0][key] for key in ("first", "next", "peak"))
    return 0 if flat or not options.check else 1


if __name__ == "__main__":
    sys.exit(main())
