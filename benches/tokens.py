"""Token counts beside tiktoken, in one run: times, ratios, growth, and whether the tokens are the same.

    python benches/tokens.py [--check]

tiktoken reads its vocabularies from the files that the core embeds, so nothing is fetched. Times are the least of seven
rounds, in milliseconds; English, code and Chinese of some 200 KB, and a hundred thousand letters `a`.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import os
import sys
import tempfile
import time
import timeit
from collections.abc import Callable
from pathlib import Path
from typing import Any

from harness.domain.messages import Message
from harness.prompts import Transcript
from harness.tokens import Tokenizer, count_message

ROOT = Path(__file__).resolve().parent.parent
ENCODINGS = ("cl100k_base", "o200k_base")
TEXTS = {
    "english": 'The quick brown fox jumps over the lazy dog, and then it says "hello" to 42 others in the wood. '
    * 2000,
    "code": (ROOT / "python/harness/engine/run/loop.py").read_text(encoding="utf-8") * 12,
    "chinese": "今天天气很好，我们去公园散步，然后一起吃了一顿丰盛的午餐。" * 2400,
    "a*100k": "a" * 100_000,
}
BARS = {"english": 3.0, "code": 3.0, "chinese": 3.0, "a*100k": 15.0}


def offline(folder: str) -> Any:
    """tiktoken, with its vocabularies put where it keeps what it has fetched."""
    for name in ENCODINGS:
        data = gzip.decompress((ROOT / f"rust/core/data/{name}.tiktoken.gz").read_bytes())
        address = f"https://openaipublic.blob.core.windows.net/encodings/{name}.tiktoken"
        (Path(folder) / hashlib.sha1(address.encode(), usedforsecurity=False).hexdigest()).write_bytes(data)
    os.environ["TIKTOKEN_CACHE_DIR"] = folder
    import tiktoken

    return tiktoken


def least(work: Callable[[str], object], text: str) -> float:
    """Milliseconds."""
    best = float("inf")
    for _ in range(7):
        begun = time.perf_counter()
        work(text)
        best = min(best, time.perf_counter() - begun)
    return best * 1e3


def main() -> int:
    """Run all comparisons."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="exit 1 where a bar is missed")
    options = parser.parse_args()
    passed = True
    with tempfile.TemporaryDirectory() as folder:
        tiktoken = offline(folder)
        print(f"{'':24}{'tiktoken':>10}{'count':>9}{'':9}{'encode':>9}{'':9}{'2n':>7}   same tokens")
        for name in ENCODINGS:
            theirs, ours = tiktoken.get_encoding(name), Tokenizer(name)
            for label, text in TEXTS.items():
                they = least(theirs.encode_ordinary, text)
                count, encode = least(ours.count, text), least(ours.encode, text)
                growth = least(ours.count, text + text) / count
                same = theirs.encode_ordinary(text) == ours.encode(text)
                passed = passed and same and they / count >= BARS[label] and growth <= 2.2
                print(f"{name:14}{label:10}{they:10.2f}{count:9.2f} x{they / count:<7.1f}", end="")
                print(f"{encode:9.2f} x{they / encode:<7.1f}x{growth:<6.2f}   {same}")
        passed = counted_before() and passed
    return 0 if passed or not options.check else 1


def counted_before() -> bool:
    """What the count of a message costs that was counted when it was appended, beside counting it."""
    tokenizer, transcript = Tokenizer(), Transcript()
    messages = [Message.user(f"{number} " + TEXTS["english"][:2000]) for number in range(1000)]
    for message in messages:
        transcript.append(message, count_message(message, tokenizer))
    tokens = transcript.tokens
    again = timeit.repeat(lambda: tokens(500, 501), number=200_000, repeat=7)
    idle = timeit.repeat(lambda: None, number=200_000, repeat=7)
    first = timeit.repeat(lambda: count_message(messages[500], tokenizer), number=200, repeat=7)
    cost = (min(again) - min(idle)) / 200_000 * 1e9
    print(
        f"a message of 2,000 characters counted before: {cost:.0f} ns; counted anew: {min(first) / 200 * 1e9:,.0f} ns"
    )
    return cost < 100


if __name__ == "__main__":
    sys.exit(main())
