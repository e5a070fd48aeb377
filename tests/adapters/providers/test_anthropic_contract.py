"""The adapter of Anthropic's messages keeps the contract of providers."""

from collections.abc import AsyncIterator

import pytest

from harness.adapters.providers.anthropic import AnthropicProvider
from harness.testing.anthropic_server import FakeAnthropic
from harness.testing.contracts.provider import ProviderContract


class TestAnthropic(ProviderContract):
    counts_reasoning = False

    @pytest.fixture
    async def server(self) -> AsyncIterator[FakeAnthropic]:
        async with FakeAnthropic() as server:
            yield server

    @pytest.fixture
    async def provider(self, server: FakeAnthropic) -> AsyncIterator[AnthropicProvider]:
        provider = AnthropicProvider(model="m", api_key=self.api_key, base_url=server.base_url)
        yield provider
        await provider.aclose()
