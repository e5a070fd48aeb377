"""What harness weighs: at import, on the first run, and after many."""

import asyncio
import gc
import json
import subprocess
import sys
from pathlib import Path

import psutil

ROOT = Path(__file__).parents[2]


def test_import_opens_nothing_outside_the_package_and_little_memory() -> None:
    done = subprocess.run([sys.executable, str(ROOT / "scripts" / "lightness.py")], capture_output=True, text=True)
    figures = done.stdout.splitlines()
    assert len(figures) == 4, done.stderr
    # The ratio of times is asserted where it is measured in quiet (`make minimal`); here only what no clock decides.
    assert figures[-1] == "opened outside the package: nothing"
    assert float(figures[1].split(": ")[1].split(" ")[0]) <= 15


def test_import_loads_nothing_heavy() -> None:
    code = "import harness, sys, json; print(json.dumps(sorted({m.partition('.')[0] for m in sys.modules})))"
    loaded = set(json.loads(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout))
    assert loaded.isdisjoint({"asyncio", "aiohttp", "pydantic", "typer", "rich", "structlog", "yaml", "sqlite3"})


_FIRST_RUN = """
import asyncio, sys, json
from harness import Harness

async def main():
    async with Harness.from_config() as harness:
        before = set(sys.modules)
        result = await harness.run("What is (2+3)*7? Then add the result to my to-do list, and show the list.",
                                   conversation_id="c")
        assert "35" in result.text, result
        print(json.dumps(sorted(set(sys.modules) - before)))

asyncio.run(main())
"""


def test_the_first_run_imports_nothing(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", _FIRST_RUN], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == []


async def test_many_runs_at_once_give_their_memory_back() -> None:
    from harness.adapters.sinks.counters import CountersSink
    from harness.domain.completions import Options, Prompt
    from harness.testing.scripted import Answer, ScriptedProvider, call
    from tests.engine.support import FunctionalTool, runtime

    async def work(n: int) -> str:
        await asyncio.sleep(0)
        return "x" * 10_000

    def script(prompt: Prompt, options: Options) -> Answer:
        if prompt.messages[-1].tool_results:
            return "done " * 100
        return [call("work", {"n": n}, call_id=f"c{n}") for n in range(5)]

    def memory() -> int:
        gc.collect()
        return psutil.Process().memory_info().rss

    async def round_of_runs() -> None:
        provider = ScriptedProvider(script)
        counters = CountersSink()
        harness = runtime(provider, FunctionalTool("work", work), sinks=[counters])
        await asyncio.gather(*[harness.run("go", conversation_id=f"c{i}") for i in range(200)])
        assert counters.counts["runs_ended", "stop"] == 200
        assert counters.counts["tool_calls", "work", "ok"] == 1000
        await harness.aclose()

    await round_of_runs()
    before = memory()
    for _ in range(3):
        await round_of_runs()
    assert memory() - before <= 5 * 1024 * 1024
    assert asyncio.all_tasks() == {asyncio.current_task()}
