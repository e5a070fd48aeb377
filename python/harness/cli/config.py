"""`harness config`: write a config file, check one, describe all."""

from __future__ import annotations

import contextlib
import json
import os
import sys
import tempfile
from pathlib import Path

from harness.cli.errors import Exit, one_line
from harness.cli.objects import to_line
from harness.cli.render import write
from harness.config.defaults import default_yaml
from harness.config.loading import Problem
from harness.config.loading import check as find_problems
from harness.config.schema import json_schema
from harness.config.sources import environment_now, find_file
from harness.domain.errors import ConfigError


def write_default(path: Path, *, force: bool) -> int:
    """Writes the commented default, whole or not at all.

    Raises:
        ConfigError: there is a file already and `force` is not set, or it cannot be written.
    """
    data = default_yaml().encode()
    try:
        if force:
            _replace(path, data)
        else:
            with path.open("xb") as file:
                _write_or_remove(file.fileno(), data, path)
    except FileExistsError:
        raise ConfigError("there is a file already", file=path, remedy="--force overwrites it") from None
    except OSError as error:
        remedy = "check the folder, its permissions and the space on the disk"
        raise ConfigError(f"cannot be written: {error.strerror or error}", file=path, remedy=remedy) from None
    write(sys.stdout, f"wrote {one_line(str(path))}\n")
    return Exit.OK


def _write_or_remove(descriptor: int, data: bytes, path: Path) -> None:
    """Writes all of `data`; where that fails, the file that was begun goes."""
    try:
        while data:
            data = data[os.write(descriptor, data) :]
    except OSError:
        with contextlib.suppress(OSError):
            path.unlink()
        raise


def _replace(path: Path, data: bytes) -> None:
    if path.is_dir():
        raise IsADirectoryError(None, "it is a directory")
    descriptor, name = tempfile.mkstemp(dir=path.resolve().parent, prefix=f".{path.name}.")
    temporary = Path(name)
    try:
        _write_or_remove(descriptor, data, temporary)
    finally:
        os.close(descriptor)
    try:
        # mkstemp is for its owner alone; a config file is as any other, or as the one it replaces.
        temporary.chmod(path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~_umask())
        temporary.replace(path.resolve())
    except OSError:
        temporary.unlink(missing_ok=True)
        raise


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def check(path: Path | None, *, as_json: bool) -> int:
    """Prints every problem of a config file, a line each, and returns the exit code.

    Each line is `file:line:column: key: message (remedy)`; with `as_json`, one object `{"file", "problems": [...]}`.
    """
    file = find_file(path, environment_now())
    problems = find_problems(path)
    name = one_line("the defaults" if file is None else str(file))
    if as_json:
        body = {"file": None if file is None else str(file), "problems": [_problem_object(each) for each in problems]}
        write(sys.stdout, to_line(body) + "\n")
    elif problems:
        for each in problems:
            write(sys.stdout, one_line(str(each)) + "\n")
    else:
        write(sys.stdout, f"{name}: no problems\n")
    return Exit.CONFIG if problems else Exit.OK


def _problem_object(problem: Problem) -> dict[str, object]:
    return {
        "source": one_line(problem.source),
        "line": problem.line,
        "column": problem.column,
        "key": problem.key,
        "message": one_line(problem.message),
        "remedy": one_line(problem.remedy),
    }


def print_schema() -> int:
    """Prints the JSON Schema of the config file."""
    write(sys.stdout, json.dumps(json_schema(), indent=2, ensure_ascii=True) + "\n")
    return Exit.OK
