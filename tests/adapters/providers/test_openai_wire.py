"""Chat completions, the way out: what is sent for a prompt and its options."""

from __future__ import annotations

import base64
import json

import orjson
import pytest

from harness.adapters.providers.openai import OpenAIProvider
from harness.domain.completions import Options, Prompt
from harness.domain.failures import ErrorCategory
from harness.domain.messages import ImagePart, Message
from harness.domain.tools import ToolCall, ToolResult
from harness.ports.provider import complete
from harness.testing.openai_server import FakeOpenAI
from tests.adapters.providers.openai_help import ADD, HELLO, WHOLE, failing, sent


async def test_a_whole_conversation(server: FakeOpenAI, provider: OpenAIProvider) -> None:
    call = ToolCall("c1", "add", {"a": 1}, '{"a":1}')
    prompt = Prompt(
        (
            Message.system("be brief"),
            Message.user(
                "what is this?",
                ImagePart(url="https://x.test/i.png"),
                ImagePart(data=b"\x89PNG", media_type="image/png"),
            ),
            Message.assistant("let me see", (call, ToolCall("c2", "add", {"a": 2})), "thinking"),
            Message.tool(ToolResult("c1", "add", "1"), ToolResult("c2", "add", "2")),
        ),
        (ADD,),
    )
    body = await sent(server, provider, prompt, Options())
    image = "data:image/png;base64," + base64.b64encode(b"\x89PNG").decode()
    assert body["messages"] == [
        {"role": "system", "content": "be brief"},
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "what is this?"},
                {"type": "image_url", "image_url": {"url": "https://x.test/i.png"}},
                {"type": "image_url", "image_url": {"url": image}},
            ],
        },
        {
            "role": "assistant",
            "content": "let me see",
            "tool_calls": [
                {"id": "c1", "type": "function", "function": {"name": "add", "arguments": '{"a":1}'}},
                {"id": "c2", "type": "function", "function": {"name": "add", "arguments": '{"a":2}'}},
            ],
        },
        {"role": "tool", "tool_call_id": "c1", "content": "1"},
        {"role": "tool", "tool_call_id": "c2", "content": "2"},
    ]
    assert body["tools"] == [
        {"type": "function", "function": {"name": "add", "description": "Adds.", "parameters": dict(ADD.parameters)}}
    ]
    assert body["stream"] is True
    assert body["stream_options"] == {"include_usage": True}


async def test_every_option(server: FakeOpenAI, provider: OpenAIProvider) -> None:
    options = Options(
        model="other", temperature=0.5, top_p=0.9, max_tokens=7, seed=3, stop=("END",), tool_choice="add",
        parallel_tool_calls=False, response_format={"type": "json_schema", "name": "n", "schema": {"type": "object"}},
        extra={"user": "u1"}, stream=False,
    )  # fmt: skip
    body = await sent(server, provider, Prompt(HELLO.messages, (ADD,)), options)
    del body["messages"], body["tools"]
    assert body == {
        "model": "other", "temperature": 0.5, "top_p": 0.9, "max_tokens": 7, "seed": 3, "stop": ["END"],
        "tool_choice": {"type": "function", "function": {"name": "add"}}, "parallel_tool_calls": False,
        "response_format": {"type": "json_schema", "json_schema": {"name": "n", "schema": {"type": "object"}}},
        "user": "u1",
    }  # fmt: skip


async def test_tool_options_need_tools(server: FakeOpenAI, provider: OpenAIProvider) -> None:
    body = await sent(server, provider, HELLO, Options(tool_choice="auto", parallel_tool_calls=True))
    assert "tool_choice" not in body
    assert "parallel_tool_calls" not in body


@pytest.mark.parametrize("choice", ["auto", "none", "required"])
async def test_tool_choices(server: FakeOpenAI, provider: OpenAIProvider, choice: str) -> None:
    body = await sent(server, provider, Prompt(HELLO.messages, (ADD,)), Options(tool_choice=choice))
    assert body["tool_choice"] == choice


async def test_arguments_that_could_not_be_read_go_back_as_json(server: FakeOpenAI, provider: OpenAIProvider) -> None:
    call = ToolCall("c1", "add", {}, '{"a": ', "broken")
    prompt = Prompt(
        (Message.user("x"), Message.assistant(tool_calls=(call,)), Message.tool(ToolResult("c1", "add", "e")))
    )
    body = await sent(server, provider, prompt, Options())
    message = body["messages"][1]
    assert message["content"] is None
    assert orjson.loads(message["tool_calls"][0]["function"]["arguments"]) == {"unreadable": '{"a": '}


async def test_values_that_orjson_refuses(server: FakeOpenAI, provider: OpenAIProvider) -> None:
    prompt = Prompt((Message.user("lone \ud83d surrogate"),), (ADD,))
    await sent(server, provider, prompt, Options(extra={"big": 2**70}))
    body = json.loads(server.last.body)
    assert body["messages"][0]["content"] == "lone ? surrogate"
    assert body["big"] == 2**70
    assert body["tools"][0]["function"]["name"] == "add"


async def test_a_value_that_is_no_json(provider: OpenAIProvider) -> None:
    error = await failing(provider, Options(extra={"x": object()}))
    assert error.category is ErrorCategory.INVALID_REQUEST


async def test_headers(server: FakeOpenAI) -> None:
    provider = OpenAIProvider(model="m", base_url=server.base_url, api_key=" k \n", headers={"OpenAI-Project": "p"})
    server.script(["ok"])
    await complete(provider, HELLO, WHOLE)
    await provider.aclose()
    assert server.last.headers["authorization"] == "Bearer k"
    assert server.last.headers["openai-project"] == "p"
    assert server.last.path == "/v1/chat/completions"


async def test_a_server_without_keys(server: FakeOpenAI, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-not-for-strangers")
    provider = OpenAIProvider(model="m", base_url=server.base_url + "/")
    server.script(["ok"])
    assert (await complete(provider, HELLO, WHOLE)).text == "ok"
    await provider.aclose()
    assert "authorization" not in server.last.headers


async def test_percent_encoded_paths_stay(server: FakeOpenAI) -> None:
    provider = OpenAIProvider(model="m", base_url=server.base_url + "/a%2Fb")
    await failing(provider)
    await provider.aclose()
    assert server.last.path == "/v1/a%2Fb/chat/completions"
