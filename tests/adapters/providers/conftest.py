"""A fake chat-completions server and an adapter that asks it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from harness.adapters.providers.openai import OpenAIProvider
from harness.testing.openai_server import FakeOpenAI


@pytest.fixture
async def server() -> AsyncIterator[FakeOpenAI]:
    async with FakeOpenAI() as server:
        yield server


@pytest.fixture
async def provider(server: FakeOpenAI) -> AsyncIterator[OpenAIProvider]:
    provider = OpenAIProvider(model="m", base_url=server.base_url, api_key="sk-test-123456")
    yield provider
    await provider.aclose()
