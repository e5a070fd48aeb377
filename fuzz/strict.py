"""Strict parsing: what it takes, `json.loads` takes with the same value; what it refuses beside that is documented."""

import json

from common import attempt, fuzz, same, text_of, written

from harness.parsing import parse_strict

DOCUMENTED = ("half of a surrogate pair", "nested deeper than", "number out of range")


def check(data: bytes) -> None:
    """Compare with the standard library."""
    attempt(parse_strict, data)
    text = text_of(data)
    value, error = attempt(parse_strict, text)
    try:
        theirs = json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        assert error is not None, "json.loads refuses this"
        return
    if error is not None:
        assert any(reason in str(error) for reason in DOCUMENTED), error
        return
    assert same(value, theirs)
    written(value)


def _refuse(name: str) -> None:
    raise ValueError(name)


if __name__ == "__main__":
    fuzz(check)
