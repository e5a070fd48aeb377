"""Sums written in words, made into expressions: "12 percent of 80" is `(12/100)*(80)`."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

MAX_SUM = 2_000
"""Longest text that is looked at for a sum, in characters."""
ANSWER = "ans"
"""Stands in an expression for the result of the step before: "it", "the result", "that"."""

_UNITS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen"
).split()
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_SMALL = {word: i for i, word in enumerate(_UNITS)} | {word: 10 * i for i, word in enumerate(_TENS, 2)}
_LARGE = {"hundred": 100, "thousand": 1_000, "million": 1_000_000, "billion": 1_000_000_000}
_NUMBER_WORDS = "|".join([*_SMALL, *_LARGE])
_SPELLED = re.compile(rf"\b(?:{_NUMBER_WORDS})(?:(?:[\s-]+(?:and\s+)?)(?:{_NUMBER_WORDS}))*\b", re.IGNORECASE)

FUNCTIONS = (
    "sqrt cbrt abs min max sum mean round floor ceil trunc exp ln log log2 log10 sin cos tan asin acos atan "
    "factorial gcd lcm hypot pow degrees radians"
).split()
"""Functions that may stand in an expression as they are."""

_LEADS = re.compile(
    r"^(?:please|kindly|hey|hi|hello|ok(?:ay)?|so|now|then|and|also|next|finally|first|can you|could you|would you|"
    r"will you|i want you to|i(?:'d| would) like you to|i need|tell me|let me know|show me|give me|find(?: out)?|get|"
    r"what(?:'s|\s+is|\s+are|s)?|how (?:much|many)(?: is| are| do you get| does)?|do you get (?:if|when) you|"
    r"do i get (?:if|when) i|if you|calculate|compute|work out|figure out|evaluate|solve|do the math(?: for)?|determine|"
    r"the|result of|value of|answer to|outcome of|use the calculator (?:for|to (?:calculate|compute|work out)))"
    r"(?=[\s,:(\d])[\s,:]*",
    re.IGNORECASE,
)
_TAILS = re.compile(
    r"(?:[\s,]*(?:\b(?:please|for me|equals?(?: to)?(?: what)?|thanks|thank you|in total|altogether|make)|(?<![\d)])!|[?.=:;]))+\s*$",
    re.IGNORECASE,
)
_REFERENCE = re.compile(
    r"\b(?:(?:the|that|this|your|last|previous)\s+)*(?:result|answer|sum|total|product|difference|quotient|number|value|"
    r"outcome)\b(?!\s+(?:of|between)\b)|\b(?:it|that|this|them|those)\b",
    re.IGNORECASE,
)
_NUMBER = r"\d+(?:\.\d+)?(?:e[+-]?\d+)?%?"
_GROUP = r"\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)"
_OPERAND = rf"-?(?:{_NUMBER}|{ANSWER}|pi|(?:[a-z]\w*)?{_GROUP})"
_LIST = rf"{_OPERAND}(?:\s*(?:,\s*and|,|and|with|to|by)\s*{_OPERAND})*"


def _spelled_number(found: re.Match[str]) -> str:
    """ "two hundred and five thousand" as digits."""
    total = group = 0
    for word in re.findall(r"[a-z]+", found[0].lower()):
        if word in _SMALL:
            group += _SMALL[word]
        elif word == "hundred":
            group = max(group, 1) * 100
        elif word in _LARGE:
            total += max(group, 1) * _LARGE[word]
            group = 0
    return str(total + group)


def _items(text: str) -> list[str]:
    return [item for item in re.split(r"\s*(?:,\s*and\b|,|\band\b|\bwith\b|\bto\b|\bby\b)\s*", text) if item]


def _joined(sign: str) -> Callable[[re.Match[str]], str]:
    return lambda found: "(" + sign.join(f"({item})" for item in _items(found[1])) + ")"


def _function(name: str) -> Callable[[re.Match[str]], str]:
    return lambda found: f"{name}({', '.join(_items(found[1]))})"


_Rule = tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]]


def _rules(*rules: tuple[str, str | Callable[[re.Match[str]], str]]) -> Sequence[_Rule]:
    return [(re.compile(pattern, re.IGNORECASE), made) for pattern, made in rules]


# In order: what binds closest comes first.
_RULES = _rules(
    (r"(?<=\d),(?=\d{3}\b)(?![^(]*\))", ""),  # 1,234 outside of parentheses
    (r"\b(?:a|one)?\s*half of\b", "0.5 times"),
    (r"\b(?:a|one)\s+(?:quarter|fourth) of\b", "0.25 times"),
    (r"\b(?:a|one)\s+third of\b", "(1/3) times"),
    (r"\btwo thirds of\b", "(2/3) times"),
    (r"\bthree quarters of\b", "0.75 times"),
    (r"\bper\s?cent\b", "%"),
    (r"(?<=\d)\s+%", "%"),
    (rf"({_OPERAND})\s*squared\b", r"(\1**2)"),
    (rf"({_OPERAND})\s*cubed\b", r"(\1**3)"),
    (rf"^square ({_OPERAND})$", r"(\1)**2"),
    (rf"^cube ({_OPERAND})$", r"(\1)**3"),
    (rf"\bsquare of ({_OPERAND})", r"(\1**2)"),
    (rf"\bcube of ({_OPERAND})", r"(\1**3)"),
    (rf"\b(?:square root|sqrt|root) of ({_OPERAND})", r"sqrt(\1)"),
    (rf"\bcube root of ({_OPERAND})", r"cbrt(\1)"),
    (rf"\b(?:log|logarithm) of ({_OPERAND})", r"log10(\1)"),
    (rf"\babsolute value of ({_OPERAND})", r"abs(\1)"),
    (rf"\b(sin|cos|tan)(?:e|ine|gent)? of ({_OPERAND})", r"\1(\2)"),
    (rf"\bfactorial of ({_OPERAND})", r"factorial(\1)"),
    (rf"({_OPERAND})\s+factorial\b", r"factorial(\1)"),
    (rf"\bround ({_OPERAND}) to ({_OPERAND}) (?:decimal )?(?:places|digits|decimals)\b", r"round(\1, \2)"),
    (rf"\bround ({_OPERAND})(?: to the nearest (?:integer|whole number))?$", r"round(\1)"),
    (rf"^(?:double|twice) ({_OPERAND})", r"2*(\1)"),
    (rf"^triple ({_OPERAND})", r"3*(\1)"),
    (rf"^halve ({_OPERAND})", r"(\1)/2"),
    (rf"\b(?:double|twice) ({_OPERAND})", r"(2*\1)"),
    (rf"\b(?:sum|total) of ({_LIST})", _joined("+")),
    (rf"\bproduct of ({_LIST})", _joined("*")),
    (rf"\b(?:average|mean) of ({_LIST})", _function("mean")),
    (rf"\b(?:largest|biggest|greatest|highest|maximum|max) of ({_LIST})", _function("max")),
    (rf"\b(?:smallest|least|lowest|minimum|min) of ({_LIST})", _function("min")),
    (rf"\b(?:greatest common divisor|gcd) of ({_LIST})", _function("gcd")),
    (rf"\b(?:least common multiple|lcm) of ({_LIST})", _function("lcm")),
    (rf"\bdifference (?:of|between) ({_OPERAND})\s*(?:and|,)\s*({_OPERAND})", r"(\1-\2)"),
    (rf"\b(?:quotient|ratio) of ({_OPERAND})\s*(?:and|,|to)\s*({_OPERAND})", r"(\1/\2)"),
    (rf"\bremainder of ({_OPERAND}) (?:divided )?by ({_OPERAND})", r"((\1) % (\2))"),
    (rf"^(?:increase|raise) ({_OPERAND}) by ({_NUMBER})(?<=%)$", r"(\1)*(1+(\2))"),
    (rf"^(?:decrease|reduce|lower) ({_OPERAND}) by ({_NUMBER})(?<=%)$", r"(\1)*(1-(\2))"),
    (rf"^increase ({_OPERAND}) by ({_OPERAND})$", r"(\1)+(\2)"),
    (rf"^(?:decrease|reduce|lower) ({_OPERAND}) by ({_OPERAND})$", r"(\1)-(\2)"),
    (rf"^(?:add|sum)(?: up| together)? ({_LIST})(?: together)?$", _joined("+")),
    (rf"^multiply ({_LIST})(?: together)?$", _joined("*")),
    (rf"^(?:subtract|take(?: away)?|deduct) ({_OPERAND}) from ({_OPERAND})$", r"(\2)-(\1)"),
    (rf"^divide ({_OPERAND}) (?:by|and|with) ({_OPERAND})$", r"(\1)/(\2)"),
    (rf"^raise ({_OPERAND}) to(?: the power(?: of)?)? ({_OPERAND})$", r"(\1)**(\2)"),
    (rf"^({_OPERAND})\s+more$", rf"{ANSWER}+(\1)"),
    (rf"^({_OPERAND})\s+less$", rf"{ANSWER}-(\1)"),
    (rf"^((?:plus|minus|times|divided by|multiplied by)\s+{_OPERAND})$", rf"{ANSWER} \1"),
    (rf"({_NUMBER})\s+(?:percent )?of ({_OPERAND})", r"(\1*\2)"),
    (r"\b(?:raised )?to the(?: power(?: of)?)?\b|\braised to\b", "**"),
    (r"\b(?:multiplied by|times|multiplied with)\b", "*"),
    (r"\b(?:divided by|over)\b", "/"),
    (r"\b(?:plus|added to)\b", "+"),
    (r"\b(?:minus|less)\b", "-"),
    (r"\b(?:modulo|modulus|mod)\b", "%"),
    (r"(?<=[\d)])\s*x\s*(?=[\d(.])", "*"),
)
_ALLOWED = re.compile(
    rf"(?:\s|\d+(?:\.\d*)?(?:e[+-]?\d+)?|\.\d+|\*\*|//|[-+*/%^()!,×÷−·]|\b(?:{ANSWER}|pi|e|tau|{'|'.join(FUNCTIONS)})\b)+"
)
_WORKS = re.compile(rf"[-+*/%^!×÷−·]|\b(?:{'|'.join(FUNCTIONS)})\(")


def expression_of(text: str) -> str | None:
    """Returns the expression that `text` asks to be worked out, or None where it asks for nothing of the kind.

    The text may be formal (`(2+3)*7`), in words, or both. `ans` in the result stands for an earlier one.
    """
    if len(text) > MAX_SUM:
        return None
    sum_ = strip_leads(text)
    sum_ = re.sub(r"\bthe\s+(?=square|cube|sum|total of|product of|difference|quotient|average|mean|ratio|largest|biggest|"
                  r"greatest|highest|smallest|least|lowest|maximum|minimum|factorial|absolute|remainder|sine|cosine|"
                  r"tangent|log)", "", sum_, flags=re.IGNORECASE)  # fmt: skip
    sum_ = _REFERENCE.sub(ANSWER, sum_)
    for pattern, made in _RULES[1:6]:  # "two thirds of" before "two" is a number
        sum_ = pattern.sub(made, sum_)
    sum_ = _SPELLED.sub(_spelled_number, sum_).lower().strip()
    for pattern, made in _RULES:
        sum_ = pattern.sub(made, sum_)
    sum_ = re.sub(r"\s+", " ", sum_).strip()
    if not _ALLOWED.fullmatch(sum_) or not _WORKS.search(sum_) or not re.search(rf"\d|\b(?:{ANSWER}|pi|e|tau)\b", sum_):
        return None
    return None if re.fullmatch(r"-?[\d.]+%?", sum_) else _tidy(sum_)


def expressions_of(text: str) -> list[str]:
    """Returns the expressions of "2+2 and 3*3", or of a text with only one; none where any part is no expression."""
    if len(text) > MAX_SUM:
        return []
    whole = expression_of(text)
    if whole is not None:
        return [whole]
    parts = [expression_of(part) for part in re.split(r"\s*(?:,\s*and\b|,|\band\b)\s*", strip_leads(text)) if part]
    found = [part for part in parts if part is not None]
    return found if len(found) == len(parts) > 1 else []


def strip_leads(text: str) -> str:
    """Takes off what only asks politely: "could you please tell me what … is, thanks?"."""
    text = _TAILS.sub("", text.strip())
    while (shorter := _LEADS.sub("", text, count=1)) != text:
        text = shorter
    return text


def _tidy(expression: str) -> str:
    """Drops parentheses around a single number, and the ones around everything."""
    expression = re.sub(rf"(?<![\w])\(({_NUMBER.replace('%?', '')}|{ANSWER})\)(?!\*\*|\^|!)", r"\1", expression)
    inner = expression[1:-1]
    if expression.startswith("(") and expression.endswith(")") and _balanced(inner):
        return inner
    return expression


def _balanced(text: str) -> bool:
    depth = 0
    for sign in text:
        depth += (sign == "(") - (sign == ")")
        if depth < 0:
            return False
    return depth == 0
