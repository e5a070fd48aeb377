"""The Rust surface of harness, typed. Applications use the faces: `parsing`, `tokens` and `caching`."""

from typing import Any

__version__: str

# --- json ------------------------------------------------------------------------------------------------------------

class RawParseError(ValueError):
    """A text that cannot be read. `args` are (message, character offset, the text as it was read)."""

class JsonSchema:
    """A compiled JSON Schema, as far as coercion reads it."""

    def __init__(self, text: str) -> None: ...

def json_repair(
    text: str | bytes | bytearray, report: bool = False, partial: bool = False, schema: JsonSchema | None = None
) -> Any:
    """The value in `text`, mended; with `report`, `(value, [(kind, character offset), ...])`."""

def json_strict(text: str | bytes | bytearray) -> Any:
    """The value of a strict JSON text."""
