"""What is misconfigured."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from harness.cli.checks import Check, Status
from harness.cli.errors import Exit
from harness.config.loading import check, load_settings
from harness.config.settings import Settings
from harness.config.sources import environment_now, find_file
from harness.domain.errors import ConfigError


def check_config(path: Path | None, overrides: dict[str, Any]) -> tuple[Settings | None, list[Check]]:
    """Returns the settings, where they could be read, and what was found."""
    file = find_file(path, environment_now())
    name = "built-in defaults" if file is None else str(file)
    problems = check(path, overrides=overrides)
    if problems:
        return None, [Check("config", Status.BAD, each.error().message, each.remedy, Exit.CONFIG) for each in problems]
    try:
        settings = load_settings(path, overrides=overrides)
    except ConfigError as error:  # the file changed in between
        return None, [Check("config", Status.BAD, error.message, error.remedy, Exit.CONFIG)]
    remedy = "harness config init writes a file to change" if file is None else ""
    return settings, [Check("config", Status.OK, name, remedy)]
