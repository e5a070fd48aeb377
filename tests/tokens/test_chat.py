"""What messages, tools and images cost, against figures that providers have published."""

import struct
from typing import Any

import pytest

from harness.domain.messages import ImagePart, Message
from harness.domain.tools import ToolCall, ToolResult, ToolSpec
from harness.tokens import Tokenizer, count_image, count_message, count_tokens, count_tools
from harness.tokens.chat import described
from harness.tokens.images import image_size

WEATHER = ToolSpec(
    "get_current_weather",
    "Get the current weather in a given location",
    {
        "type": "object",
        "properties": {
            "location": {"type": "string", "description": "The city and state, e.g. San Francisco, CA"},
            "unit": {
                "type": "string",
                "description": "The unit of temperature to return",
                "enum": ["celsius", "fahrenheit"],
            },
        },
        "required": ["location"],
    },
)


@pytest.mark.parametrize(
    ("model", "billed"), [("gpt-3.5-turbo", 105), ("gpt-4", 105), ("gpt-4o", 101), ("gpt-4o-mini", 101)]
)
def test_the_published_bill_of_messages_and_a_tool(model: str, billed: int) -> None:
    messages = [
        Message.system("You are a helpful assistant that can answer to questions about the weather."),
        Message.user("What's the weather like in San Francisco?"),
    ]
    assert count_tokens(messages, model, tools=[WEATHER]) == billed


def spec(name: str, description: str = "", **properties: Any) -> ToolSpec:
    return ToolSpec(name, description, {"type": "object", "properties": properties})


NUMBER = {"type": "number", "description": "A number"}


@pytest.mark.parametrize(
    ("tool", "billed"),
    [
        (spec("foo"), 31),
        (spec("foo", "Do a foo"), 36),
        (spec("bing_bong", "Do a bing bong", foo={"type": "string"}), 49),
        (
            spec(
                "bing_bong", "Do a bing bong", foo={"type": "string"}, bar={"type": "number", "description": "A number"}
            ),
            57,
        ),
    ],
)
def test_the_measured_bill_of_small_tools(tool: ToolSpec, billed: int) -> None:
    assert count_tokens([Message.user("hello")], "gpt-3.5-turbo", tools=[tool]) == billed


def test_any_schema_can_be_counted() -> None:
    loop: dict[str, Any] = {
        "type": "object",
        "properties": {
            "me": {"$ref": "#/$defs/node"},
            "list": {"type": "array", "items": {"type": ["string", "null"]}},
            "any": {"anyOf": [{"type": "integer"}, {"type": "object", "properties": {"x": {"type": "boolean"}}}]},
            "odd": True,
            "unknown": {"type": 7},
            "nowhere": {"$ref": "#/nowhere"},
        },
        "$defs": {"node": {"type": "object", "properties": {"next": {"$ref": "#/$defs/node"}}}},
    }
    text = described([ToolSpec("walk", "Two\nlines", loop)])
    assert "// Two\n// lines\ntype walk = (_: {" in text
    assert "me?: {\nnext?: any,\n}," in text
    assert "list?: string | null[]," in text
    assert "any?: number | {\nx?: boolean,\n}," in text
    deep: dict[str, Any] = {"type": "string"}
    for _ in range(5000):
        deep = {"type": "array", "items": deep}
    assert count_tools([spec("deep", x=deep)], Tokenizer()) > 0


def test_no_tools_cost_nothing_and_claude_is_told_more() -> None:
    assert count_tools([], Tokenizer()) == 0
    claude = count_tools([WEATHER], Tokenizer(), "claude-sonnet-4-5")
    assert claude > 346 + 60


def test_calls_and_results_count() -> None:
    call = Message.assistant("", (ToolCall("1", "add", {"a": 1}, '{"a": 1}'),))
    bare = count_message(Message.assistant("x"), Tokenizer())
    assert count_message(call, Tokenizer()) > bare
    one = Message.tool(ToolResult("1", "add", "two words"))
    two = Message.tool(ToolResult("1", "add", "two words"), ToolResult("2", "add", "two words"))
    assert count_message(two, Tokenizer()) == 2 * count_message(one, Tokenizer())


def png(width: int, height: int) -> bytes:
    return b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">II", width, height)


@pytest.mark.parametrize(
    ("model", "width", "height", "billed"),
    [
        ("gpt-4o", 1024, 1024, 765),
        ("gpt-4o", 2048, 4096, 1105),
        ("gpt-4o-mini", 1024, 1024, 2833 + 4 * 5667),
        ("o1", 512, 512, 225),
        ("gpt-5", 512, 512, 210),
        ("gpt-4.1-mini", 1024, 1024, 1659),
        ("gpt-4.1-mini", 1800, 2400, 2353),
        ("o4-mini", 1024, 1024, 1762),
        ("claude-sonnet-4-5", 200, 200, 54),
        ("claude-sonnet-4-5", 1000, 1000, 1334),
        ("claude-sonnet-4-5", 1092, 1092, 1568),
        ("gemini-2.5-flash", 384, 384, 258),
        ("gemini-2.5-flash", 960, 540, 1548),
    ],
)
def test_the_published_bill_of_images(model: str, width: int, height: int, billed: int) -> None:
    image = ImagePart(data=png(width, height), media_type="image/png")
    assert count_image(image, model) == pytest.approx(billed, abs=1 if model.startswith("claude") else 0)


def test_low_detail_and_unknown_sizes() -> None:
    assert count_image(ImagePart(url="https://x/y.png"), "gpt-4o") == 765
    assert count_image(ImagePart(url="https://x/y.png"), "gpt-4o", detail="low") == 85
    assert count_image(ImagePart(data=b"none", media_type="image/png")) == 765


@pytest.mark.parametrize(
    ("data", "size"),
    [
        (png(3, 4), (3, 4)),
        (b"GIF89a" + struct.pack("<HH", 7, 9), (7, 9)),
        (b"\xff\xd8\xff\xe0\0\x04ab\xff\xc0\0\x11\x08" + struct.pack(">HH", 20, 30) + b"\x03", (30, 20)),
        (b"RIFF\0\0\0\0WEBPVP8 \0\0\0\0\0\0\0\x9d\x01\x2a" + struct.pack("<HH", 50, 60), (50, 60)),
        (b"RIFF\0\0\0\0WEBPVP8L\0\0\0\0\x2f" + (9 | 19 << 14).to_bytes(4, "little") + b"\0" * 6, (10, 20)),
        (b"RIFF\0\0\0\0WEBPVP8X\0\0\0\0\0\0\0\0\x63\0\0\xc7\0\0", (100, 200)),
        (b"", None),
        (b"\x89PNG\r\n\x1a\n", None),
        (b"\xff\xd8\xff", None),
        (b"\xff\xd8\xff\xe0\0\0" * 100, None),
        (png(0, 5), None),
    ],
)
def test_sizes_are_read_from_the_head(data: bytes, size: tuple[int, int] | None) -> None:
    assert image_size(data) == size
