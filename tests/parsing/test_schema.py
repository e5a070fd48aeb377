"""Schema-aware repair: coercion, choice among candidates, union branches, defaults."""

from __future__ import annotations

from typing import Any, Literal

import pytest
from pydantic import BaseModel

from harness.domain.errors import InputError
from harness.parsing import ParseError, parse_partial, repair_json


class Address(BaseModel):
    street: str
    zip_code: str | None = None


class Person(BaseModel):
    name: str
    age: int
    emails: list[str] = []
    address: Address | None = None


INTEGER = {"type": "integer"}
NUMBER = {"type": "number"}
BOOLEAN = {"type": "boolean"}
COLOUR = {"enum": ["RED", "GREEN", "DARK_BLUE"]}


@pytest.mark.parametrize(
    ("text", "schema", "value"),
    [
        ('"5"', INTEGER, 5),
        ('"5"', NUMBER, 5),
        ("5.0", INTEGER, 5),
        ('"$1,234.50"', NUMBER, 1234.5),
        ('"1.234,50 €"', NUMBER, 1234.5),
        ('"-3"', NUMBER, -3),
        ('"3/4"', NUMBER, 0.75),
        ('"about 12 km"', NUMBER, 12),
        ('"yes"', BOOLEAN, True),
        ('"No"', BOOLEAN, False),
        ("The answer is: True.", BOOLEAN, True),
        ("7", {"type": "string"}, "7"),
        ('"a"', {"type": "array", "items": {"type": "string"}}, ["a"]),
        ('["a"]', {"type": "string"}, "a"),
        ('"red"', COLOUR, "RED"),
        ('"Dark blue"', COLOUR, "DARK_BLUE"),
        ("I would say dark_blue fits.", COLOUR, "DARK_BLUE"),
        ('{"items": "[1, 2]"}', {"properties": {"items": {"type": "array", "items": INTEGER}}}, {"items": [1, 2]}),
        ('{"User Name": "x"}', {"properties": {"user_name": {"type": "string"}}}, {"user_name": "x"}),
        ("{a: 1}", {"properties": {"a": INTEGER, "b": {"default": [7]}}}, {"a": 1, "b": [7]}),
        ('{"a": "1", "z": 2}', {"properties": {"a": INTEGER}}, {"a": 1, "z": 2}),
    ],
)
def test_coercion(text: str, schema: dict[str, Any], value: Any) -> None:
    got = repair_json(text, schema=schema)
    assert got == value
    assert type(got) is type(value) or isinstance(value, int)


def test_a_value_that_fits_is_left_alone() -> None:
    text = '{"name": "A", "age": 3, "emails": ["5"], "address": {"street": "7", "zip_code": "04109"}}'
    value = {"name": "A", "age": 3, "emails": ["5"], "address": {"street": "7", "zip_code": "04109"}}
    assert repair_json(text, schema=Person) == value


def test_pydantic_model_with_prose_and_a_decoy() -> None:
    text = """For example {"colour": "red"} would be wrong. Here you are:
    {Name: 'Ada', AGE: "36", emails: "ada@example.org"}"""
    assert repair_json(text, schema=Person) == {
        "name": "Ada",
        "age": 36,
        "emails": ["ada@example.org"],
        "address": None,
    }


def test_any_type_pydantic_knows() -> None:
    assert repair_json("1, 2 and 3", schema=Literal["1, 2 and 3", "4"]) == "1, 2 and 3"
    assert repair_json("{'a': '1'} {'a': '2'}", schema=list[dict[str, int]]) == [{"a": 1}, {"a": 2}]


def test_the_union_branch_that_fits_best() -> None:
    schema = {
        "anyOf": [
            {"properties": {"radius": INTEGER}, "required": ["radius"]},
            {"properties": {"width": INTEGER, "height": INTEGER}, "required": ["width", "height"]},
        ]
    }
    assert repair_json('{"width": "2", "height": "3"}', schema=schema) == {"width": 2, "height": 3}


def test_a_recursive_schema() -> None:
    schema = {
        "$ref": "#/$defs/Node",
        "$defs": {
            "Node": {
                "properties": {"value": INTEGER, "next": {"anyOf": [{"$ref": "#/$defs/Node"}, {"type": "null"}]}},
                "required": ["value"],
            }
        },
    }
    assert repair_json('{value: "1", next: {value: "2", next: null}}', schema=schema) == {
        "value": 1,
        "next": {"value": 2, "next": None},
    }


@pytest.mark.parametrize("schema", [{"$ref": "#"}, {"anyOf": [{"$ref": "#"}, {"$ref": "#"}]}, {"$ref": "#/nowhere"}])
def test_schemas_that_lead_nowhere_end(schema: dict[str, Any]) -> None:
    assert repair_json('{"a": [1, {"b": "c"}]}', schema=schema) == {"a": [1, {"b": "c"}]}


def test_required_keys_of_a_partial_value_are_filled() -> None:
    schema = {
        "properties": {"n": INTEGER, "list": {"type": "array", "items": INTEGER}, "who": {"type": "string"}},
        "required": ["n", "list", "who"],
    }
    assert parse_partial('{"n": 12', schema=schema) == {"n": None, "list": [], "who": None}
    assert parse_partial('{"n": 12, "list": [1, 2', schema=schema) == {"n": 12, "list": [1, None], "who": None}


def test_words_that_fit_no_schema_are_an_error() -> None:
    with pytest.raises(ParseError, match="does not fit"):
        repair_json("It depends.", schema=BOOLEAN)


def test_a_schema_that_is_none_is_an_input_error() -> None:
    with pytest.raises(InputError):
        repair_json("{}", schema={"default": object()})


def test_the_report_counts_coercions() -> None:
    report = repair_json('{"N": "5"}', schema={"properties": {"n": INTEGER}}, report=True)
    assert report.value == {"n": 5}
    assert sorted(repair.kind for repair in report.repairs) == ["coerced", "renamed_key"]
