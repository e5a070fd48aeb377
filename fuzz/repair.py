"""Repair: any text gives JSON or `ParseError`, what comes out is a fixed point, and valid JSON is left as it is."""

import json

from common import attempt, fuzz, same, text_of, written

from harness.parsing import parse_strict, repair_json


def check(data: bytes) -> None:
    """Hold the laws of repair for one input."""
    attempt(repair_json, data)
    text = text_of(data)
    value, error = attempt(repair_json, text)
    if error is not None:
        return
    again = written(value)
    assert same(repair_json(again), value), "mending what was mended changes nothing"
    report = repair_json(text, report=True)
    assert same(report.value, value)
    assert all(0 <= repair.position <= len(text) for repair in report.repairs)
    strict, refused = attempt(parse_strict, text)
    if refused is None:
        assert same(strict, value), "valid JSON is left as it is"
        assert report.repairs == ()
        assert same(json.loads(text), value)


if __name__ == "__main__":
    fuzz(check)
