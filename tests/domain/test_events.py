"""The events and their table in the docs."""

import dataclasses
import re
import typing
from pathlib import Path

from harness.domain.events import Event, EventBase

ROWS = dict(
    re.findall(r"^\| `(\w+)` \| (.*?) \|", (Path(__file__).parents[2] / "docs" / "events.md").read_text(), re.M)
)


def test_the_table_names_every_event_with_its_fields() -> None:
    kinds = {kind.__name__: kind for kind in typing.get_args(Event)}
    assert set(ROWS) == set(kinds)
    for name, kind in kinds.items():
        own = [field.name for field in dataclasses.fields(kind) if field.name not in ("run_id", "seq", "at")]
        assert re.findall(r"`(\w+)`", ROWS[name]) == own


def test_every_event_of_the_module_is_in_the_union() -> None:
    assert set(EventBase.__subclasses__()) >= set(typing.get_args(Event))
    named = {kind.__name__ for kind in EventBase.__subclasses__()}
    assert named == {kind.__name__ for kind in typing.get_args(Event)}
