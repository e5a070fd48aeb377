"""Token counts: exact for OpenAI's encodings and for `tokenizer.json` files, estimated for other models."""

from __future__ import annotations

from harness.tokens.chat import count_message, count_tokens, count_tools
from harness.tokens.estimated import EstimatedTokenizer
from harness.tokens.exact import Tokenizer
from harness.tokens.huggingface import HuggingFaceTokenizer
from harness.tokens.images import count_image
from harness.tokens.models import ENCODINGS, encoding_of

__all__ = [
    "ENCODINGS",
    "EstimatedTokenizer",
    "HuggingFaceTokenizer",
    "Tokenizer",
    "count_image",
    "count_message",
    "count_tokens",
    "count_tools",
    "encoding_of",
]
