"""The shared HTTP part, through the chat-completions adapter: time limits, broken connections, kept ones."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time

import pytest

from harness.adapters.providers.openai import OpenAIProvider
from harness.domain.completions import Options, Prompt
from harness.domain.envelope import Envelope
from harness.domain.errors import ProviderError
from harness.domain.failures import ErrorCategory
from harness.domain.messages import Message
from harness.ports.provider import complete
from harness.testing.openai_server import FakeOpenAI, OpenAIDialect
from harness.testing.wire_replies import Delivery, Drop, Raw, Request, Say
from harness.testing.wire_server import WireServer
from tests.adapters.providers.openai_help import HELLO, WHOLE, failing

# --- time ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stream", "delivery"),
    [
        (True, Delivery(head=False, ending="stall")),
        (True, Delivery(stop_after=0, ending="stall")),
        (True, Delivery(stop_after=300, ending="stall")),
        (False, Delivery(head=False, ending="stall")),
        (False, Delivery(stop_after=10, ending="stall")),
    ],
)
async def test_stalls(server: FakeOpenAI, stream: bool, delivery: Delivery) -> None:
    limits = {"first_token_s": 0.05, "between_tokens_s": 0.05, "answer_s": 0.05, "connect_s": 0.05}
    provider = OpenAIProvider(model="m", base_url=server.base_url, timeouts=limits)
    server.script([Say("a long answer", delivery=delivery)])
    error = await failing(provider, Options(stream=stream))
    assert error.category is ErrorCategory.TIMEOUT
    await asyncio.wait_for(server.last.gone.wait(), 10)
    await provider.aclose()


@pytest.mark.parametrize("stop_after", [0, 300])
async def test_the_deadline_bounds_a_call(server: FakeOpenAI, provider: OpenAIProvider, stop_after: int) -> None:
    server.script([Say("a long answer", delivery=Delivery(stop_after=stop_after, ending="stall"))])
    error = await failing(provider, Options(envelope=Envelope(deadline=time.monotonic() + 0.05)))
    assert error.category is ErrorCategory.TIMEOUT
    assert "deadline" in str(error)
    await asyncio.wait_for(server.last.gone.wait(), 10)


async def test_a_slow_reader_is_not_a_stall(server: FakeOpenAI) -> None:
    limits = {"first_token_s": 0.05, "between_tokens_s": 0.05}
    provider = OpenAIProvider(model="m", base_url=server.base_url, timeouts=limits)
    server.script([Say("x" * 400)])
    text = ""
    async for chunk in provider.stream(HELLO, Options()):
        text += chunk.text
        if len(text) == 4:
            await asyncio.sleep(0.2)  # longer than the limit, which counts only while the adapter waits
    assert text == "x" * 400
    await provider.aclose()


async def test_nobody_listens() -> None:
    async with FakeOpenAI() as server:
        url = server.base_url
    error = await failing(OpenAIProvider(model="m", base_url=url))
    assert error.category is ErrorCategory.CONNECTION
    assert "cannot connect" in str(error)


async def test_tls_towards_a_server_without_it(server: FakeOpenAI) -> None:
    provider = OpenAIProvider(model="m", base_url=server.base_url.replace("http:", "https:"))
    error = await failing(provider)
    await provider.aclose()
    assert error.category is ErrorCategory.CONNECTION
    assert "http://" in error.remedy


async def test_something_that_speaks_no_http() -> None:
    async def mumble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"220 mail.test ESMTP\r\n")
        await writer.drain()
        writer.close()

    listener = await asyncio.start_server(mumble, "127.0.0.1", 0)
    provider = OpenAIProvider(model="m", base_url=f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}/v1")
    error = await failing(provider)
    await provider.aclose()
    listener.close()
    assert error.category is ErrorCategory.CONNECTION
    assert "does not answer in HTTP" in str(error)


async def test_a_proxy(server: FakeOpenAI) -> None:
    class Through(OpenAIDialect):
        def route(self, request: Request) -> None:
            return None  # a proxy is asked for whole addresses

    async with WireServer(Through(), ["through the proxy"]) as proxy:
        host = proxy.base_url.removesuffix("/v1")
        provider = OpenAIProvider(model="m", base_url="http://model.test/v1", proxy=host)
        assert (await complete(provider, HELLO, Options())).text == "through the proxy"
        await provider.aclose()
        assert proxy.last.path == "http://model.test/v1/chat/completions"


async def test_an_error_with_a_cut_body_is_that_error(server: FakeOpenAI, provider: OpenAIProvider) -> None:
    body = b'{"error": {"message": "no such model", "code": "model_not_found"}}' + b" " * 100
    server.script([Raw(body, status=404, delivery=Delivery(stop_after=len(body) - 10, ending="close"))])
    assert (await failing(provider)).category is ErrorCategory.MODEL_NOT_FOUND


def test_the_first_call_imports_nothing() -> None:
    program = """
import asyncio, sys
from harness.adapters.providers.openai import OpenAIProvider
from harness.domain.completions import Options, Prompt
from harness.domain.messages import Message
from harness.ports.provider import complete
from harness.testing.openai_server import FakeOpenAI

async def main():
    async with FakeOpenAI(["one", "two"]) as server:
        provider = OpenAIProvider(model="m", base_url=server.base_url.replace("127.0.0.1", "localhost"))
        before = set(sys.modules)
        for stream in (True, False):
            await complete(provider, Prompt((Message.user("x"),)), Options(stream=stream))
        print(sorted(set(sys.modules) - before))
        await provider.aclose()

asyncio.run(main())
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == "[]\n"


# --- connections -----------------------------------------------------------------------------------------------------


async def test_connections_are_kept(server: FakeOpenAI, provider: OpenAIProvider) -> None:
    server.script(lambda request: Say("again and again"))
    for stream in (True, False) * 5:
        await complete(provider, HELLO, Options(stream=stream))
    assert server.connections == 1


async def test_a_kept_connection_that_is_dropped_is_replaced_once(server: FakeOpenAI, provider: OpenAIProvider) -> None:
    server.script(["one", Drop(), "two", Drop(), Drop()])
    assert (await complete(provider, HELLO, WHOLE)).text == "one"
    assert (await complete(provider, HELLO, WHOLE)).text == "two"
    assert [request.reused for request in server.requests] == [False, True, False]
    assert (await failing(provider, WHOLE)).category is ErrorCategory.CONNECTION


async def test_a_fresh_connection_that_is_dropped_is_not_retried(server: FakeOpenAI, provider: OpenAIProvider) -> None:
    server.script([Drop(), "never asked for"])
    assert (await failing(provider, WHOLE)).category is ErrorCategory.CONNECTION
    assert len(server.requests) == 1


async def test_closing_the_iterator_ends_the_call(server: FakeOpenAI, provider: OpenAIProvider) -> None:
    server.script([Say("x" * 100, delivery=Delivery(stop_after=1500, ending="stall"))])
    stream = provider.stream(HELLO, Options())
    assert await anext(stream)
    await stream.aclose()  # type: ignore[attr-defined]
    await asyncio.wait_for(server.last.gone.wait(), 10)


async def test_one_provider_on_several_loops_one_after_the_other() -> None:
    provider = OpenAIProvider(model="m", base_url="http://127.0.0.1:1/v1")

    async def one() -> None:
        async with FakeOpenAI(["hello"]) as server:
            inner = OpenAIProvider(model="m", base_url=server.base_url)
            assert (await complete(inner, HELLO, Options())).text == "hello"
            with pytest.raises(ProviderError):
                await complete(provider, HELLO, Options())
            await inner.aclose()

    for _ in range(3):
        await asyncio.to_thread(asyncio.run, one())
    assert len(provider._wire._sessions) == 1  # those of loops that are closed are dropped when a new one comes
    await provider.aclose()
    provider._wire._sessions.clear()


def test_a_provider_that_is_dropped_unclosed_leaves_nothing() -> None:
    program = """
import asyncio, gc
from harness.adapters.providers.openai import OpenAIProvider
from harness.domain.completions import Options, Prompt
from harness.domain.messages import Message
from harness.ports.provider import complete
from harness.testing.openai_server import FakeOpenAI

async def main():
    async with FakeOpenAI(["one"]) as server:
        provider = OpenAIProvider(model="m", base_url=server.base_url)
        await complete(provider, Prompt((Message.user("x"),)), Options())
    circle = [provider]
    circle.append(circle)
    del provider, circle
    gc.collect()  # in the loop's last moment

asyncio.run(main())
gc.collect()
"""
    command = [sys.executable, "-X", "dev", "-W", "error", "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert done.stderr == ""


async def test_a_closed_provider(provider: OpenAIProvider) -> None:
    await provider.aclose()
    await provider.aclose()
    assert "closed" in str(await failing(provider))


async def test_many_streams_at_once(server: FakeOpenAI, provider: OpenAIProvider) -> None:
    def answer(request: Request) -> Say:
        return Say(request.json["messages"][0]["content"] * 20)

    server.script(answer)
    prompts = [Prompt((Message.user(f"<{number}>"),)) for number in range(100)]
    answers = await asyncio.gather(*[complete(provider, prompt, Options()) for prompt in prompts])
    assert [answer.text for answer in answers] == [f"<{number}>" * 20 for number in range(100)]
