"""`harness chat` on a real terminal: streams, shows tool calls, and Ctrl-C ends the turn, not the session."""

import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

_TOOL = '''
import asyncio
from harness import tool

@tool
async def wait_long() -> str:
    """Wait for a long time."""
    await asyncio.sleep(600)
    return "never"
'''


class Terminal:
    """A session of the chat at the other end of a pseudo-terminal."""

    def __init__(self, folder: Path) -> None:
        self.master, slave = pty.openpty()
        env = {key: value for key, value in os.environ.items() if not key.startswith("HARNESS_")}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "harness", "chat", "--conversation", "c"],
            cwd=folder,
            env=env | {"PYTHONPATH": str(folder), "TERM": "xterm"},
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            preexec_fn=lambda: __import__("fcntl").ioctl(0, __import__("termios").TIOCSCTTY, 0),
        )
        os.close(slave)
        self.seen = ""

    def type(self, text: str) -> None:
        """Types at the prompt, once it is there."""
        self.wait_for("> ")
        self.press(text)

    def press(self, key: str) -> None:
        """Presses a key, whatever is on the screen."""
        os.write(self.master, key.encode())

    def wait_asleep(self) -> None:
        """Waits until the session waits for keys. Between its prompt and that, a signal is noted and told to no one."""
        stat = Path(f"/proc/{self.process.pid}/stat")
        while stat.exists() and stat.read_text().rsplit(")", 1)[1].split()[0] != "S":
            os.sched_yield()

    def wait_for(self, text: str) -> None:
        """Reads until `text` is on the screen, after what was waited for before."""
        deadline = time.monotonic() + 30
        while text not in self.seen:
            ready, _, _ = select.select([self.master], [], [], max(0.0, deadline - time.monotonic()))
            assert ready, f"{text!r} did not come: {self.seen!r}"
            try:
                self.seen += os.read(self.master, 65536).decode(errors="replace")
            except OSError:  # the other end is closed
                pytest.fail(f"the chat ended before {text!r}: {self.seen!r}")
        self.seen = self.seen.split(text, 1)[1]


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    (tmp_path / "mine.py").write_text(_TOOL)
    (tmp_path / "harness.yaml").write_text('version: 1\ntools: {builtin: [calculator], modules: ["mine:wait_long"]}\n')
    made = Terminal(tmp_path)
    yield made
    if made.process.poll() is None:
        made.process.kill()
    made.process.wait(30)
    os.close(made.master)


def test_a_session(terminal: Terminal) -> None:
    terminal.type("what is 6*7?\n")
    terminal.wait_for("calculator")
    terminal.wait_for("6*7 = 42.")
    terminal.type("call wait_long\n")
    terminal.wait_for("wait_long")
    terminal.wait_for("wait_long")
    terminal.press("\x03")
    terminal.type("and 3 more?\n")
    terminal.wait_for("= 45.")
    terminal.type("/history\n")
    terminal.wait_for("6*7")
    terminal.wait_for("= 45.")  # the last line of the history; the next prompt is a real one
    terminal.type("\x04")
    assert terminal.process.wait(30) == 0


def test_ctrl_c_at_the_prompt_does_not_end_it(terminal: Terminal) -> None:
    terminal.type("what is 1+1?\n")
    terminal.wait_for("1+1 = 2.")
    terminal.wait_for("> ")
    terminal.wait_asleep()
    os.killpg(terminal.process.pid, signal.SIGINT)
    terminal.type("what is 2+2?\n")
    terminal.wait_for("2+2 = 4.")
    terminal.type("/quit\n")
    assert terminal.process.wait(30) == 0
