"""Runs the command line as a subprocess."""

import asyncio
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson


@dataclass(frozen=True)
class Done:
    """What a command ended with."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output, which is to be one object on one line."""
        (line,) = self.out.splitlines()
        return orjson.loads(line)


async def harness(*arguments: str, folder: Path, stdin: bytes | None = b"", **environment: str) -> Done:
    """Runs `harness` in `folder`; whatever configures it is not taken from the outside."""
    env = {key: value for key, value in os.environ.items() if not key.startswith(("HARNESS_", "OPENAI_"))}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-W",
        "error",
        "-m",
        "harness",
        *arguments,
        cwd=folder,
        env=env | environment,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await asyncio.wait_for(process.communicate(stdin), 60)
    assert process.returncode is not None
    return Done(process.returncode, out.decode(), err.decode())


def one_line(done: Done, code: int, *words: str) -> None:
    """Asserts that a command failed with one line, which holds these words, and a remedy or what was expected."""
    assert done.code == code, done
    assert done.out == ""
    (line,) = done.err.splitlines()
    assert line.startswith("harness: error: ")
    assert line.endswith(")") or "expected " in line, f"no remedy: {line}"
    for word in words:
        assert word in line, f"{word!r} is not in {line!r}"
