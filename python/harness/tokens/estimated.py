"""Token counts for models whose tokenizer is not public: an estimate that learns from what the provider bills."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any

from harness import _native
from harness.domain.errors import InputError
from harness.tokens.surrogates import whole

_BASE = "o200k_base"

# Beside the tokens of the base encoding and a constant, per ASCII letter, word, digit, mark, further blank, end of
# line, other Latin letter, letter of another alphabet, ideograph, other character, letter past a word's sixth and
# capital after a small letter. The spread says how far a weight may lie from where it begins.
_BEGIN = (1.05, 0.5, *[0.0] * 12)
_SPREAD = (0.15, 1.0, 0.03, 0.1, 0.3, 0.2, 0.5, 0.5, 0.8, 1.0, 1.0, 1.5, 0.1, 0.3)

_NOISE = 0.01
"""How far a bill lies from a sum of weights, as a share of it."""

_SHORT = 100
"""Tokens of a bill whose noise has twice the variance of a long one's."""

_DRIFT = 0.002
"""How far a weight may move from one bill to the next, as a share of its spread: so that a provider's change of
tokenizer is followed."""

_SHOWN = 20
"""How many of the last bills `error` is over."""

_MOVED = 0.05
"""By how much estimates must have moved for `generation` to rise."""

_FORMAT = 1


class EstimatedTokenizer:
    """Estimates tokens, and says so: `exact` is False. Fulfils the port `Tokenizer`.

    An estimate is a weighted sum of what the text is made of: its tokens in OpenAI's `o200k_base`, its letters, words,
    digits, marks, white space and characters of other scripts. `learn` mends the weights by what a provider says that
    a text cost, by recursive least squares (Plackett 1950) on relative errors. `error` is how far the last estimates
    were off.

    Args:
        model: whose tokens; a name for people.

    Thread-safe in so far as a count made while another thread learns is by the old weights or the new ones.
    """

    exact = False

    def __init__(self, model: str = "") -> None:
        self.model = self._model = model
        """The model that it estimates for."""
        self._encoding: _native.Encoding | None = None
        self._weights = list(_BEGIN)
        self._spread = [[s * s if i == j else 0.0 for j in range(len(_SPREAD))] for i, s in enumerate(_SPREAD)]
        self._errors: deque[tuple[float, int]] = deque(maxlen=_SHOWN)
        self._learnt = 0
        self._moved = 0.0
        self.generation = 0
        """Rises when estimates have moved so far that what was counted before should be counted anew."""

    @property
    def name(self) -> str:
        """The model, with `~` before it, for people to see that it is an estimate."""
        return f"~{self._model}"

    @property
    def learnt(self) -> int:
        """How many bills were learnt from."""
        return self._learnt

    @property
    def error(self) -> float | None:
        """How far the last 20 estimates that a bill came for were off, each made before its bill was learnt from: the
        sum of the absolute errors over the sum of the bills, 0.03 is 3 %. None before the first."""
        if not self._errors:
            return None
        return sum([wrong for wrong, _ in self._errors]) / sum([tokens for _, tokens in self._errors])

    def count(self, text: str) -> int:
        """Returns about how many tokens `text` has; 0 for none, and linear in its length."""
        if not text:
            return 0
        features = self._features(text)
        features[1] = 0.0  # what an answer costs beside its text
        return max(1, round(self._estimate(features)))

    def count_up_to(self, text: str, limit: int) -> int:
        """Returns what `count` does; there is no saving in stopping early.

        Raises:
            InputError: `limit` is negative.
        """
        _check(limit)
        return self.count(text)

    def truncate(self, text: str, limit: int) -> str:
        """Returns a prefix of `text`, cut between characters, of about `limit` tokens and not more.

        Raises:
            InputError: `limit` is negative.
        """
        _check(limit)
        low, high = 0, len(text)
        if self.count(text) <= limit:
            return text
        while high - low > 1:
            middle = (low + high) // 2
            if self.count(text[:middle]) <= limit:
                low = middle
            else:
                high = middle
        return text[:low]

    def encode(self, text: str) -> list[int]:
        """There are no tokens to give.

        Raises:
            InputError: always.
        """
        raise InputError(f"the tokens of {self._model or 'this model'} are estimated, and cannot be listed")

    def decode(self, tokens: Sequence[int]) -> str:
        """There are no tokens to read.

        Raises:
            InputError: always.
        """
        raise InputError(f"the tokens of {self._model or 'this model'} are estimated, and cannot be read")

    def learn(self, text: str, tokens: int) -> None:
        """Takes in that the provider billed `tokens` tokens for an answer of `text`.

        A bill that cannot be for that text, less than an eighth of the estimate or more than eight times it, is not
        learnt from: another part of the answer, which is not in the text, was billed with it.
        """
        if tokens <= 0 or not text:
            return
        features = self._features(text)
        estimate = max(1.0, self._estimate(features))
        if not 1 / 8 <= estimate / tokens <= 8:
            return
        self._errors.append((abs(estimate - tokens), tokens))
        self._learnt += 1
        self._update([each / tokens for each in features], _NOISE**2 * (1 + _SHORT / tokens))
        # How far this text's count has moved stands for how far others have.
        self._moved += (self._estimate(features) - estimate) / tokens
        if abs(self._moved) > _MOVED:
            self.generation += 1
            self._moved = 0.0

    def state(self) -> dict[str, Any]:
        """Returns what was learnt, as JSON values, for `restore`."""
        return {
            "format": _FORMAT,
            "model": self._model,
            "learnt": self._learnt,
            "errors": [list(each) for each in self._errors],
            "weights": list(self._weights),
            "spread": [list(row) for row in self._spread],
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Takes over what another has learnt for this model.

        Raises:
            InputError: the state is none, or another model's.
        """
        size = len(_BEGIN)
        try:
            if state["format"] != _FORMAT or state["model"] != self._model:
                raise ValueError("it is of another model or format")
            weights = [float(each) for each in state["weights"]]
            spread = [[float(each) for each in row] for row in state["spread"]]
            errors = [(float(wrong), int(tokens)) for wrong, tokens in state["errors"]]
            learnt = int(state["learnt"])
            if len(weights) != size or [len(row) for row in spread] != [size] * size:
                raise ValueError("it has another number of weights")
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(f"this is no state of an estimator for {self._model!r}: {error}") from None
        self._weights, self._spread, self._learnt = weights, spread, learnt
        self._errors = deque(errors, maxlen=_SHOWN)
        self.generation += 1

    def _features(self, text: str) -> list[float]:
        if self._encoding is None:
            self._encoding = _native.Encoding(_BASE)
        try:
            tokens, made_of = self._encoding.features(text)
        except UnicodeEncodeError:
            tokens, made_of = self._encoding.features(whole(text))
        return [float(tokens), 1.0, *map(float, made_of)]

    def _estimate(self, features: Sequence[float]) -> float:
        return sum([weight * feature for weight, feature in zip(self._weights, features, strict=True)])

    def _update(self, features: Sequence[float], noise: float) -> None:
        """One step of recursive least squares towards `features` costing 1."""
        spread = self._spread
        for at, begin in enumerate(_SPREAD):
            spread[at][at] = min(begin * begin, spread[at][at] + (_DRIFT * begin) ** 2)
        along = [sum([each * feature for each, feature in zip(row, features, strict=True)]) for row in spread]
        total = noise + sum([each * feature for each, feature in zip(along, features, strict=True)])
        wrong = 1.0 - self._estimate(features)
        self._weights = [weight + each * wrong / total for weight, each in zip(self._weights, along, strict=True)]
        self._spread = [
            [each - first * second / total for each, second in zip(row, along, strict=True)]
            for row, first in zip(spread, along, strict=True)
        ]


def _check(limit: int) -> None:
    if limit < 0:
        raise InputError(f"the limit must not be negative, and is {limit}")
