"""What a tool returned, as the text that the model is given."""

from __future__ import annotations

import json
from typing import Any

import orjson

_OPTIONS = orjson.OPT_NON_STR_KEYS


def to_content(value: Any) -> str:
    """Returns text as it is and anything else as JSON; dataclasses and pydantic models included.

    Raises:
        TypeError: JSON cannot hold the value.
    """
    if isinstance(value, str):
        return value
    try:
        return orjson.dumps(value, default=_plain, option=_OPTIONS).decode()
    except TypeError as error:
        reason = error
    try:
        return json.dumps(value, default=_plain)  # holds integers past 64 bits, and says best what it cannot hold
    except (TypeError, ValueError, RecursionError):
        kind = type(value).__name__
        raise TypeError(f"the tool returned what JSON cannot hold ({kind}): {reason}") from None


def _plain(value: Any) -> Any:
    dump = getattr(value, "model_dump", None)
    if dump is not None:
        return dump(mode="json")
    if isinstance(value, set | frozenset):
        return list(value)
    raise TypeError(f"no JSON for a {type(value).__name__}")
