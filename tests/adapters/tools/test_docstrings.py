"""Docstrings of three styles."""

import pytest

from harness.adapters.tools.docstrings import read_docstring

GOOGLE = """Find flights.

    Looks at all airlines,
    cheap ones first.

    Args:
        origin (str): Where from:
            an airport code.
        *more: The rest.
        low, high: Price limits.

    Returns:
        A list.

    Raises:
        ValueError: no such airport.
    """

NUMPY = """
    Find flights.

    Parameters
    ----------
    origin : str, optional
        Where from.

        A code.
    low, high : float
        Price limits.

    Returns
    -------
    list
        origin : not this one
    """

REST = """Find flights.

    :param origin: Where from,
        a code.
    :param int low: Price limit.
    :type origin: str
    :returns: A list.
    """


def test_google() -> None:
    description, parameters = read_docstring(GOOGLE)
    assert description == "Find flights.\n\nLooks at all airlines, cheap ones first."
    assert parameters == {
        "origin": "Where from: an airport code.",
        "more": "The rest.",
        "low": "Price limits.",
        "high": "Price limits.",
    }


def test_numpy() -> None:
    description, parameters = read_docstring(NUMPY)
    assert description == "Find flights."
    assert parameters == {"origin": "Where from. A code.", "low": "Price limits.", "high": "Price limits."}


def test_rest() -> None:
    description, parameters = read_docstring(REST)
    assert description == "Find flights."
    assert parameters == {"origin": "Where from, a code.", "low": "Price limit."}


@pytest.mark.parametrize("docstring", [None, "", "   \n  "])
def test_nothing(docstring: str | None) -> None:
    assert read_docstring(docstring) == ("", {})


@pytest.mark.parametrize(
    ("docstring", "description"),
    [
        ("Says: hello.", "Says: hello."),
        ("First\nsecond line.", "First second line."),
        ("A note:\nmind the gap.", "A note: mind the gap."),
        ("Runs.\n\nArgs:\n", "Runs."),
        ("Runs.\n\nArgs:\n    none of them has a colon\n", "Runs."),
    ],
)
def test_descriptions(docstring: str, description: str) -> None:
    assert read_docstring(docstring)[0] == description
