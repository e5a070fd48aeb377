"""What the tests of the chat-completions adapter share."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from harness.adapters.providers.openai import OpenAIProvider
from harness.domain.completions import Options, Prompt
from harness.domain.errors import ProviderError
from harness.domain.messages import Message
from harness.domain.tools import ToolSpec
from harness.ports.provider import complete
from harness.testing.openai_server import FakeOpenAI
from harness.testing.wire_replies import Raw

HELLO = Prompt((Message.user("hello"),))
ADD = ToolSpec("add", "Adds.", {"type": "object", "properties": {"a": {"type": "integer"}}})
WHOLE = Options(stream=False)
STREAMED = Options()


async def sent(server: FakeOpenAI, provider: OpenAIProvider, prompt: Prompt, options: Options) -> dict[str, Any]:
    server.script(["ok"])
    await complete(provider, prompt, options)
    body = server.last.json
    assert isinstance(body, dict)
    return body


async def failing(provider: OpenAIProvider, options: Options = STREAMED, prompt: Prompt = HELLO) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        await complete(provider, prompt, options)
    assert caught.value.remedy
    assert caught.value.provider == "openai"
    return caught.value


def sse(*events: Any, done: bool = True) -> Raw:
    lines = [b"data: " + (event if isinstance(event, bytes) else orjson.dumps(event)) + b"\n\n" for event in events]
    return Raw(b"".join(lines) + (b"data: [DONE]\n\n" if done else b""), content_type="text/event-stream")


def delta(finish: str | None = None, **fields: Any) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": fields, "finish_reason": finish}]}
