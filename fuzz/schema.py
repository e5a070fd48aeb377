"""Repair with a schema: any schema and any text give JSON or one of two errors, with a report or without."""

import atheris
from common import attempt, fuzz, same, text_of, written

from harness.domain.errors import InputError
from harness.parsing import parse_partial, repair_json

SCHEMAS = [
    {"type": "object", "properties": {"n": {"type": "integer"}, "s": {"type": "string"}}, "required": ["n", "s"]},
    {"type": "array", "items": {"type": "number"}},
    {"type": "boolean"},
    {"enum": ["red", "dark-green", 3, None]},
    {"anyOf": [{"type": "integer"}, {"type": "array", "items": {"$ref": "#/$defs/t"}}], "$defs": {"t": {"const": "x"}}},
    {
        "$ref": "#/$defs/node",
        "$defs": {"node": {"properties": {"next": {"$ref": "#/$defs/node"}, "v": {"default": 1}}}},
    },
    {"oneOf": [{"properties": {"kind": {"const": "a"}}}, {"properties": {"kind": {"const": "b"}}}]},
    {"type": ["string", "null"]},
    {"type": "object", "additionalProperties": {"type": "integer"}},
]


def check(data: bytes) -> None:
    """One of the schemas above, or one that the fuzzer wrote."""
    source = atheris.FuzzedDataProvider(data)
    choice = source.ConsumeIntInRange(0, len(SCHEMAS))
    if choice == len(SCHEMAS):
        schema, _ = attempt(repair_json, text_of(source.ConsumeBytes(source.ConsumeIntInRange(0, 200))))
        if not isinstance(schema, dict):
            return
    else:
        schema = SCHEMAS[choice]
    text = text_of(source.ConsumeBytes(source.remaining_bytes()))
    try:
        value, error = attempt(repair_json, text, schema=schema)
    except InputError:
        return
    partial, _ = attempt(parse_partial, text, schema=schema)
    written(partial)
    if error is None:
        again = repair_json(written(value), schema=schema)
        written(again)
        report = repair_json(text, schema=schema, report=True)
        assert same(report.value, value)


if __name__ == "__main__":
    fuzz(check)
