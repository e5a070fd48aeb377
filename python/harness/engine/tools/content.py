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
        if "range" in str(error):  # an integer past 64 bits, which JSON itself can hold
            return json.dumps(value, default=_plain)
        raise


def _plain(value: Any) -> Any:
    dump = getattr(value, "model_dump", None)
    if dump is not None:
        return dump(mode="json")
    if isinstance(value, set | frozenset):
        return list(value)
    raise TypeError(f"a {type(value).__name__} is nothing that JSON can hold")
