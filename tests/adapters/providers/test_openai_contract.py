"""The chat-completions adapter keeps the contract of providers."""

from collections.abc import AsyncIterator

import pytest

from harness.adapters.providers.openai import OpenAIProvider
from harness.engine.call.attempts import Attempted
from harness.testing.contracts.provider import ProviderContract
from harness.testing.openai_server import FakeOpenAI


class TestOpenAI(ProviderContract):
    @pytest.fixture
    async def server(self) -> AsyncIterator[FakeOpenAI]:
        async with FakeOpenAI() as server:
            yield server

    @pytest.fixture
    async def provider(self, server: FakeOpenAI) -> AsyncIterator[OpenAIProvider]:
        provider = OpenAIProvider(model="m", api_key=self.api_key, base_url=server.base_url)
        yield provider
        await provider.aclose()


class TestALayerAroundIt(TestOpenAI):
    """The layer that keeps the trail of attempts, around the adapter."""

    @pytest.fixture
    async def provider(self, server: FakeOpenAI) -> AsyncIterator[Attempted]:  # type: ignore[override]
        provider = Attempted(OpenAIProvider(model="m", api_key=self.api_key, base_url=server.base_url))
        yield provider
        await provider.aclose()
