"""The adapter `gemini` keeps the contract of providers."""

from collections.abc import AsyncIterator

import pytest

from harness.adapters.providers.gemini import GeminiProvider
from harness.domain.failures import ErrorCategory
from harness.testing.contracts.provider import ProviderContract
from harness.testing.gemini_server import FakeGemini


class TestGemini(ProviderContract):
    lacks = frozenset({ErrorCategory.CONTENT_FILTER})  # a refusal is an answer that was stopped, never an error

    @pytest.fixture
    async def server(self) -> AsyncIterator[FakeGemini]:
        async with FakeGemini() as server:
            yield server

    @pytest.fixture
    async def provider(self, server: FakeGemini) -> AsyncIterator[GeminiProvider]:
        provider = GeminiProvider(model="m", api_key=self.api_key, base_url=server.base_url)
        yield provider
        await provider.aclose()
