"""Bad input: one line that names the place and the remedy, and an exit code; nothing else."""

import os
import resource
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from harness import ErrorCategory
from harness.testing import Drop, Fail, FakeOpenAI, Raw, Say
from harness.testing.wire_replies import Delivery, Reply
from tests.cli.support import harness, one_line

CONFIGS = [
    ("provider: [unclosed\n", ("harness.yaml:2", "is no YAML")),
    ("version: 1\nprovidr: {adapter: pattern}\n", ("harness.yaml:2:1", "providr", "provider")),
    ("version: 1\nprovider: {adapter: patern}\n", ("harness.yaml:2", "patern", "pattern")),
    (
        "version: 1\nprovider: {adapter: openai, model: m, api_key: '${NO_SUCH_KEY}'}\n",
        ("harness.yaml:2", "NO_SUCH_KEY"),
    ),
    ("version: 1\npolicy: {max_iterations: many}\n", ("harness.yaml:2", "policy.max_iterations")),
    ("version: 1\nstore: {adapter: libsql, url: 'fil:x'}\n", ("harness.yaml:2", "store.url", "file:x")),
    ("\t- x", ("harness.yaml:1",)),
]


@pytest.mark.parametrize(("text", "words"), CONFIGS)
async def test_a_config_that_is_wrong(text: str, words: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "harness.yaml").write_text(text)
    one_line(await harness("run", "hello", folder=tmp_path), 3, *words)


async def test_a_config_that_is_not_there(tmp_path: Path) -> None:
    one_line(await harness("run", "-c", "none.yaml", "hello", folder=tmp_path), 3, "none.yaml", "config init")


@pytest.mark.parametrize("prompt", ["", "   ", "\n"])
async def test_an_empty_prompt(prompt: str, tmp_path: Path) -> None:
    one_line(await harness("run", prompt, folder=tmp_path), 2, "prompt is empty")
    one_line(await harness("run", folder=tmp_path, stdin=prompt.encode()), 2, "empty")


async def test_a_prompt_of_10_mb(tmp_path: Path) -> None:
    one_line(await harness("run", folder=tmp_path, stdin=b"x" * 10_000_000), 2, "policy.max_prompt_chars")


async def test_a_prompt_that_is_no_utf8(tmp_path: Path) -> None:
    one_line(await harness("run", folder=tmp_path, stdin=b"caf\xe9"), 2, "not UTF-8", "byte 3")


async def test_an_unknown_option(tmp_path: Path) -> None:
    one_line(await harness("run", "--nonsense", "x", folder=tmp_path), 2, "--nonsense", "--help")


async def test_json_tells_errors_as_an_object(tmp_path: Path) -> None:
    done = await harness("run", "--json", "", folder=tmp_path)
    assert done.code == 2
    assert '"exit_code":2' in done.err.replace(" ", "")


async def test_a_locked_database(tmp_path: Path) -> None:
    assert (await harness("run", "--conversation", "c", "2+2", folder=tmp_path)).code == 0
    held = sqlite3.connect(tmp_path / ".harness" / "harness.db", isolation_level=None)
    try:
        held.execute("BEGIN EXCLUSIVE")
        done = await harness("run", "--conversation", "c", "2+2", folder=tmp_path)
    finally:
        held.close()
    assert done.code == 5
    assert "locked" in done.err
    assert "harness.db" in done.err


def test_a_disk_that_is_full(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "harness", "run", "--conversation", "c", "2+2"], cwd=tmp_path, check=True, timeout=60,
        capture_output=True,
    )  # fmt: skip

    def no_room() -> None:
        # The kernel refuses to let any file grow past this: what a full disk does, for one process.
        import signal

        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))

    done = subprocess.run(
        [sys.executable, "-m", "harness", "run", "--conversation", "c", "--quiet", "2+2"],
        cwd=tmp_path, timeout=60, capture_output=True, text=True, preexec_fn=no_room,
    )  # fmt: skip
    assert done.returncode == 5, done
    line = done.stderr.splitlines()[-1]
    assert "harness.db" in line
    assert done.stdout in ("", "2+2 = 4.\n"), "an answer that could not be saved is shown all the same, or none is"


async def test_a_store_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = await harness("run", "-o", "store.url=file:file/harness.db", "--conversation", "c", "2+2", folder=tmp_path)
    assert done.code == 5
    assert "file/harness.db" in done.err.splitlines()[-1]


async def test_a_dead_base_url(tmp_path: Path) -> None:
    config(tmp_path, "http://127.0.0.1:9/v1")
    one_line(await harness("run", "hello", folder=tmp_path), 1, "127.0.0.1:9")


def config(folder: Path, base_url: str) -> None:
    text = f"version: 1\nprovider: {{adapter: openai, model: m, api_key: k, base_url: '{base_url}'}}\n"
    (folder / "harness.yaml").write_text(text)


ANSWERS: list[tuple[Reply, tuple[str, ...]]] = [
    (Raw(b"<html><body>Welcome</body></html>", content_type="text/html"), ("HTML",)),
    (Raw(b'{"choices": [{"mess'), ("openai",)),
    (Fail(ErrorCategory.AUTHENTICATION), ("401",)),
    (Fail(ErrorCategory.RATE_LIMITED), ("429",)),
    (Fail(ErrorCategory.UNAVAILABLE), ("openai",)),
    (Raw(b"oops", status=500, content_type="text/plain"), ("500",)),
    (Drop(), ("openai",)),
]


@pytest.mark.parametrize("stream", ["--stream", "--no-stream"])
@pytest.mark.parametrize(("reply", "words"), ANSWERS)
async def test_a_server_that_answers_badly(reply: Reply, words: tuple[str, ...], stream: str, tmp_path: Path) -> None:
    async with FakeOpenAI(lambda request: reply) as server:
        config(tmp_path, server.base_url)
        one_line(await harness("run", stream, "hello", folder=tmp_path), 1, *words)


async def test_a_stream_that_is_cut(tmp_path: Path) -> None:
    reply = Say("It was a dark and stormy night", delivery=Delivery(stop_after=400, ending="close"))
    async with FakeOpenAI(lambda request: reply) as server:
        config(tmp_path, server.base_url)
        done = await harness("run", "--stream", "hello", folder=tmp_path)
    assert done.code == 1
    assert done.err.splitlines()[-1].startswith("harness: error: ")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anything; the store's own tests cover it")
async def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    done = await harness("run", "--conversation", "c", "2+2", folder=tmp_path)
    assert done.code == 5
