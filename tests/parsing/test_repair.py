"""Repair, case by case, and what holds of every text."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from harness.parsing import ParseError, parse_partial, parse_strict, repair_json

CASES = Path(__file__).parent / "cases"


def load(name: str) -> list[Any]:
    rows = [json.loads(line) for line in (CASES / name).read_text(encoding="utf-8").split("\n") if line]
    return [pytest.param(row["input"], row["value"], id=f"{name[:-6]}-{number}") for number, row in enumerate(rows, 1)]


def same(got: Any, value: Any) -> bool:
    """Equal, and of the same types: True is not 1, 1.0 is not 1."""
    return json.dumps(got, sort_keys=True) == json.dumps(value, sort_keys=True)


@pytest.mark.parametrize(("text", "value"), load("repair.jsonl"))
def test_repair(text: str, value: Any) -> None:
    got = repair_json(text)
    assert same(got, value)
    assert same(repair_json(text.encode()), value)
    report = repair_json(text, report=True)
    assert same(report.value, value)
    assert all(0 <= repair.position <= len(text) for repair in report.repairs)
    try:
        json.loads(text)
    except ValueError:
        assert report.repairs, "what was broken and mended is in the report"


@pytest.mark.parametrize(("text", "value"), load("partial.jsonl"))
def test_partial(text: str, value: Any) -> None:
    assert same(parse_partial(text), value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(), inner, max_size=5),
    max_leaves=20,
)
PIECES = ["{", "}", "[", "]", "(", ")", ",", ":", '"', "'", "“", "`", "```json", "```", "\\", "\\u12", "//", "/*", "*/"]
PIECES += ["#", "a", "key", "true", "None", "NaN", "1", "-2.5e3", "0x1f", "...", "+", ";", "=", "<", "é", "{'a':1}"]
PIECES += ["callback(", '"""', "</think>", "undefined", "/re/", "\n", " ", "\u2028", "\x00", "\ufeff"]
FRAGMENTS = st.lists(st.sampled_from(PIECES), max_size=40).map("".join)


def attempt(function: Any, text: str | bytes) -> tuple[Any, ParseError | None]:
    """The value or the error; anything else that is raised goes through."""
    try:
        return function(text), None
    except ParseError as error:
        return None, error


@given(JSON, st.sampled_from([None, 0, 2]), st.booleans())
def test_valid_json_is_unchanged(value: Any, indent: int | None, ascii_only: bool) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    for function in (repair_json, parse_strict):
        assert same(function(text), value)
    assert repair_json(text, report=True).repairs == ()
    if not isinstance(value, int | float) or isinstance(value, bool):
        assert same(parse_partial(text), value)


@given(FRAGMENTS | st.text() | JSON.map(str))
@example('{"a": "b')
@example("\\\ud800")
def test_what_comes_out_is_json_and_stays_itself(text: str) -> None:
    for function in (repair_json, parse_partial):
        value, error = attempt(function, text)
        if error is not None:
            assert 0 <= error.position <= len(text)
            continue
        written = json.dumps(value, allow_nan=False)
        written.encode()
        assert same(repair_json(written), value)


@given(st.binary(max_size=64))
def test_any_bytes_give_a_value_or_a_parse_error(data: bytes) -> None:
    for function in (repair_json, parse_partial, parse_strict):
        value, error = attempt(function, data)
        assert error is None or error.position >= 0
        json.dumps(value, allow_nan=False).encode()


@given(JSON.filter(lambda value: isinstance(value, dict | list)))
def test_every_prefix_of_a_value_is_a_part_of_it(value: Any) -> None:
    text = json.dumps(value)
    for end in range(1, len(text)):
        part = parse_partial(text[:end])
        assert type(part) is type(value)
        assert len(part) <= len(value)
        if isinstance(value, dict):
            assert set(list(part)[:-1]) <= set(value)
        assert type(repair_json(text[:end])) is type(value)


@given(st.text(), st.sampled_from(["Sure! ", "```json\n", ""]), st.sampled_from(["", "\n```", " Hope it helps."]))
def test_text_around_a_value_does_not_touch_it(text: str, before: str, after: str) -> None:
    value = {"key": text, "list": [1, text]}
    assert repair_json(before + json.dumps(value) + after) == value


def test_lone_surrogates_become_the_replacement_character() -> None:
    assert repair_json('{"a": "\ud83d"}') == {"a": "\ufffd"}
    assert repair_json('{"a": "\\ud83d"}') == {"a": "\ufffd"}
    assert repair_json('["\ud83d\ude00"]') == ["😀"]
    for text in ('"\ud83d"', '"\\ud83d"', '"\\udc00"'):
        with pytest.raises(ParseError, match="surrogate"):
            parse_strict(text)


def test_bytes_in_other_encodings() -> None:
    text = '{"a": "é"}'
    assert repair_json(text.encode("utf-16")) == {"a": "é"}
    assert repair_json(text.encode("latin-1")) == {"a": "\ufffd"}
    assert repair_json(bytearray(text.encode())) == {"a": "é"}
    with pytest.raises(ParseError, match="not UTF-8"):
        parse_strict(text.encode("latin-1"))


@pytest.mark.parametrize("opener", ["[", '{"a":', '{"a":[', "(", "[{'a':"])
@pytest.mark.parametrize("function", [repair_json, parse_partial, parse_strict])
def test_nesting_is_read_to_its_limit_and_refused_beyond(function: Any, opener: str) -> None:
    levels = 512 // sum(opener.count(bracket) for bracket in "[{(")
    with pytest.raises(ParseError, match=r"deeper than 512|unexpected"):
        function(opener * 20_000)
    if function is parse_strict or opener == "(":
        return
    value = function(opener * levels)
    depth = 0
    while value:
        value = value[0] if isinstance(value, list) else value["a"]
        depth += 1
    assert depth >= levels - 2
