"""From the name in a config file to what counts tokens."""

from __future__ import annotations

from harness.domain.errors import InputError
from harness.ports.tokenizer import Tokenizer as Port
from harness.tokens import Tokenizer, encoding_of
from harness.tokens.exact import estimator, is_path
from harness.tokens.models import is_estimated


def check_name(name: str | None) -> None:
    """Looks at a name without opening a file.

    Raises:
        InputError: it is no encoding, no model of a known family and no path.
    """
    if name is not None and not is_path(name) and not is_estimated(name):
        encoding_of(name)


def tokenizer_of(name: str | None, model: str | None) -> Port:
    """Returns what `name` says; without one, the tokenizer of the provider's model, an estimator where that is not
    known, and OpenAI's latest where there is no model.

    Raises:
        InputError: the name is not known, or its file cannot be used.
    """
    if name is not None:
        return Tokenizer.for_model(name)
    if not model:
        return Tokenizer()
    try:
        return Tokenizer.for_model(model)
    except InputError:
        return estimator(model)
