"""Reads settings: defaults, then the file, then the environment, then arguments; each later one wins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from harness.config.defaults import DEFAULTS
from harness.config.explain import explain
from harness.config.problems import Problem, ProblemsError, problem_at
from harness.config.references import fill_in
from harness.config.settings import Settings, chosen, sections
from harness.config.sources import environment_now, find_file, read_arguments, read_environment, read_file
from harness.config.tree import Node, Origin, from_plain, merge
from harness.domain.errors import ConfigError

__all__ = ["Problem", "check", "load_settings"]


def load_settings(
    path: Path | None,
    *,
    overrides: Mapping[str, Any] | None = None,
    environment: Mapping[str, str] | None = None,
) -> Settings:
    """Returns the settings.

    Args:
        path: the config file; None takes `$HARNESS_CONFIG`, then `./harness.yaml` where it is there, then the defaults.
        overrides: arguments by dotted key, such as `{"provider.adapter": "pattern"}`, or nested.
        environment: read instead of the process's own.

    Raises:
        ConfigError: the first mistake, with file, line, column, key and what to do about it.
    """
    settings, problems = _load(path, overrides, environment_now() if environment is None else environment)
    if settings is None:
        raise problems[0].error()
    return settings


def check(
    path: Path | None,
    *,
    overrides: Mapping[str, Any] | None = None,
    environment: Mapping[str, str] | None = None,
) -> list[Problem]:
    """Returns every mistake that can be found without opening anything, in the order of the file; none where it is
    well. Arguments are those of `load_settings`. Plug-ins that the file names are imported."""
    settings, problems = _load(path, overrides, environment_now() if environment is None else environment)
    return problems if settings is None else _foreign_imports(settings)


def _load(
    path: Path | None, overrides: Mapping[str, Any] | None, environment: Mapping[str, str]
) -> tuple[Settings | None, list[Problem]]:
    problems: list[Problem] = []
    tree = from_plain(DEFAULTS, Origin())
    file = find_file(path, environment)
    if file is not None:
        try:
            tree = merge(tree, read_file(file))
        except ProblemsError as error:
            by_variable = path is None and file == Path(environment.get("HARNESS_CONFIG") or "")
            remark = "; $HARNESS_CONFIG names this file" if by_variable else ""
            return None, [replace(each, remedy=each.remedy + remark) for each in error.problems]
    tree = merge(tree, read_environment(environment, sections(), problems))
    tree = merge(tree, read_arguments(overrides))
    tree = fill_in(tree, environment, problems)
    return _typed(tree, problems)


def _typed(tree: Node, problems: list[Problem]) -> tuple[Settings | None, list[Problem]]:
    settings: Settings | None = None
    try:
        settings = Settings.model_validate(tree.plain())
    except ValidationError as error:
        # A key that could not be filled in is wrong already; what validation says of its raw text is noise.
        known = {problem.key for problem in problems}
        problems += [problem for problem in explain(error, tree) if problem.key not in known]
    if problems or settings is None:
        return None, sorted(problems, key=lambda each: (each.line is None, each.line or 0, each.column or 0))
    settings._tree = tree
    return settings, []


def _foreign_imports(settings: Settings) -> list[Problem]:
    """Imports what the settings name of other packages, and says what cannot be."""
    problems = []
    for key, entry in chosen(settings):
        if not entry.builtin:
            try:
                entry.load()
            except ConfigError as error:
                message = error.message.removeprefix("adapter: ")
                problems.append(problem_at(settings.origin(*key) or Origin(), key, message, error.remedy))
    return problems
