"""Values: frozen in development mode, hashable and comparable always, light at run time."""

import subprocess
import sys
from dataclasses import FrozenInstanceError

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.domain.errors import ConfigError, HarnessError, InputError, ProviderError
from harness.domain.failures import ErrorCategory
from harness.domain.ids import new_id, new_run_id
from harness.domain.messages import ImagePart, Message, Role, TextPart
from harness.domain.policies import Policy
from harness.domain.tools import ToolCall, ToolResult
from harness.domain.usage import ZERO_USAGE, Usage


def test_values_are_frozen_in_these_tests() -> None:
    with pytest.raises(FrozenInstanceError):
        Usage(1, 2).input_tokens = 3  # type: ignore[misc]


@pytest.mark.parametrize("guard", ["", "1"])
def test_values_compare_and_hash_by_what_they_hold_guarded_or_not(guard: str) -> None:
    code = (
        "from harness.domain.usage import Usage\n"
        "from harness.domain.messages import Message\n"
        "assert Usage(1, 2) == Usage(1, 2) != Usage(1, 3)\n"
        "assert len({Message.user('a'), Message.user('a'), Message.user('b')}) == 2\n"
        "assert not hasattr(Usage(1, 2), '__dict__')\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, env={"HARNESS_FROZEN": guard, "PATH": ""})


usages = st.builds(
    Usage,
    st.integers(0, 10**9),
    st.integers(0, 10**9),
    st.integers(0, 10**9),
    st.integers(0, 10**9),
    st.none() | st.integers(0, 1000).map(float),
)


@given(usages, usages, usages)
def test_usage_is_a_commutative_monoid(a: Usage, b: Usage, c: Usage) -> None:
    assert a + b == b + a
    assert (a + b) + c == a + (b + c)
    assert a + ZERO_USAGE == a == ZERO_USAGE + a


def test_a_message_shows_its_parts() -> None:
    message = Message.assistant("Let me see.", (ToolCall("1", "look", {}),), reasoning="hm")
    assert (message.text, message.reasoning) == ("Let me see.", "hm")
    assert [each.name for each in message.tool_calls] == ["look"]
    assert message.tool_results == ()
    assert Message.tool(ToolResult("1", "look", "a door")).tool_results[0].content == "a door"
    assert Message.user("see", ImagePart(url="https://example.org/a.png")).parts[0] == TextPart("see")
    assert Message.system("Be brief.").role is Role.SYSTEM


@pytest.mark.parametrize("fields", [{}, {"url": "u", "data": b"d", "media_type": "image/png"}, {"data": b"d"}])
def test_an_image_is_one_thing_and_says_what_it_is(fields: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"url|media_type"):
        ImagePart(**fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "fields",
    [
        {"max_iterations": 0},
        {"max_iterations": -1},
        {"tool_timeout_s": 0},
        {"tool_timeout_s": float("nan")},
        {"run_timeout_s": -1},
        {"max_tool_depth": -1},
        {"max_cost_usd": -0.1},
        {"max_parallel_tools": 0},
        {"output_retries": -1},
    ],
)
def test_a_policy_that_cannot_be_kept_is_refused_by_name(fields: dict[str, float]) -> None:
    (name,) = fields
    with pytest.raises(InputError, match=f"policy.{name}"):
        Policy(**fields)  # type: ignore[arg-type]


def test_ids_are_unique_and_sort_by_birth() -> None:
    ids = [new_run_id() for _ in range(5000)]
    assert len(set(ids)) == 5000
    assert ids == sorted(ids)
    assert new_id("call").startswith("call_")


def test_ids_differ_between_a_process_and_its_fork() -> None:
    code = (
        "import os, sys\n"
        "from harness.domain.ids import new_id\n"
        "new_id('x')\n"
        "r, w = os.pipe()\n"
        "pid = os.fork()\n"
        "if pid == 0:\n"
        "    os.write(w, new_id('x')[-18:].encode()); os._exit(0)\n"
        "os.waitpid(pid, 0)\n"
        "assert os.read(r, 100).decode() != new_id('x')[-18:]\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_errors_say_the_place_and_the_remedy_in_one_line() -> None:
    error = ConfigError("unknown key", file="harness.yaml", line=3, column=5, key="provider.modle", remedy="say model")
    assert str(error) == "harness.yaml:3:5: provider.modle: unknown key (say model)"
    assert isinstance(error, HarnessError)
    assert str(ProviderError("busy", category=ErrorCategory.OVERLOADED)) == "busy"
    assert isinstance(InputError("x"), ValueError)


def test_the_options_of_a_run_are_the_callers() -> None:
    import dataclasses

    from harness import Options
    from harness.domain.envelope import Envelope

    given = Options("m", 0.5, 0.9, 7, 3, ("x",), "auto", True, {"type": "json_object"}, {"a": 1}, True, None)
    envelope = Envelope()
    made = given.of_run(envelope, stream=False)
    assert made == dataclasses.replace(given, stream=False)
    assert made.envelope is envelope
