"""harness: an LLM runtime that you embed."""
