"""The log sink: the contract, and lines in a real file."""

import json
import subprocess
import sys
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from harness import ConfigError, Harness
from harness.adapters.sinks.loglines import DEFAULT_LEVELS, name_of
from harness.adapters.sinks.structlog import StructlogSink
from harness.domain.events import EventBase, RunStarted, TextDelta
from harness.testing import ScriptedProvider, call
from harness.testing.contracts.sink import EventSinkContract, every_event


class TestStructlogSink(EventSinkContract):
    @pytest.fixture(params=["json", "console"])
    async def sink(self, request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[StructlogSink]:
        sink = StructlogSink(format=request.param, path=str(tmp_path / "log"), level="debug", content=True)
        yield sink
        await sink.aclose()


async def written(path: Path, **options: Any) -> list[dict[str, Any]]:
    sink = StructlogSink(path=str(path), **options)
    for event in every_event():
        sink.on_event(event)
    await sink.aclose()
    assert (sink.dropped, sink.failed) == (0, 0)
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_every_event_has_a_level() -> None:
    assert set(DEFAULT_LEVELS) == {name_of(kind) for kind in EventBase.__subclasses__()}


async def test_a_line_says_who_when_and_what(tmp_path: Path) -> None:
    lines = await written(tmp_path / "log")
    first = lines[0]
    assert (first["event"], first["level"], first["run_id"], first["seq"]) == ("run_started", "info", "run_contract", 0)
    assert first["timestamp"].endswith("Z")
    assert first["conversation_id"] == "c1"


async def test_content_is_left_out_unless_asked_for(tmp_path: Path) -> None:
    lines = await written(tmp_path / "plain", level="debug")
    assert lines[0]["input_chars"] == len("1+2? \ud800 \x00 ☃")
    assert not any({"input", "text", "arguments", "result"} & set(line) for line in lines)
    lines = await written(tmp_path / "full", level="debug", content=True)
    assert next(line for line in lines if line["event"] == "tool_started")["arguments"] == "{'a': 1, 'b': 2}"


async def test_the_level_chooses_the_lines(tmp_path: Path) -> None:
    lines = await written(tmp_path / "log", level="warning")
    assert {line["event"] for line in lines} == {
        "attempt_finished",  # the one that failed
        "tool_finished",  # the one that failed
        "no_progress_warned",
        "run_failed",
        "run_cancelled",
    }
    lines = await written(tmp_path / "own", level="warning", levels={"text_delta": "error", "run_cancelled": "off"})
    assert "text_delta" in {line["event"] for line in lines}
    assert "run_cancelled" not in {line["event"] for line in lines}


async def test_long_texts_are_cut_and_secrets_hidden(tmp_path: Path) -> None:
    sink = StructlogSink(path=str(tmp_path / "log"), content=True, max_chars=40)
    sink.on_event(RunStarted("r", 0, 1.0, "sk-abcdefghijklmnopqrstuv " + "x" * 100))
    await sink.aclose()
    (line,) = [json.loads(each) for each in (tmp_path / "log").read_text().splitlines()]
    assert line["input"].startswith("*** x")
    assert line["input"].endswith("(86 characters more)")


async def test_a_full_queue_drops_and_counts() -> None:
    sink = StructlogSink(level="debug", capacity=2)
    stuck, entered = threading.Event(), threading.Event()

    def write(*_entry: Any) -> None:
        entered.set()
        stuck.wait(10)

    sink._write = write  # type: ignore[method-assign]
    sink.on_event(TextDelta("r", 0, 1.0, "a"))
    assert entered.wait(10)
    for seq in range(1, 5):
        sink.on_event(TextDelta("r", seq, 1.0, "b"))
    assert sink.dropped == 3
    stuck.set()
    await sink.aclose()


async def test_a_file_that_cannot_be_written_fails_no_run() -> None:
    if not Path("/dev/full").exists():
        pytest.fail("this machine has no /dev/full")
    sink = StructlogSink(path="/dev/full")
    async with Harness(ScriptedProvider([call("nothing"), "done"]), sinks=[sink]) as harness:
        result = await harness.run("hello")
    assert result.text == "done"
    assert sink.failed > 0


def test_a_path_that_cannot_be_opened_is_a_config_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"cannot write the log .*No such file") as caught:
        StructlogSink(path=str(tmp_path / "none" / "log"))
    assert caught.value.key == "path"
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("levels", "words"), [({"tool_finishd": "info"}, "no event"), ({"tool_finished": "loud"}, "no level")]
)
def test_unknown_names_are_config_errors(levels: dict[str, str], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        StructlogSink(levels=levels)


def test_a_process_that_ends_unclosed_writes_what_waits(tmp_path: Path) -> None:
    code = (
        "from harness.adapters.sinks.structlog import StructlogSink\n"
        "from harness.domain.events import RunStarted\n"
        f"sink = StructlogSink(path={str(tmp_path / 'log')!r})\n"
        "for seq in range(500): sink.on_event(RunStarted('r', seq, 1.0, 'x'))\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
    assert len((tmp_path / "log").read_text().splitlines()) == 500
