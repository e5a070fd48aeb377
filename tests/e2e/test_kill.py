"""kill -9 at any moment of fifty runs: the file opens, holds whole turns only, and the conversations go on."""

import os
import random
import signal
import subprocess
import sys
from pathlib import Path

from harness import Harness, Role
from harness.adapters.providers.pattern import PatternProvider
from harness.adapters.stores.libsql import open_store
from harness.adapters.tools import calculator, todo
from harness.domain.messages import Conversation

_WORKER = """
import asyncio, sys
from harness import Harness
from harness.adapters.providers.pattern import PatternProvider
from harness.adapters.stores.libsql import open_store
from harness.adapters.tools import calculator, todo

async def main():
    tools = [*calculator.make_tools(), *todo.make_tools()]
    async with Harness(PatternProvider(), tools=tools, store=open_store("file:runs.db")) as harness:
        async def one(number):
            prompt = f"what is {number}+1? Then add the result to my to-do list."
            await harness.run(prompt, conversation_id=f"c{number % 5}")
            print(number, flush=True)
        await asyncio.gather(*(one(number) for number in range(50)))

asyncio.run(main())
"""


def whole(conversation: Conversation) -> bool:
    """Whether every turn goes from a user's message to the model's last words, and every call has its result."""
    for turn in conversation.turns:
        messages = turn.messages
        calls = [call.id for message in messages for call in message.tool_calls]
        results = [result.call_id for message in messages for result in message.tool_results]
        if sorted(calls) != sorted(results):
            return False
        if messages[0].role is not Role.USER or messages[-1].role is not Role.ASSISTANT or messages[-1].tool_calls:
            return False
    return True


async def test_kill_at_any_moment(tmp_path: Path) -> None:
    chance = random.Random(7)
    finished: set[int] = set()
    for kill_after in [0, *sorted(chance.sample(range(1, 50), 6))]:
        worker = subprocess.Popen([sys.executable, "-c", _WORKER], cwd=tmp_path, stdout=subprocess.PIPE, text=True)
        assert worker.stdout is not None
        try:
            for seen, line in enumerate(worker.stdout, 1):
                finished.add(int(line))
                if seen > kill_after:
                    break
        finally:
            os.kill(worker.pid, signal.SIGKILL)
            worker.wait()
            worker.stdout.close()

    store = open_store(f"file:{tmp_path / 'runs.db'}")
    tools = [*calculator.make_tools(), *todo.make_tools()]
    async with Harness(PatternProvider(), tools=tools, store=store) as harness:
        said = set()
        for number in range(5):
            conversation = await store.load(f"c{number}")
            assert whole(conversation), conversation
            said |= {turn.messages[0].text for turn in conversation.turns}
        for number in finished:
            assert f"what is {number}+1? Then add the result to my to-do list." in said, "a run that was told is lost"
        result = await harness.run("Show my to-do list.", conversation_id=f"c{min(finished) % 5}")
        assert result.text.startswith("Your to-do list: 1.")
