"""What looks like a secret: by the name of the field it stands in, and by its own shape."""

from __future__ import annotations

import re

HIDDEN = "***"
"""What stands in a secret's place."""

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_NAME = re.compile(
    r"(?:^|_)(?:(?:api|access|private|secret|signing|encryption|service|master|account)_?key|apikey|keys?"
    r"|secrets?|token|password|passwd|pwd|passphrase|credentials?|authorization|auth|cookie|dsn)$"
)

_SHAPES = re.compile(
    r"""
      (?P<kept>://)[^/\s:@]*:[^/\s@]+@                                         # user:password@ of an address
    | -----BEGIN\ [A-Z ]{0,40}PRIVATE\ KEY-----[^-]*                           # PEM
    | \beyJ[\w-]{5,}\.[\w-]{5,}\.[\w-]*                                        # JSON web token
    | \bsk-[\w-]{16,}                                                          # OpenAI, Anthropic and others
    | \b(?:gh[pousr]_|github_pat_|xox[abprs]-|glpat-|hf_|gsk_|[srp]k_live_|AIza)[\w-]{10,}
    | \bAKIA[0-9A-Z]{16}\b
    | (?P<scheme>\b(?:bearer|basic)\s+)(?=\S{0,200}[0-9])[\w.~+/=-]{16,}
    | (?P<name>(?:api[-_]?key|auth[-_]?token|access[-_]?token|client[-_]?secret|\btoken|\bpassword|\bpasswd)
        ["']?\s?[=:]\s?["']?)(?!bearer\b)[^\s"'&,;{}]{4,}
    """,
    re.X | re.I,
)


def is_secret_name(name: str) -> bool:
    """Returns whether a field of this name most likely holds a secret: `api_key`, `authToken`, `X-Api-Key`, ….

    `max_tokens` and its like do not.
    """
    return _NAME.search(_CAMEL.sub("_", name).lower().replace("-", "_").replace(".", "_")) is not None


def redact(text: str) -> str:
    """Returns `text` with what has the shape of a secret replaced by `***`. Linear in its length."""
    return _SHAPES.sub(_hide, text)


def _hide(found: re.Match[str]) -> str:
    if found["kept"]:
        return f"{found['kept']}{HIDDEN}@"
    return (found["scheme"] or found["name"] or "") + HIDDEN
