"""The example plug-in, found by its entry points as an installed package is."""

import tomllib
from pathlib import Path

import pytest

from tests.cli.support import Done, harness, one_line

EXAMPLE = Path(__file__).parents[2] / "examples" / "plugin_provider"


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """A folder that holds what an installer leaves behind, beside the package itself."""
    project = tomllib.loads((EXAMPLE / "pyproject.toml").read_text())["project"]
    info = tmp_path / "site" / "harness_echo-0.1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n")
    groups = "\n".join(
        f"[{group}]\n" + "\n".join(f"{name} = {target}" for name, target in points.items())
        for group, points in project["entry-points"].items()
    )
    (info / "entry_points.txt").write_text(groups)
    (tmp_path / "site" / "echo_provider").symlink_to(EXAMPLE / "echo_provider")
    return tmp_path


async def run(folder: Path, config: str) -> Done:
    (folder / "harness.yaml").write_text(config)
    return await harness("run", "hello", folder=folder, PYTHONPATH=str(folder / "site"))


async def test_it_is_chosen_by_name(installed: Path) -> None:
    config = (
        "version: 1\nprovider: {adapter: echo, prefix: '> '}\nstore: {adapter: memory}\ntools: {plugins: [shout]}\n"
    )
    done = await run(installed, config)
    assert (done.code, done.out) == (0, "> hello\n"), done.err


async def test_its_options_are_checked(installed: Path) -> None:
    one_line(await run(installed, "version: 1\nprovider: {adapter: echo, prefx: x}\n"), 3, "prefx", "prefix")


async def test_a_name_that_nobody_brings_is_told_with_its_own(installed: Path) -> None:
    one_line(await run(installed, "version: 1\nprovider: {adapter: ecko}\n"), 3, "ecko", "echo")
