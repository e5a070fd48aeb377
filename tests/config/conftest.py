"""A folder of its own for every test, without a setting in the environment."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory is empty, and no variable is a setting."""
    for name in [name for name in os.environ if name.startswith("HARNESS_") and name != "HARNESS_FROZEN"]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str | bytes], Path]:
    """Writes a config file and returns its path."""

    def writer(text: str | bytes) -> Path:
        path = tmp_path / "harness.yaml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return writer
