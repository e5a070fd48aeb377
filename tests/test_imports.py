"""The house's import rules, held by import-linter (`.importlinter`), and the one that it cannot see."""

import ast
from pathlib import Path

import pytest
from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "python" / "harness"
FACES = {
    "__init__.py",
    "parsing.py",
    "caching.py",
    "prompts.py",
    "tokens/exact.py",
    "tokens/estimated.py",
    "tokens/models.py",
}
"""Who may import the Rust core, besides the engine modules that own a hot thing."""
OWNERS = {"engine/context/prompt.py", "engine/run/textcalls.py"}


def test_imports_point_inward(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(ROOT)
    status = lint_imports(config_filename=str(ROOT / ".importlinter"), no_logo=True)
    assert status == EXIT_STATUS_SUCCESS, capsys.readouterr().out


def imports_native(path: Path) -> bool:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom):
            names = {alias.name for alias in node.names}
            if (node.module == "harness" and "_native" in names) or (node.module or "").startswith("harness._native"):
                return True
        elif isinstance(node, ast.Import) and any(alias.name.startswith("harness._native") for alias in node.names):
            return True
    return False


def test_the_rust_core_is_reached_through_its_faces() -> None:
    found = {str(path.relative_to(PACKAGE)) for path in PACKAGE.rglob("*.py") if imports_native(path)}
    assert "parsing.py" in found, "the check sees nothing"
    assert found <= FACES | OWNERS
