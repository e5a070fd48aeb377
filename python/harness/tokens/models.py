"""Which encoding a model uses, and which models have none that is public."""

from __future__ import annotations

import difflib

from harness import _native
from harness.domain.errors import InputError

ENCODINGS = tuple(_native.token_encodings())
"""The encodings that are built in: `r50k_base`, `p50k_base`, `cl100k_base` and `o200k_base`."""

_SAME = {"o200k_harmony": "o200k_base", "p50k_edit": "p50k_base", "gpt2": "r50k_base"}
"""Encodings that differ from another in their special tokens alone, and so count text as it does."""

# By the beginning of a model's name; the longest that fits counts.
_MODELS = {
    "gpt-5": "o200k_base",
    "gpt-4.5": "o200k_base",
    "gpt-4.1": "o200k_base",
    "gpt-4o": "o200k_base",
    "chatgpt-4o": "o200k_base",
    "gpt-oss": "o200k_base",
    "o1": "o200k_base",
    "o3": "o200k_base",
    "o4": "o200k_base",
    "gpt-4": "cl100k_base",
    "gpt-3.5": "cl100k_base",
    "gpt-35": "cl100k_base",
    "text-embedding-3": "cl100k_base",
    "text-embedding-ada-002": "cl100k_base",
    "text-davinci-003": "p50k_base",
    "text-davinci-002": "p50k_base",
    "davinci": "r50k_base",
    "curie": "r50k_base",
    "babbage": "r50k_base",
    "ada": "r50k_base",
}

FAMILIES = (
    "claude",
    "codestral",
    "command",
    "deepseek",
    "gemini",
    "gemma",
    "glm",
    "granite",
    "grok",
    "jamba",
    "kimi",
    "llama",
    "meta-llama",
    "minimax",
    "ministral",
    "mistral",
    "mixtral",
    "nemotron",
    "nova",
    "olmo",
    "phi",
    "pixtral",
    "qwen",
    "qwq",
    "sonar",
    "yi",
)
"""How the names begin of models whose vocabulary is not built in: their tokens are estimated."""


def is_estimated(model: str) -> bool:
    """Whether the model is of a family whose tokens are estimated."""
    name = model.rsplit("/", 1)[-1].lower()
    return name.startswith(FAMILIES)


def encoding_of(name: str) -> str:
    """Returns the name of the encoding that `name` is, or that the model `name` uses.

    Fine-tuned models (`ft:gpt-4o:…`) and names with a provider before them (`openai/gpt-4o`) are known by their base.

    Raises:
        InputError: neither is known.
    """
    if name in ENCODINGS:
        return name
    if name in _SAME:
        return _SAME[name]
    model = name.removeprefix("ft:").rsplit("/", 1)[-1].lower()
    fitting = [each for each in _MODELS if model == each or model.startswith((each + "-", each + ":", each + "."))]
    if fitting:
        return _MODELS[max(fitting, key=len)]
    raise InputError(f"there is no exact token count for {name!r}", remedy=_remedy(name))


def _remedy(name: str) -> str:
    if is_estimated(name):
        return "its tokenizer is not built in: use EstimatedTokenizer, or HuggingFaceTokenizer with its tokenizer.json"
    near = difflib.get_close_matches(name, [*ENCODINGS, *_MODELS, *FAMILIES], n=1)
    if near:
        return f"did you mean {near[0]}?"
    return f"known are {', '.join(ENCODINGS)} and OpenAI's models; EstimatedTokenizer estimates for any other"
