"""Every example of README.md and CONTRIBUTING.md runs, in a folder and a process of its own."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.M | re.S)


def blocks(language: str) -> list[object]:
    found = []
    for name in ("README.md", "CONTRIBUTING.md"):
        text = (ROOT / name).read_text()
        for number, match in enumerate(_BLOCK.finditer(text)):
            if match[1] == language:
                found.append(pytest.param(match[2], id=f"{name}-{number}"))
    assert found, f"no {language} examples were found: the pattern is wrong"
    return found


@pytest.mark.parametrize("code", blocks("python"))
def test_python_examples_run(code: str, tmp_path: Path) -> None:
    env = {**os.environ, "OPENAI_API_KEY": "sk-test"}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], cwd=tmp_path, env=env, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""


@pytest.mark.parametrize("text", blocks("yaml"))
def test_yaml_examples_load(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from harness import Harness

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
    path = tmp_path / "harness.yaml"
    path.write_text(text)
    harness = Harness.from_config(path)
    harness.close()


def test_what_the_examples_print(tmp_path: Path) -> None:
    ((first, *_),) = ([each.values[0] for each in blocks("python") if "main()" in each.values[0]],)  # type: ignore[attr-defined]
    done = subprocess.run([sys.executable, "-c", first], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    lines = done.stdout.splitlines()
    assert lines[0] == "2 + 2 is 4. 4 30"
    assert lines[1] == "RunStarted"
    assert lines[-1] == "RunCompleted"


def test_the_exit_codes_are_those_of_the_command_line() -> None:
    from harness.cli.errors import EXIT_CODES

    rows = dict(re.findall(r"^\| (\d+) \| (.+?) \|$", (ROOT / "README.md").read_text(), re.M))
    assert {int(code) for code in rows} == set(EXIT_CODES)
