"""What a model call sees, in Rust: `Transcript`, `ToolList` and `PromptBody`, which writes bodies for every dialect."""

from __future__ import annotations

from harness import _native
from harness._native import PromptBody, ToolList, Transcript

__all__ = ["DIALECTS", "PromptBody", "ToolList", "Transcript"]

DIALECTS = tuple(_native.prompt_dialects())
"""The wire dialects: `openai_chat`, `openai_responses`, `anthropic`, `gemini`, `ollama`."""
