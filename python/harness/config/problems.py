"""What is wrong with a configuration: one value a mistake, with its place and its remedy."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

from harness.config.tree import Key, Origin, dotted
from harness.domain.errors import ConfigError
from harness.domain.redaction import redact


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake.

    Args:
        line: in the file, from 1; None where the mistake is in no line.
        column: in the file, from 1.
        key: the path of the key, such as `provider.model`; empty where the file as a whole is wrong.
        message: what is wrong.
        remedy: what to do about it.
        source: the file, environment variable or argument it stands in, as text; empty for the defaults.
    """

    line: int | None
    column: int | None
    key: str
    message: str
    remedy: str = ""
    source: str = ""

    def error(self) -> ConfigError:
        """Returns the mistake as the error to raise."""
        return ConfigError(
            self.message,
            file=self.source or None,
            line=self.line,
            column=self.column,
            key=self.key,
            remedy=self.remedy,
        )

    def __str__(self) -> str:
        return str(self.error())


def problem_at(origin: Origin, key: Key | str, message: str, remedy: str = "", *, at_key: bool = False) -> Problem:
    """Returns the problem of a value, or of its key, that came from `origin`."""
    line, column = (origin.key_line, origin.key_column) if at_key else (origin.line, origin.column)
    source = origin.name if origin.source == "file" else str(origin) if origin.source != "default" else ""
    return Problem(line, column, redact(key if isinstance(key, str) else dotted(key)), message, remedy, source)


def nearest_name(name: str, known: Iterable[str]) -> str:
    """Returns a remedy: the known name that `name` is most like, or all there are."""
    known = sorted(known)
    near = difflib.get_close_matches(name.lower(), known, n=1)
    if near:
        return f"did you mean `{near[0]}`?"
    if not known:
        return "remove it"
    return "there is " + ", ".join(f"`{each}`" for each in known)


class ProblemsError(Exception):
    """Carries the problems that stopped a source from being read. Does not leave `harness.config`."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__(*problems)
        self.problems = list(problems)
