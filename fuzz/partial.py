"""Partial values: every prefix of a text gives a value or `ParseError`, and a prefix of JSON a part of its value."""

from common import attempt, fuzz, same, text_of, written

from harness.parsing import parse_partial, parse_strict


def check(data: bytes) -> None:
    """Hold the laws of partial values for one input and one prefix of it."""
    if not data:
        return
    text = text_of(data[1:])
    value, error = attempt(parse_partial, text)
    if error is None:
        assert same(parse_partial(written(value)), value) or not isinstance(value, dict | list)
    whole, refused = attempt(parse_strict, text)
    prefix = text[: data[0] * len(text) // 255]
    part, absent = attempt(parse_partial, prefix)
    if absent is None:
        written(part)
    if refused is None and absent is None and isinstance(whole, dict | list):
        assert type(part) is type(whole), "the outermost bracket says what is being written"
        assert len(part) <= len(whole) + 1  # one more where a repeated key is cut off


if __name__ == "__main__":
    fuzz(check)
