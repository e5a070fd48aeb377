"""Transcripts and bodies: what is written for each dialect, what stays the same from turn to turn, what is refused."""

from __future__ import annotations

import json
import subprocess
import sys
from base64 import b64decode
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.adapters.providers.openai_wire import Encoder, Habits
from harness.domain.completions import Options, Prompt
from harness.domain.messages import ImagePart, Message, ReasoningPart, Role, TextPart
from harness.domain.tools import ToolCall, ToolResult, ToolSpec
from harness.prompts import DIALECTS, PromptBody, ToolList, Transcript

ADD = ToolSpec("add", "Add two numbers.", {"type": "object", "properties": {"a": {"type": "integer"}}})
CALL = ToolCall("c1", "add", {"a": 1}, '{"a": 1}')
TALK = (
    Message.user("look at this, „é“ \u2028 🙂", ImagePart(data=b"\x89PNG", media_type="image/png")),
    Message(Role.ASSISTANT, (ReasoningPart("hm", "seal"), TextPart("I will add."), CALL)),
    Message.tool(ToolResult("c1", "add", "2"), ToolResult("c2", "add", "Error: no", None, "no")),
    Message.assistant("It is 2."),
    Message.user("and now?"),
)
OPTIONS = Options(
    model="m",
    temperature=0.5,
    max_tokens=9,
    seed=4,
    stop=("END",),
    tool_choice="add",
    response_format={"type": "json_schema", "name": "answer", "schema": {"type": "object"}},
    extra={"user": "u1"},
)


def transcript(*messages: Message) -> Transcript:
    """A transcript in which each message counts 10."""
    made = Transcript()
    for message in messages:
        made.append(message, 10)
    return made


def body(dialect: str, *messages: Message, options: Options = OPTIONS, **more: Any) -> Any:
    """The body of a prompt of these messages, read by another parser."""
    more.setdefault("system", "Be brief.")
    more.setdefault("tools", ToolList([ADD]))
    return json.loads(PromptBody(transcript(*messages), **more).body(dialect, options))


def test_chat_completions_are_written_as_the_adapter_writes_them() -> None:
    ours = body("openai_chat", *TALK, options=Options(temperature=0.5, seed=3, model="m", tool_choice="add"))
    encoder = Encoder(provider="p", model="m", habits=Habits(include_usage=False))
    prompt = Prompt((Message.system("Be brief."), *TALK), (ADD,))
    assert ours == json.loads(encoder.encode(prompt, Options(temperature=0.5, seed=3, model="m", tool_choice="add")))


def test_anthropic() -> None:
    made = body("anthropic", *TALK)
    mark = {"type": "ephemeral"}
    assert made["system"] == [{"type": "text", "text": "Be brief.", "cache_control": mark}]
    assert made["tools"][-1]["cache_control"] == mark
    assert made["tools"][0]["input_schema"] == ADD.parameters
    user, assistant, tool, _, last = made["messages"]
    assert [each["role"] for each in made["messages"]] == ["user", "assistant", "user", "assistant", "user"]
    source = user["content"][1]["source"]
    assert (source["media_type"], b64decode(source["data"])) == ("image/png", b"\x89PNG")
    assert assistant["content"] == [
        {"type": "thinking", "thinking": "hm", "signature": "seal"},
        {"type": "text", "text": "I will add."},
        {"type": "tool_use", "id": "c1", "name": "add", "input": {"a": 1}},
    ]
    assert tool["content"][1] == {"type": "tool_result", "tool_use_id": "c2", "content": "Error: no", "is_error": True}
    assert last["content"] == [{"type": "text", "text": "and now?", "cache_control": mark}]
    assert made["tool_choice"] == {"type": "tool", "name": "add"}
    assert (made["max_tokens"], made["stop_sequences"], made["user"]) == (9, ["END"], "u1")
    assert body("anthropic", *TALK, options=Options(model="m"))["max_tokens"] == 4096


def test_responses() -> None:
    made = body("openai_responses", *TALK)
    assert made["instructions"] == "Be brief."
    assert [each["type"] for each in made["input"]] == [
        "message", "reasoning", "message", "function_call", "function_call_output", "function_call_output", "message",
        "message",
    ]  # fmt: skip
    assert made["input"][0]["content"][1]["image_url"] == "data:image/png;base64,iVBORw=="
    assert made["input"][1]["encrypted_content"] == "seal"
    assert made["input"][3] == {"type": "function_call", "call_id": "c1", "name": "add", "arguments": '{"a": 1}'}
    assert made["text"] == {"format": {"type": "json_schema", "name": "answer", "schema": {"type": "object"}}}
    assert made["max_output_tokens"] == 9
    assert made["store"] is False


def test_gemini() -> None:
    made = body("gemini", *TALK)
    assert made["systemInstruction"] == {"parts": [{"text": "Be brief."}]}
    assert [each["role"] for each in made["contents"]] == ["user", "model", "user", "model", "user"]
    assert made["contents"][1]["parts"] == [
        {"text": "hm", "thought": True, "thoughtSignature": "seal"},
        {"text": "I will add."},
        {"functionCall": {"name": "add", "args": {"a": 1}}},
    ]
    responses = [part["functionResponse"]["response"] for part in made["contents"][2]["parts"]]
    assert responses == [{"result": "2"}, {"error": "Error: no"}]
    assert made["tools"] == [
        {
            "functionDeclarations": [
                {"name": "add", "description": ADD.description, "parametersJsonSchema": ADD.parameters}
            ]
        }
    ]
    assert made["toolConfig"]["functionCallingConfig"] == {"mode": "ANY", "allowedFunctionNames": ["add"]}
    assert made["generationConfig"]["maxOutputTokens"] == 9
    assert made["generationConfig"]["responseJsonSchema"] == {"type": "object"}
    assert "model" not in made


def test_ollama() -> None:
    made = body("ollama", *TALK)
    assert made["messages"][0] == {"role": "system", "content": "Be brief."}
    assert made["messages"][1]["images"] == ["iVBORw=="]
    assert made["messages"][2]["thinking"] == "hm"
    assert made["messages"][2]["tool_calls"] == [{"function": {"name": "add", "arguments": {"a": 1}}}]
    assert made["messages"][3] == {"role": "tool", "tool_name": "add", "content": "2"}
    assert made["options"] == {"temperature": 0.5, "num_predict": 9, "seed": 4, "stop": ["END"]}
    assert made["format"] == {"type": "object"}
    assert made["stream"] is True


_TEXTS = st.text(st.characters(), max_size=30)
_MESSAGES = st.lists(
    st.one_of(
        st.builds(Message.user, _TEXTS),
        st.builds(Message.assistant, _TEXTS, reasoning=_TEXTS),
        st.builds(lambda raw: Message.assistant(tool_calls=(ToolCall("c", "f", {}, raw),)), _TEXTS),
        st.builds(lambda text: Message.tool(ToolResult("c", "f", text)), _TEXTS),
    ),
    min_size=1,
    max_size=8,
)


@given(_MESSAGES, _MESSAGES, st.sampled_from(DIALECTS))
def test_any_messages_make_json_and_what_was_said_keeps_its_bytes(
    before: list[Message], after: list[Message], dialect: str
) -> None:
    made = transcript(*before)
    first = PromptBody(made, system="s").body(dialect, OPTIONS)
    branch = made.copy()
    for message in after:
        branch.append(message, 1)
    second = PromptBody(branch, system="s").body(dialect, OPTIONS)
    assert PromptBody(made, system="s").body(dialect, OPTIONS) == first
    one, two = json.loads(first), json.loads(second)
    name = {"openai_responses": "input", "gemini": "contents"}.get(dialect, "messages")

    def unmarked(messages: Any) -> Any:
        return json.loads(json.dumps(messages).replace(', "cache_control": {"type": "ephemeral"}', ""))

    assert unmarked(two[name])[: len(one[name])] == unmarked(one[name])


def test_a_lone_surrogate_is_sent_as_a_replacement_character() -> None:
    made = body("openai_chat", Message.user("a\ud83db"), system="s\ud83d")
    assert made["messages"][1]["content"] == "a\ufffdb"
    assert made["messages"][0]["content"] == "s\ufffd"


def test_arguments_that_are_no_object_are_sent_back_inside_one() -> None:
    call = ToolCall("c", "f", {}, '{"a": ', "cut off")
    for dialect in DIALECTS:
        made = json.dumps(body(dialect, Message.user("x"), Message.assistant(tool_calls=(call,))))
        assert "unreadable" in made


def test_windows_count_and_keep_calls_with_their_results() -> None:
    made = transcript(*TALK)
    assert (len(made), made.tokens(), made.tokens(1, 3)) == (5, 50, 20)
    assert [made.window(budget) for budget in (0, 9, 10, 20, 30, 40, 50, 99)] == [5, 5, 4, 3, 3, 1, 0, 0]
    assert made.role(2) == "tool"
    assert made.role(5) is None
    prompt = PromptBody(made, ranges=[(3, 5), (0, 1)], tools=ToolList([ADD], tokens=7), around_tokens=2)
    assert (prompt.tokens, prompt.messages) == (39, 3)


def test_a_fingerprint_is_the_same_in_another_process() -> None:
    script = (
        "from harness.domain.messages import Message\nfrom harness.domain.completions import Options\n"
        "from harness.prompts import PromptBody, Transcript\nt = Transcript()\nt.append(Message.user('hi'), 1)\n"
        "print(PromptBody(t).fingerprint(Options(model='m', extra={'b': 1, 'a': [1.5]})))"
    )
    there = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True).stdout.strip()
    here = PromptBody(transcript(Message.user("hi")))
    assert here.fingerprint(Options(model="m", extra={"a": [1.5], "b": 1})) == there
    assert here.fingerprint(Options(model="m", stream=False, extra={"a": [1.5], "b": 1})) == there
    assert here.fingerprint(Options(extra={"a": [1.5], "b": 1}), model="m") == there
    assert here.fingerprint(Options(model="m")) != there
    assert len(there) == 32


def test_the_ids_of_calls_change_no_fingerprint() -> None:
    def made(name: str) -> str:
        call = ToolCall(name, "add", {"a": 1}, '{"a": 1}')
        talk = transcript(
            Message.user("x"), Message.assistant(tool_calls=(call,)), Message.tool(ToolResult(name, "add", "2"))
        )
        return PromptBody(talk).fingerprint(OPTIONS)

    assert made("c1") == made("c2")


def test_bad_input_is_refused_with_its_name() -> None:
    made = transcript(Message.user("x"))
    with pytest.raises(ValueError, match='there is no dialect "openai"; there are openai_chat'):
        PromptBody(made).body("openai", OPTIONS)
    with pytest.raises(ValueError, match='there is no response format "xml"'):
        PromptBody(made).body("openai_chat", Options(response_format={"type": "xml"}))
    with pytest.raises(ValueError, match="this is no JSON"):
        PromptBody(made).body("openai_chat", Options(extra={"x": {1, 2}}))
    with pytest.raises(TypeError, match="a str is no part of a message"):
        made.append(Message(Role.USER, ("text",)), 1)  # type: ignore[arg-type]
    with pytest.raises(OverflowError):
        made.append(Message.user("x"), -1)
    assert len(made) == 1


def test_many_threads_may_append_to_copies_of_one_transcript() -> None:
    from concurrent.futures import ThreadPoolExecutor

    base = transcript(*TALK)

    def work(number: int) -> list[Any]:
        mine = base.copy()
        for step in range(50):
            mine.append(Message.user(f"{number}.{step}"), 1)
        made: list[Any] = json.loads(PromptBody(mine).body("openai_chat", OPTIONS))["messages"]
        return made

    with ThreadPoolExecutor(8) as pool:
        for number, messages in enumerate(pool.map(work, range(32))):
            assert [each["content"] for each in messages[-50:]] == [f"{number}.{step}" for step in range(50)]
    assert len(base) == 5
