"""What the atheris targets share: the loop, and the laws that hold of every value."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import atheris

from harness.parsing import ParseError


def fuzz(check: Callable[[bytes], None]) -> None:
    """Run libFuzzer with `check`; whatever that raises is a finding."""
    arguments = [argument for argument in sys.argv if not argument.startswith("-dict=") or Path(argument[6:]).exists()]
    atheris.Setup(arguments, check)
    atheris.Fuzz()


def text_of(data: bytes) -> str:
    """The data as text: half surrogates, NUL and all else that Python can hold."""
    return data.decode("utf-8", "surrogatepass" if b"\xed" in data and _passes(data) else "replace")


def _passes(data: bytes) -> bool:
    try:
        data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return False
    return True


def attempt(function: Callable[..., Any], *arguments: Any, **options: Any) -> tuple[Any, ParseError | None]:
    """The value, or the one error that may be raised, whose place lies in the text."""
    try:
        return function(*arguments, **options), None
    except ParseError as error:
        assert 0 <= error.position <= len(arguments[0]), error
        assert len(error.excerpt) <= 60, error
        return None, error


def written(value: Any) -> str:
    """The value as JSON, which must be possible and must be UTF-8."""
    text = json.dumps(value, allow_nan=False, ensure_ascii=False)
    text.encode()
    return text


def same(one: Any, other: Any) -> bool:
    """Equal, of the same types and in the same order: True is not 1, 1.0 is not 1."""
    return json.dumps(one) == json.dumps(other)
