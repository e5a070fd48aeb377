"""The adapter `ollama` keeps the contract of providers."""

from collections.abc import AsyncIterator

import pytest

from harness.adapters.providers.ollama import OllamaProvider
from harness.domain.completions import FinishReason
from harness.domain.failures import ErrorCategory
from harness.testing.contracts.provider import ProviderContract
from harness.testing.ollama_server import FakeOllama


class TestOllama(ProviderContract):
    counts_reasoning = False
    counts_cached = False
    supports_refusals = False
    supports_image_urls = False
    lacks = frozenset({ErrorCategory.CONTENT_FILTER})
    finishes = frozenset({FinishReason.STOP, FinishReason.LENGTH})

    @pytest.fixture
    async def server(self) -> AsyncIterator[FakeOllama]:
        async with FakeOllama() as server:
            yield server

    @pytest.fixture
    async def provider(self, server: FakeOllama) -> AsyncIterator[OllamaProvider]:
        provider = OllamaProvider(model="m", api_key=self.api_key, base_url=server.base_url)
        yield provider
        await provider.aclose()
