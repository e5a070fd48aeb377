"""Text that no encoding has."""

from __future__ import annotations

import re

_SURROGATES = re.compile("[\ud800-\udfff]")


def whole(text: str) -> str:
    """Returns the text with U+FFFD in place of each lone surrogate; as long in characters as it was."""
    return _SURROGATES.sub("\ufffd", text)
