"""What every provider and every layer around one must keep, driven over a real socket.

The author of an adapter writes

    class TestMine(ProviderContract):
        @pytest.fixture
        async def server(self):
            async with FakeMine() as server:
                yield server

        @pytest.fixture
        async def provider(self, server):
            provider = MyProvider(model="m", api_key=self.api_key, base_url=server.base_url)
            yield provider
            await provider.aclose()

and the author of a layer puts it around an adapter in `provider`. `FakeMine` is a `WireServer` with the dialect of the
adapter; `harness.testing.openai_server` is one.
"""

from __future__ import annotations

import asyncio
import time
from base64 import b64encode
from typing import Any, ClassVar

import orjson
import pytest

from harness.domain.completions import Completion, CompletionChunk, FinishReason, Options, Prompt
from harness.domain.envelope import Envelope
from harness.domain.errors import ProviderError
from harness.domain.failures import ErrorCategory
from harness.domain.messages import ImagePart, Message
from harness.domain.tools import ToolCall, ToolResult, ToolSpec
from harness.domain.usage import Usage
from harness.ports.provider import CompletionFold, Provider, complete
from harness.ports.streams import close_stream
from harness.testing.wire_replies import Call, Delivery, Fail, Raw, Reply, Request, Say
from harness.testing.wire_server import WireServer

_ADD = ToolSpec("add_numbers", "Adds two numbers.", {"type": "object", "properties": {"a": {"type": "integer"}}})
_LIST = ToolSpec("list_things", "Lists things.")
_HELLO = Prompt((Message.user("hello there, model"),), (_ADD, _LIST))
_PATIENCE_S = 10.0

_TEXTS = {
    "one_character": "a",
    "unicode": "Hello, wörld 🙂 漢字 é",
    "line_ends": "one\ntwo\r\nthree\r\rfour\n",
    "blanks": "  leading and trailing  ",
    "separators": "a\u2028b\u2029c\u0085d\x0be",
    "escapes": '"quotes" \\ backslash \\u0041 </script>',
    "like_the_wire": "data: [DONE]\n\ndata: {}\n\nevent: x",
    "like_a_call": '{"name": "add_numbers", "arguments": {}}',
    "long": "all work and no play " * 500,
}

_ARGUMENTS: dict[str, dict[str, Any]] = {
    "none": {},
    "numbers": {"a": 1, "b": -2.5, "c": 0},
    "nested": {"a": {"b": [1, {"c": None}, True]}},
    "unicode": {"é": "漢🙂", "quote": 'say "hi"\n'},
    "large": {"text": "x" * 10_000},
}

_FAILURES = [
    ErrorCategory.RATE_LIMITED,
    ErrorCategory.OVERLOADED,
    ErrorCategory.UNAVAILABLE,
    ErrorCategory.TIMEOUT,
    ErrorCategory.AUTHENTICATION,
    ErrorCategory.PERMISSION,
    ErrorCategory.MODEL_NOT_FOUND,
    ErrorCategory.INVALID_REQUEST,
    ErrorCategory.CONTEXT_LENGTH,
    ErrorCategory.CONTENT_FILTER,
    ErrorCategory.EMPTY_RESPONSE,
    ErrorCategory.INVALID_OUTPUT,
]

_both = pytest.mark.parametrize("stream", [True, False], ids=["streamed", "whole"])


async def _answer(
    server: WireServer, provider: Provider, reply: Reply, *, stream: bool = True, prompt: Prompt = _HELLO
) -> Completion:
    server.script(lambda request: reply)
    return await complete(provider, prompt, Options(stream=stream))


async def _error(
    server: WireServer, provider: Provider, reply: Reply, *, stream: bool = True, prompt: Prompt = _HELLO
) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        await _answer(server, provider, reply, stream=stream, prompt=prompt)
    return caught.value


async def _until_the_error(
    server: WireServer, provider: Provider, reply: Reply, *, stream: bool = True
) -> tuple[list[CompletionChunk], ProviderError | None]:
    """Returns the chunks that came, and the error that ended them, if one did."""
    server.script(lambda request: reply)
    chunks = []
    try:
        async for chunk in provider.stream(_HELLO, Options(stream=stream)):
            chunks.append(chunk)
    except ProviderError as error:
        return chunks, error
    return chunks, None


def _calls(completion: Completion) -> list[tuple[str, Any]]:
    assert len({call.id for call in completion.tool_calls}) == len(completion.tool_calls)
    assert all(call.id and call.parse_error is None for call in completion.tool_calls)
    return [(call.name, dict(call.arguments)) for call in completion.tool_calls]


class ProviderContract:
    """The suite. Fixtures to give: `server`, a `WireServer`; `provider`, which asks it with the key `api_key`."""

    api_key: ClassVar[str] = "sk-contract-0123456789abcdef"
    """The key to give to the adapter; it must appear in no error."""
    supports_reasoning: ClassVar[bool] = True
    counts_reasoning: ClassVar[bool] = True
    """Whether the dialect reports the tokens of reasoning."""
    counts_cached: ClassVar[bool] = True
    """Whether the dialect reports the tokens that were read from a cache."""
    lacks: ClassVar[frozenset[ErrorCategory]] = frozenset()
    """The failures that the dialect has no error for."""
    finishes: ClassVar[frozenset[FinishReason]] = frozenset(
        {FinishReason.STOP, FinishReason.LENGTH, FinishReason.CONTENT_FILTER}
    )
    """The reasons to stop that the dialect can tell."""
    supports_refusals: ClassVar[bool] = True
    supports_image_urls: ClassVar[bool] = True

    # --- answers -----------------------------------------------------------------------------------------------------

    async def test_it_is_a_provider(self, provider: Provider) -> None:
        """It has the port's shape and a name."""
        assert isinstance(provider, Provider)
        assert provider.name

    @_both
    @pytest.mark.parametrize("text", _TEXTS.values(), ids=_TEXTS)
    async def test_text(self, server: WireServer, provider: Provider, stream: bool, text: str) -> None:
        """Text comes through unchanged."""
        answer = await _answer(server, provider, Say(text), stream=stream)
        assert answer.text == text
        assert answer.tool_calls == ()
        assert answer.finish_reason is FinishReason.STOP
        assert answer.model

    @_both
    async def test_chunks(self, server: WireServer, provider: Provider, stream: bool) -> None:
        """One finish, after the text and the calls; at most usage and attempts after it."""
        chunks, error = await _until_the_error(server, provider, Say("four piece text", calls=[Call("add_numbers")]))
        assert error is None
        ends = [position for position, chunk in enumerate(chunks) if chunk.finish_reason is not None]
        assert len(ends) == 1
        assert not any(chunk.text or chunk.tool_calls or chunk.reasoning for chunk in chunks[ends[0] + 1 :])

    async def test_a_stream_comes_as_it_is_written(self, server: WireServer, provider: Provider) -> None:
        """What was sent is handed on before the rest is there."""
        hold = asyncio.Event()
        server.script([Say("first and last", piece=1, delivery=Delivery(hold=hold, hold_after=1500))])
        text = ""
        async with asyncio.timeout(_PATIENCE_S):
            async for chunk in provider.stream(_HELLO, Options()):
                text += chunk.text
                if text and not hold.is_set():
                    assert len(text) < len("first and last")
                    hold.set()
        assert text == "first and last"

    @_both
    async def test_usage(self, server: WireServer, provider: Provider, stream: bool) -> None:
        """Tokens are reported, cached and reasoning ones within the others."""
        usage = Usage(
            120, 40, 64 if self.counts_cached else 0, 16 if self.supports_reasoning and self.counts_reasoning else 0
        )
        answer = await _answer(server, provider, Say("x", usage=usage), stream=stream)
        found = answer.usage
        assert (found.input_tokens, found.output_tokens, found.cached_tokens) == (120, 40, usage.cached_tokens)
        assert found.reasoning_tokens == usage.reasoning_tokens

    @_both
    async def test_an_answer_without_usage(self, server: WireServer, provider: Provider, stream: bool) -> None:
        """A server that reports nothing is no error."""
        answer = await _answer(server, provider, Say("x", usage=None), stream=stream)
        assert (answer.usage.input_tokens, answer.usage.output_tokens) == (0, 0)

    @_both
    async def test_reasoning(self, server: WireServer, provider: Provider, stream: bool) -> None:
        """Reasoning is kept apart from the text."""
        if not self.supports_reasoning:
            pytest.skip("the dialect has no reasoning")
        answer = await _answer(server, provider, Say("the answer", reasoning="first, think\n🙂"), stream=stream)
        assert (answer.text, answer.reasoning) == ("the answer", "first, think\n🙂")

    @_both
    async def test_a_refusal(self, server: WireServer, provider: Provider, stream: bool) -> None:
        """A refusal is an answer that ended for the content filter."""
        if not self.supports_refusals:
            pytest.skip("the dialect has no refusals")
        answer = await _answer(server, provider, Say(refusal="I will not do that."), stream=stream)
        assert answer.finish_reason is FinishReason.CONTENT_FILTER

    @_both
    @pytest.mark.parametrize("finish", [FinishReason.STOP, FinishReason.LENGTH, FinishReason.CONTENT_FILTER])
    async def test_finishes(self, server: WireServer, provider: Provider, stream: bool, finish: FinishReason) -> None:
        """Each reason arrives as itself."""
        if finish not in self.finishes:
            pytest.skip("the dialect cannot tell it")
        answer = await _answer(server, provider, Say("some text", finish=finish), stream=stream)
        assert answer.finish_reason is finish

    # --- tools -------------------------------------------------------------------------------------------------------

    @_both
    @pytest.mark.parametrize("arguments", _ARGUMENTS.values(), ids=_ARGUMENTS)
    async def test_a_call(
        self, server: WireServer, provider: Provider, stream: bool, arguments: dict[str, Any]
    ) -> None:
        """A call arrives with its arguments."""
        answer = await _answer(server, provider, Say(calls=[Call("add_numbers", arguments)]), stream=stream)
        assert _calls(answer) == [("add_numbers", arguments)]
        assert answer.finish_reason is FinishReason.TOOL_CALLS

    @_both
    async def test_parallel_calls(self, server: WireServer, provider: Provider, stream: bool) -> None:
        """Several calls of one turn arrive in order, two of the same tool among them, each with its own id."""
        calls = [Call("add_numbers", {"a": 1}), Call("list_things"), Call("add_numbers", {"a": 2})]
        answer = await _answer(server, provider, Say("I will.", calls=calls), stream=stream)
        assert answer.text == "I will."
        assert _calls(answer) == [(call.name, call.arguments) for call in calls]

    @_both
    async def test_whole_calls_after_text(self, server: WireServer, provider: Provider, stream: bool) -> None:
        """Calls may come in one piece each."""
        say = Say("text", calls=[Call("add_numbers", {"a": 1}), Call("list_things")], piece=1_000_000)
        assert len(_calls(await _answer(server, provider, say, stream=stream))) == 2

    # --- what is sent ------------------------------------------------------------------------------------------------

    @_both
    async def test_the_request(self, server: WireServer, provider: Provider, stream: bool) -> None:
        """Every message, call, result, tool and image reaches the server."""
        image = ImagePart(data=b"\x89PNG\r\n\x1a\n0123456789", media_type="image/png")
        call = ToolCall("call_1", "add_numbers", {"a": 41}, '{"a":41}')
        prompt = Prompt(
            (
                Message.system("You are the SYSTEM-WORD."),
                Message.user("USER-WORD é", image),
                Message.assistant("ASSISTANT-WORD", (call,)),
                Message.tool(ToolResult("call_1", "add_numbers", "RESULT-WORD")),
                Message.user("LAST-WORD"),
            ),
            (_ADD, _LIST),
        )
        await _answer(server, provider, "fine", stream=stream, prompt=prompt)
        body = orjson.dumps(server.last.json).decode()
        words = ("SYSTEM-WORD", "USER-WORD é", "ASSISTANT-WORD", "RESULT-WORD", "LAST-WORD", "Adds two numbers.", "41")
        for word in (*words, "list_things", b64encode(image.data or b"").decode()):
            assert word in body, word
        assert self.api_key in "\n".join([server.last.path, *server.last.headers.values()])

    async def test_an_image_by_url(self, server: WireServer, provider: Provider) -> None:
        """The address of an image reaches the server."""
        if not self.supports_image_urls:
            pytest.skip("the dialect takes no image addresses")
        prompt = Prompt((Message.user("look", ImagePart(url="https://pictures.test/cat.png")),))
        await _answer(server, provider, "a cat", prompt=prompt)
        assert b"https://pictures.test/cat.png" in server.last.body

    @_both
    async def test_extra_fields_pass_through(self, server: WireServer, provider: Provider, stream: bool) -> None:
        """`Options.extra` is sent as it is; the other options are sent somewhere."""
        server.script(["fine"])
        options = Options(stream=stream, extra={"x_custom": {"deep": [1]}}, max_tokens=77, stop=("HALT",))
        await complete(provider, _HELLO, options)
        assert server.last.json["x_custom"] == {"deep": [1]}
        assert b"77" in server.last.body
        assert b"HALT" in server.last.body

    async def test_unreadable_arguments_can_be_sent_back(self, server: WireServer, provider: Provider) -> None:
        """A call that could not be read is history like any other."""
        call = ToolCall("call_1", "add_numbers", {}, '{"a": ', "cut")
        result = ToolResult("call_1", "add_numbers", "the arguments cannot be read", error="cut")
        prompt = Prompt((Message.user("x"), Message.assistant(tool_calls=(call,)), Message.tool(result)), (_ADD,))
        assert (await _answer(server, provider, "sorry", prompt=prompt)).text == "sorry"
        assert isinstance(server.last.json, dict)

    async def test_any_text_can_be_sent(self, server: WireServer, provider: Provider) -> None:
        """NUL, lone surrogates and separators do not stop a call."""
        prompt = Prompt((Message.user("nul \0 surrogate \ud83d separator \u2028"),))
        assert (await _answer(server, provider, "ok", prompt=prompt)).text == "ok"

    # --- cuts --------------------------------------------------------------------------------------------------------

    @pytest.mark.parametrize("cut", [1, 2, 3, 7, 64])
    async def test_any_cut_gives_the_same_answer(self, server: WireServer, provider: Provider, cut: int) -> None:
        """The answer does not depend on how the network cuts it."""
        say = Say("wörld 🙂", calls=[Call("add_numbers", {"é": "漢"})], delivery=Delivery(cut=cut))
        answer = await _answer(server, provider, say)
        assert answer.text == "wörld 🙂"
        assert _calls(answer) == [("add_numbers", {"é": "漢"})]

    @_both
    @pytest.mark.parametrize("ending", ["close", "reset"])
    @pytest.mark.parametrize("kind", ["text", "calls"])
    async def test_a_stop_at_every_byte(
        self, server: WireServer, provider: Provider, stream: bool, ending: Any, kind: str
    ) -> None:
        """Wherever an answer stops: what came, then `connection`; or the whole answer; never a wrong one."""
        calls = [Call("add_numbers", {"a": 12}), Call("list_things")] if kind == "calls" else []
        say = Say("" if calls else "text é 🙂", calls=calls, piece=6)
        whole = await _answer(server, provider, say, stream=stream)
        size = len(b"".join(server.payload(say, server.last).pieces))
        for at in range(0, size, 1 if ending == "close" else 7):
            delivery = Delivery(stop_after=at, ending=ending)
            cut = Say(say.text, calls=calls, piece=6, delivery=delivery)
            chunks, error = await _until_the_error(server, provider, cut, stream=stream)
            assert whole.text.startswith("".join([chunk.text for chunk in chunks])), at
            if error is not None:
                assert error.category is ErrorCategory.CONNECTION, at
                assert all(chunk.finish_reason is None for chunk in chunks), at
            else:
                fold = CompletionFold()
                for chunk in chunks:
                    fold.add(chunk)
                assert _same(fold.completion(), whole), at

    async def test_a_slow_reader_gets_all_that_came(self, server: WireServer, provider: Provider) -> None:
        """What came before a connection broke is handed on, also where the break is noticed first."""
        say = Say("x" * 400 + "@@@@", piece=4)
        await _answer(server, provider, say)
        pieces = server.payload(say, server.last).pieces
        last = max(position for position, piece in enumerate(pieces) if b"@@@@" in piece)
        sent = sum(len(piece) for piece in pieces[: last + 1])
        for slow in (True, False):
            server.script([Say(say.text, piece=4, delivery=Delivery(stop_after=sent, ending="close"))])
            text = ""
            with pytest.raises(ProviderError):  # noqa: PT012
                async for chunk in provider.stream(_HELLO, Options()):
                    text += chunk.text
                    if slow and text:
                        await server.last.done.wait()
                        await asyncio.sleep(0)
            assert text == say.text

    # --- the end of a call -------------------------------------------------------------------------------------------

    @_both
    @pytest.mark.parametrize("where", ["before_the_head", "in_the_body"])
    async def test_cancelling_closes_the_connection(
        self, server: WireServer, provider: Provider, stream: bool, where: str
    ) -> None:
        """Cancelling the task ends the call: the server sees it, and no task is left."""
        head = where == "in_the_body"
        server.script(lambda request: Say("x" * 50, delivery=Delivery(head=head, stop_after=40, ending="stall")))
        seen = len(server.requests)
        task = asyncio.ensure_future(complete(provider, _HELLO, Options(stream=stream)))
        async with asyncio.timeout(_PATIENCE_S):
            request = await server.arrived(seen + 1)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await request.gone.wait()

    async def test_closing_the_iterator_closes_the_connection(self, server: WireServer, provider: Provider) -> None:
        """An iterator that is closed half way ends the call."""
        server.script(lambda request: Say("x" * 500, delivery=Delivery(stop_after=2500, ending="stall")))
        stream = provider.stream(_HELLO, Options())
        async with asyncio.timeout(_PATIENCE_S):
            while not (await anext(stream)).text:
                pass
            await close_stream(stream)
            await server.last.gone.wait()

    @_both
    async def test_the_deadline_ends_a_stall(self, server: WireServer, provider: Provider, stream: bool) -> None:
        """A stalled answer ends at the envelope's deadline, as a timeout."""
        server.script(lambda request: Say("x" * 50, delivery=Delivery(stop_after=40, ending="stall")))
        options = Options(stream=stream, envelope=Envelope(deadline=time.monotonic() + 0.2, run_timeout_s=0.2))
        async with asyncio.timeout(_PATIENCE_S):
            with pytest.raises(ProviderError) as caught:
                await complete(provider, _HELLO, options)
            await server.last.gone.wait()
        assert caught.value.category is ErrorCategory.TIMEOUT

    async def test_many_at_once(self, server: WireServer, provider: Provider) -> None:
        """Fifty streams side by side do not mix."""

        def echo(request: Request) -> Say:
            found = [number for number in range(50) if f"<<{number}>>" in request.body.decode()]
            return Say(f"number {found[0]}" * 10, piece=3)

        server.script(echo)
        prompts = [Prompt((Message.user(f"<<{number}>>"),)) for number in range(50)]
        answers = await asyncio.gather(*[complete(provider, prompt, Options()) for prompt in prompts])
        assert [answer.text for answer in answers] == [f"number {number}" * 10 for number in range(50)]

    async def test_closing_twice(self, server: WireServer, provider: Provider) -> None:
        """`aclose` is idempotent, also after calls."""
        await _answer(server, provider, "hello")
        await provider.aclose()
        await provider.aclose()

    # --- errors ------------------------------------------------------------------------------------------------------

    @_both
    @pytest.mark.parametrize("category", _FAILURES)
    async def test_errors(self, server: WireServer, provider: Provider, stream: bool, category: ErrorCategory) -> None:
        """Each failure has its category, the provider's name, and a remedy."""
        if category in self.lacks:
            pytest.skip("the dialect has no such error")
        error = await _error(server, provider, Fail(category), stream=stream)
        assert error.category is category
        assert error.provider == provider.name
        assert error.remedy
        assert "\n" not in str(error)

    @_both
    async def test_how_long_to_wait(self, server: WireServer, provider: Provider, stream: bool) -> None:
        """`retry-after` is handed on."""
        fail = Fail(ErrorCategory.RATE_LIMITED, headers={"Retry-After": "2.5"})
        error = await _error(server, provider, fail, stream=stream)
        assert error.retry_after_s == 2.5
        assert error.status == 429

    @pytest.mark.parametrize("category", [ErrorCategory.UNAVAILABLE, ErrorCategory.OVERLOADED])
    @pytest.mark.parametrize("after", [0, 10])
    async def test_errors_inside_a_stream(
        self, server: WireServer, provider: Provider, category: ErrorCategory, after: int
    ) -> None:
        """An error inside a stream of status 200 is raised after what came before it."""
        fail = Fail(category, mid_stream=after)
        chunks, error = await _until_the_error(server, provider, fail)
        assert "".join(chunk.text for chunk in chunks) == "x" * after
        assert error is not None
        assert error.category in (ErrorCategory.UNAVAILABLE, ErrorCategory.OVERLOADED)

    @_both
    @pytest.mark.parametrize("status", [400, 401, 500])
    async def test_errors_give_nothing_away(
        self, server: WireServer, provider: Provider, stream: bool, status: int
    ) -> None:
        """Neither the key nor the prompt is in an error, even where the server quotes both."""
        secret = "the password of the vault is swordfish-9"
        prompt = Prompt((Message.user(secret),))
        said = f"key {self.api_key} refused for the content '{secret}'"
        body = orjson.dumps({"error": {"message": said, "type": "invalid_request_error", "code": None}})
        error = await _error(server, provider, Raw(body, status=status), stream=stream, prompt=prompt)
        shown = f"{error} {error!r} {error.args} {error.__dict__} {error.__cause__!r} {provider!r}"
        for hidden in (self.api_key, "swordfish", "password of the vault"):
            assert hidden not in shown

    @_both
    @pytest.mark.parametrize("body", [b"", b"<html>busy</html>", b"null", b"[]", b'{"error": 7}', b"\xff\xfe"])
    async def test_error_bodies_of_any_shape(
        self, server: WireServer, provider: Provider, stream: bool, body: bytes
    ) -> None:
        """A body that says nothing leaves the status to decide."""
        error = await _error(server, provider, Raw(body, status=500, content_type="text/plain"), stream=stream)
        assert error.category is ErrorCategory.UNAVAILABLE
        assert error.status == 500

    @_both
    @pytest.mark.parametrize("body", [b"<!DOCTYPE html><html></html>", b"hello", b'{"unrelated": true}', b'{"half": "'])
    async def test_answers_of_another_shape(
        self, server: WireServer, provider: Provider, stream: bool, body: bytes
    ) -> None:
        """What is no answer is said to be none."""
        error = await _error(server, provider, Raw(body, content_type="text/html"), stream=stream)
        assert error.category is ErrorCategory.INVALID_OUTPUT


def _same(one: Completion, other: Completion) -> bool:
    calls = [[(call.name, call.arguments, call.parse_error) for call in answer.tool_calls] for answer in (one, other)]
    return one.text == other.text and calls[0] == calls[1] and one.finish_reason is other.finish_reason
