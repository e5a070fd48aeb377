"""The commands as a user types them, each in a process of its own."""

from pathlib import Path

import orjson

from harness.cli.errors import EXIT_CODES
from harness.testing import Call, FakeOpenAI, Say
from tests.cli.support import harness

QUESTION = "What is (2+3)*7? Then add the result to my to-do list, and show the list."


async def test_the_first_example_on_embedded_defaults(tmp_path: Path) -> None:
    done = await harness("run", "--conversation", "demo", QUESTION, folder=tmp_path)
    assert done.code == 0, done.err
    assert done.out == "(2+3)*7 = 35. Added “35” to your to-do list. Your to-do list: 1. 35.\n"
    assert "→ calculator" in done.err
    assert (tmp_path / ".harness" / "harness.db").exists()
    done = await harness("run", "--conversation", "demo", "Show my to-do list.", folder=tmp_path)
    assert done.out == "Your to-do list: 1. 35.\n"
    done = await harness("run", "--conversation", "other", "Show my to-do list.", folder=tmp_path)
    assert done.out == "Your to-do list is empty.\n"


async def test_json_is_one_object(tmp_path: Path) -> None:
    done = await harness("run", "--json", QUESTION, folder=tmp_path)
    found = done.json
    assert list(found) == [
        "run_id", "text", "finish_reason", "tool_calls", "usage", "route", "iterations",
    ]  # fmt: skip
    assert [each["name"] for each in found["tool_calls"]] == ["calculator", "todo_add", "todo_list"]
    first = found["tool_calls"][0]
    assert set(first) == {"name", "arguments", "result", "error", "duration_ms"}
    assert (first["arguments"], first["result"], first["error"]) == ({"expression": "(2+3)*7"}, 35, None)
    assert found["finish_reason"] == "stop"
    assert found["route"]["provider"] == "pattern"
    assert found["usage"]["input_tokens"] > 0


async def test_a_pipe_gets_no_colour_codes(tmp_path: Path) -> None:
    for arguments in (["run", QUESTION], ["doctor"], ["--help"], ["run", "--help"], ["config", "check"]):
        done = await harness(*arguments, folder=tmp_path, FORCE_COLOR="", TERM="xterm-256color")
        assert "\x1b" not in done.out + done.err


async def test_the_prompt_may_come_from_a_pipe(tmp_path: Path) -> None:
    for arguments in (["run"], ["run", "-"]):
        done = await harness(*arguments, folder=tmp_path, stdin=b"what is 2+2?\n")
        assert done.out == "2+2 = 4.\n"


async def test_config_init_writes_what_works_and_does_not_overwrite(tmp_path: Path) -> None:
    assert (await harness("config", "init", folder=tmp_path)).code == 0
    text = (tmp_path / "harness.yaml").read_text()
    assert (await harness("config", "check", folder=tmp_path)).code == 0
    assert (await harness("run", QUESTION, folder=tmp_path)).code == 0
    again = await harness("config", "init", folder=tmp_path)
    assert again.code != 0
    assert (tmp_path / "harness.yaml").read_text() == text


async def test_config_schema_is_a_json_schema(tmp_path: Path) -> None:
    done = await harness("config", "schema", folder=tmp_path)
    assert orjson.loads(done.out)["type"] == "object"


async def test_doctor_says_what_is_there_and_what_is_not(tmp_path: Path) -> None:
    done = await harness("doctor", folder=tmp_path)
    assert done.code == 0, done.out + done.err
    assert "ok native core" in done.out
    assert "ok store libsql" in done.out
    (tmp_path / "harness.yaml").write_text(
        "version: 1\nprovider: {adapter: openai, model: m, base_url: http://127.0.0.1:9/v1}\n"
    )
    done = await harness("doctor", folder=tmp_path)
    assert done.code != 0
    assert "127.0.0.1:9" in done.out


async def test_help_and_version(tmp_path: Path) -> None:
    done = await harness("--help", folder=tmp_path)
    for code, meaning in EXIT_CODES.items():
        assert f"{code}  {meaning}" in done.out
    assert (await harness("--version", folder=tmp_path)).out.startswith("harness ")


async def test_a_model_behind_a_real_socket(tmp_path: Path) -> None:
    async with FakeOpenAI([Say(calls=[Call("calculator", {"expression": "6*7"})]), "It is 42."]) as server:
        (tmp_path / "harness.yaml").write_text(
            f"version: 1\nprovider: {{adapter: openai, model: m, base_url: '{server.base_url}', api_key: '${{KEY}}'}}\n"
        )
        done = await harness("run", "--json", "six times seven?", folder=tmp_path, KEY="sk-a-secret-of-some-length")
    assert done.json["text"] == "It is 42."
    assert done.json["tool_calls"][0]["result"] == 42
    assert server.requests[0].headers["authorization"] == "Bearer sk-a-secret-of-some-length"


async def test_chat_takes_lines_from_a_pipe(tmp_path: Path) -> None:
    lines = "what is 6*7?\nand 3 more?\n/history\n/quit\n"
    done = await harness("chat", folder=tmp_path, stdin=lines.encode())
    assert done.code == 0, done.err
    assert "6*7 = 42." in done.out
    assert "The result + 3 = 45." in done.out
