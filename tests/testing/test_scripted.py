"""The scripted provider and the clock that tests move."""

import asyncio

import pytest

from harness.domain.completions import FinishReason, Options, Prompt
from harness.domain.errors import ProviderError
from harness.domain.failures import ErrorCategory
from harness.domain.messages import Message
from harness.ports.clock import Clock, SystemClock
from harness.ports.provider import Provider, complete
from harness.testing.clock import FakeClock
from harness.testing.scripted import ScriptedProvider, call

PROMPT = Prompt((Message.user("hi"),))


async def test_a_list_is_played_in_order_and_its_end_is_an_assertion() -> None:
    provider: Provider = ScriptedProvider(["a", call("b"), [call("c"), call("d")]])
    assert (await complete(provider, PROMPT, Options())).text == "a"
    assert [c.name for c in (await complete(provider, PROMPT, Options())).tool_calls] == ["b"]
    third = await complete(provider, PROMPT, Options())
    assert ([c.name for c in third.tool_calls], third.finish_reason) == (["c", "d"], FinishReason.TOOL_CALLS)
    with pytest.raises(AssertionError, match="no answer for call 4"):
        await complete(provider, PROMPT, Options())


async def test_a_function_answers_by_the_prompt_plain_or_async() -> None:
    async def later(prompt: Prompt, options: Options) -> str:
        await asyncio.sleep(0)
        return prompt.messages[0].text.upper()

    assert (await complete(ScriptedProvider(later), PROMPT, Options())).text == "HI"
    assert (await complete(ScriptedProvider(lambda p, o: str(o.seed)), PROMPT, Options(seed=3))).text == "3"


async def test_an_exception_in_the_script_is_raised() -> None:
    error = ProviderError("no", category=ErrorCategory.PERMISSION)
    with pytest.raises(ProviderError) as caught:
        await complete(ScriptedProvider([error]), PROMPT, Options())
    assert caught.value is error


async def test_what_was_asked_is_kept() -> None:
    provider = ScriptedProvider(["a"])
    await complete(provider, PROMPT, Options(seed=1))
    assert provider.prompts == [PROMPT]
    assert provider.options[0].seed == 1


async def test_the_clock_stands_until_it_is_moved_and_wakes_sleepers_in_their_order() -> None:
    clock = FakeClock(start=1000.0)
    woken: list[tuple[str, float]] = []

    async def sleeper(name: str, seconds: float) -> None:
        await clock.sleep(seconds)
        woken.append((name, clock.monotonic()))

    tasks = [asyncio.ensure_future(sleeper(*each)) for each in (("late", 3.0), ("early", 1.0))]
    await asyncio.sleep(0)
    assert (clock.now(), clock.sleeping) == (1000.0, 2)
    await clock.advance(0.9)
    assert woken == []
    await clock.advance(5.0)
    assert woken == [("early", 1.0), ("late", 3.0)]
    assert clock.now() == 1005.9
    await asyncio.gather(*tasks)


def test_both_clocks_are_clocks() -> None:
    assert isinstance(FakeClock(), Clock)
    assert isinstance(SystemClock(), Clock)
