"""The face: what goes in, what comes out, what is raised."""

from __future__ import annotations

from typing import Any

import pytest

from harness.domain.errors import HarnessError
from harness.parsing import ParseError, RepairReport, parse_partial, parse_strict, repair_json


def test_report_lists_what_was_mended_with_its_place() -> None:
    report = repair_json("é {'a': 1,}", report=True)
    assert isinstance(report, RepairReport)
    assert report.value == {"a": 1}
    kinds = [(repair.kind, repair.position) for repair in report.repairs]
    assert ("odd_quote", 3) in kinds
    assert ("surrounding_text", 0) in kinds


def test_report_of_valid_json_is_empty() -> None:
    assert repair_json('{"a": [1]}', report=True) == RepairReport({"a": [1]}, ())


@pytest.mark.parametrize("text", ["", "   \n", "\ufeff", "no value here", b""])
def test_nothing_to_find_is_a_parse_error(text: str | bytes) -> None:
    with pytest.raises(ParseError) as caught:
        repair_json(text)
    assert isinstance(caught.value, HarnessError)
    assert isinstance(caught.value, ValueError)
    assert caught.value.position >= 0


@pytest.mark.parametrize("thing", [None, 1, 1.5, ["[1]"], {"a": 1}, object()])
@pytest.mark.parametrize("function", [repair_json, parse_partial, parse_strict])
def test_what_is_no_text_is_a_parse_error(function: Any, thing: Any) -> None:
    with pytest.raises(ParseError, match="expected str or bytes"):
        function(thing)


def test_the_error_shows_the_place() -> None:
    with pytest.raises(ParseError) as caught:
        parse_strict('{"ä": 1,}')
    assert caught.value.position == 8
    assert caught.value.excerpt == '{"ä": 1,}'


def test_strict_through_repair_json() -> None:
    with pytest.raises(ParseError):
        repair_json("{a: 1}", strict=True)
    assert repair_json('{"a": 1}', strict=True) == {"a": 1}
