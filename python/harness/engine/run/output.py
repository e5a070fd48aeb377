"""The answer as JSON: read, repaired where it must be, or the reason why it cannot be used."""

from __future__ import annotations

import json
from typing import Any

from harness.domain.messages import Message
from harness.parsing import ParseError, repair_json

JSON_INSTRUCTION = "Answer with JSON only: no prose around it, no code fence."
"""Added to the system message of a run whose policy requires JSON, for providers without a JSON mode."""


class UnusableOutput(ValueError):
    """The answer is not what was asked for; the text says why, in words for the model."""


def read_json(text: str) -> Any:
    """Returns the value of a JSON answer: any value where the text is JSON, else the object or array found in it.

    Raises:
        UnusableOutput: there is neither.
    """
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        reason = str(error)
    try:
        value = repair_json(text)
    except ParseError as error:
        reason = str(error)
    else:
        if isinstance(value, dict | list):  # prose is repaired to a string, which nobody has asked for
            return value
    raise UnusableOutput(f"the answer is not JSON: {reason}")


def ask_again(error: UnusableOutput) -> Message:
    """Returns the message that sends an unusable answer back."""
    return Message.user(f"Your last answer cannot be used: {error}. {JSON_INSTRUCTION}")
