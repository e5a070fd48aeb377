"""One model call over the loopback, and a stream of 1,000 chunks: ours beside bare aiohttp and the official SDK.

    python benches/providers.py [--rounds 15] [--streams 500] [--json]

The server is a process of its own that answers from prepared bytes. Bare aiohttp sends the same body and parses every
piece with orjson into a text, and does nothing else: no time limits, no errors, no tool calls. Rounds are interleaved,
so that a slow moment of the machine is everybody's.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import orjson

from harness.adapters.providers.openai import OpenAIProvider
from harness.domain.completions import Options, Prompt
from harness.domain.messages import Message
from harness.domain.tools import ToolSpec
from harness.ports.provider import complete
from harness.testing.openai_server import OpenAIDialect
from harness.testing.wire_replies import Payload, Request, Say

CHUNKS = 1_000
TEXT = "word " * CHUNKS
PROMPT = Prompt(
    (Message.system("You are brief."), Message.user("Tell me about the sea. " * 20)),
    (ToolSpec("add", "Adds two numbers.", {"type": "object", "properties": {"a": {"type": "integer"}}}),),
)


# --- the server ------------------------------------------------------------------------------------------------------


def prepared(*, stream: bool) -> bytes:
    """The bytes of an answer, head and all."""
    request = Request("POST", "/v1/chat/completions", {}, orjson.dumps({"model": "m", "stream": stream}))
    payload: Payload = OpenAIDialect().answer(request, Say(TEXT if stream else "It is big and blue.", piece=5))
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {payload.content_type}\r\n"
    if stream:
        body = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in payload.pieces) + b"0\r\n\r\n"
        return f"{head}Transfer-Encoding: chunked\r\n\r\n".encode() + body
    body = b"".join(payload.pieces)
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


class Server(asyncio.Protocol):
    """Answers each request on a connection, the streamed ones by the stream."""

    whole, streamed = prepared(stream=False), prepared(stream=True)

    def connection_made(self, transport: Any) -> None:
        self.transport, self.buffer = transport, b""

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        head, found, rest = self.buffer.partition(b"\r\n\r\n")
        if not found:
            return
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
        if len(rest) >= length:
            self.buffer = rest[length:]
            self.transport.write(self.streamed if b'"stream":true' in rest[:length] else self.whole)


async def serve() -> None:
    server = await asyncio.get_running_loop().create_server(Server, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.to_thread(sys.stdin.read)  # until the parent goes


# --- the contenders --------------------------------------------------------------------------------------------------

Call = Callable[[bool], Awaitable[str]]


def bare(base_url: str, session: aiohttp.ClientSession, bodies: dict[bool, bytes]) -> Call:
    headers = {"Content-Type": "application/json", "Authorization": "Bearer sk-x"}

    async def call(stream: bool) -> str:
        async with session.post(f"{base_url}/chat/completions", data=bodies[stream], headers=headers) as response:
            if not stream:
                return str(orjson.loads(await response.read())["choices"][0]["message"]["content"])
            text = []
            async for line in response.content:
                if line.startswith(b"data: ") and line != b"data: [DONE]\n":
                    choices = orjson.loads(line[6:])["choices"]
                    if choices and (piece := choices[0]["delta"].get("content")):
                        text.append(piece)
            return "".join(text)

    return call


def ours(provider: OpenAIProvider) -> Call:
    async def call(stream: bool) -> str:
        return (await complete(provider, PROMPT, Options(stream=stream))).text

    return call


def sdk(client: Any, bodies: dict[bool, bytes]) -> Call:
    bodies_parsed = {stream: orjson.loads(body) for stream, body in bodies.items()}

    async def call(stream: bool) -> str:
        body = bodies_parsed[stream]
        if not stream:
            return str((await client.chat.completions.create(**body)).choices[0].message.content)
        text = []
        async for chunk in await client.chat.completions.create(**body):
            if chunk.choices and (piece := chunk.choices[0].delta.content):
                text.append(piece)
        return "".join(text)

    return call


# --- the measurement -------------------------------------------------------------------------------------------------


async def measure(calls: dict[str, Call], *, stream: bool, rounds: int, each: int) -> dict[str, list[float]]:
    """Returns the seconds of every call, a list a contender; the contenders take turns."""
    times: dict[str, list[float]] = {name: [] for name in calls}
    for number in range(rounds + 1):  # the first warms up
        for name, call in calls.items():
            gc.collect()
            for _ in range(each):
                start = time.perf_counter()
                text = await call(stream)
                took = time.perf_counter() - start
                assert text == (TEXT if stream else "It is big and blue."), name
                if number:
                    times[name].append(took)
    return times


def shown(times: dict[str, list[float]], what: str) -> dict[str, Any]:
    medians = {name: statistics.median(values) * 1e6 for name, values in times.items()}
    mine = medians["harness"]
    print(f"\n{what}", file=sys.stderr)
    for name, median in medians.items():
        p99 = sorted(times[name])[int(len(times[name]) * 0.99)] * 1e6
        ratio = f"harness / {name} = {mine / median:.2f}" if name != "harness" else ""
        print(f"  {name:10} p50 {median:9.0f} us   p99 {p99:9.0f} us   {ratio}", file=sys.stderr)
    return {"p50_us": medians, "ratios": {name: mine / median for name, median in medians.items()}}


async def many(provider: OpenAIProvider, count: int) -> dict[str, Any]:
    """`count` streams of 1,000 chunks at once on one loop: how long, and how much memory."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.perf_counter()
    texts = await asyncio.gather(*[ours(provider)(True) for _ in range(count)])
    took = time.perf_counter() - start
    assert all(text == TEXT for text in texts)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    out = {"streams": count, "seconds": took, "peak_mib": peak / 1024, "added_mib": (peak - before) / 1024}
    print(f"\n{count} streams of {CHUNKS} chunks at once: {took:.2f} s, {took / count / CHUNKS * 1e6:.1f} us a chunk, "
          f"peak {out['peak_mib']:.0f} MiB (+{out['added_mib']:.0f})", file=sys.stderr)  # fmt: skip
    return out


async def run(port: int, arguments: argparse.Namespace) -> dict[str, Any]:
    base_url = f"http://127.0.0.1:{port}/v1"
    provider = OpenAIProvider(model="m", api_key="sk-x", base_url=base_url)
    bodies = {stream: provider._encoder.encode(PROMPT, Options(stream=stream)) for stream in (True, False)}
    results: dict[str, Any] = {}
    async with aiohttp.ClientSession() as session:
        # Before the SDK is imported, so that the memory is ours.
        if arguments.streams:
            results["many"] = await many(provider, arguments.streams)
        calls = {"aiohttp": bare(base_url, session, bodies), "harness": ours(provider)}
        client = None
        try:
            import openai
        except ImportError:
            print("the openai SDK is not installed and left out", file=sys.stderr)
        else:
            client = openai.AsyncOpenAI(api_key="sk-x", base_url=base_url, max_retries=0)
            calls["openai SDK"] = sdk(client, bodies)
        whole = await measure(calls, stream=False, rounds=arguments.rounds, each=20)
        results["call"] = shown(whole, "one call, not streamed")
        streamed = await measure(calls, stream=True, rounds=arguments.rounds, each=2)
        results["stream"] = shown(streamed, f"a stream of {CHUNKS} chunks")
        if client is not None:
            await client.close()
    await provider.aclose()
    return results


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--streams", type=int, default=500, help="streams at once; 0 leaves them out")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve:
        asyncio.run(serve())
        return
    command = [sys.executable, __file__, "--serve"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            results = asyncio.run(run(int(server.stdout.readline()), arguments))
        finally:
            server.terminate()
    if arguments.json:
        print(json.dumps(results))


if __name__ == "__main__":
    main()
