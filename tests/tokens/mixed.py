"""Texts as answers are: prose, code, tables and other languages, mixed."""

import random
from pathlib import Path

TEXTS = Path(__file__).parent / "texts"

CHINESE = (
    "今天天气很好，我们去公园散步，然后一起吃了一顿丰盛的午餐。模型需要计算每一个词元的数量，以便控制上下文窗口的大小。"
)
RUSSIAN = "Сегодня мы обсуждаем, как модель считает токены в длинном разговоре, и почему оценка становится точнее. "
GERMAN = "Die Stadt liegt am Fluss, und im Frühling blühen überall die Bäume; viele Gäste kommen dann für einige Tage. "


class Mixed:
    """Makes texts, the same ones for the same seed."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._prose, self._code = ((TEXTS / name).read_text("utf-8") for name in ("prose.txt", "code.txt"))

    def answer(self) -> str:
        """A text of one to four pieces."""
        return "\n".join(self._piece() for _ in range(self._random.randint(1, 4)))

    def _piece(self) -> str:
        roll, pick = self._random.random(), self._random
        if roll < 0.4:
            return self._cut(self._prose)
        if roll < 0.65:
            return self._cut(self._code)
        if roll < 0.75:
            return CHINESE[pick.randrange(20) :] * pick.randint(1, 3)
        if roll < 0.85:
            return RUSSIAN * pick.randint(1, 3)
        if roll < 0.93:
            return GERMAN * pick.randint(1, 3)
        return "\n".join(f'{{"id": {pick.randrange(10**6)}, "price": {pick.random():.2f}}}' for _ in range(9))

    def _cut(self, text: str) -> str:
        start = self._random.randrange(max(1, len(text) - 900))
        return text[start : start + self._random.randrange(100, 900)]
