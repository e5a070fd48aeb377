"""The event-stream splitter: the standard's rules, and the same events whatever the cuts."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from harness.adapters.providers._sse import SseSplitter

SAMPLE = (
    "\ufeff: a comment\r\n"
    'data: {"a": "é漢🙂"}\r\n\r\n'
    "event: named\ndata:no space\ndata:  two spaces\n\n"
    "id: 7\rdata: carriage\r\r"
    "data\n\n"  # a field without a value: an empty event
    "retry: 10\n\n"
    'dataset: not data\nerror: {"x": 1}\n\n'
    "data: [DONE]\n\n"
).encode()
EVENTS = [
    '{"a": "é漢🙂"}'.encode(),
    b"no space\n two spaces",
    b"carriage",
    b'{"x": 1}',
    b"[DONE]",
]


def split(*pieces: bytes) -> list[bytes]:
    splitter = SseSplitter()
    out = [event for piece in pieces for event in splitter.feed(piece)]
    return out + splitter.finish()


def test_the_standard() -> None:
    assert split(SAMPLE) == EVENTS


def test_every_single_cut() -> None:
    for at in range(len(SAMPLE) + 1):
        assert split(SAMPLE[:at], SAMPLE[at:]) == EVENTS, at


def test_every_byte_alone() -> None:
    assert split(*[SAMPLE[at : at + 1] for at in range(len(SAMPLE))]) == EVENTS


@given(st.lists(st.integers(0, len(SAMPLE)), max_size=8))
def test_any_cuts(cuts: list[int]) -> None:
    at = [0, *sorted(cuts), len(SAMPLE)]
    assert split(*[SAMPLE[start:end] for start, end in pairwise(at)]) == EVENTS


def test_an_event_left_open_comes_at_the_end_only() -> None:
    splitter = SseSplitter()
    assert splitter.feed(b'data: {}\n\ndata: {"half') == [b"{}"]
    assert splitter.finish() == [b'{"half']
    assert splitter.finish() == []


def test_one_long_line_in_small_pieces_is_joined_once() -> None:
    splitter = SseSplitter()
    for _ in range(20_000):
        assert splitter.feed(b"x" * 16) == []
    assert len(splitter._tail) == 20_000  # kept as pieces: joining at each would be quadratic


@given(st.binary(max_size=200), st.integers(0, 200))
def test_any_bytes_do_not_depend_on_the_cut(data: bytes, at: int) -> None:
    assert split(data[:at], data[at:]) == split(data)
