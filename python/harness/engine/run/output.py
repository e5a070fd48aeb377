"""The answer as JSON: read, repaired where it must be, or the reason why it cannot be used."""

from __future__ import annotations

import json
from typing import Any

from harness.domain.messages import Message

JSON_INSTRUCTION = "Answer with JSON only: no prose around it, no code fence."
"""Added to the system message of a run whose policy requires JSON, for providers without a JSON mode."""


class UnusableOutput(ValueError):
    """The answer is not what was asked for; the text says why, in words for the model."""


def read_json(text: str) -> Any:
    """Returns the value of a JSON answer.

    Raises:
        UnusableOutput: there is no JSON value in it.
    """
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        reason = str(error)
    raise UnusableOutput(f"the answer is not JSON: {reason}")


def ask_again(error: UnusableOutput) -> Message:
    """Returns the message that sends an unusable answer back."""
    return Message.user(f"Your last answer cannot be used: {error}. {JSON_INSTRUCTION}")
