"""What a run may do."""

from __future__ import annotations

import math

from harness.domain.errors import InputError
from harness.domain.values import dataclass


@dataclass(frozen=True, slots=True)
class Policy:
    """The limits and habits of a run. Limits that are None do not bind.

    Args:
        max_iterations: most model calls of one run. Reaching it ends the run with finish reason `max_iterations`.
        max_tool_depth: how deep runs may nest: a tool of a run may start a run, whose tools may start a run, ….
        tool_timeout_s: seconds that one tool call may take, unless the tool says otherwise.
        run_timeout_s: seconds that the whole run may take, everything it starts included.
        max_parallel_tools: most tool calls at work at one time.
        require_json_output: the answer must be JSON; it is asked for, repaired, and its value is `RunResult.output`.
        output_retries: how often an answer that is not what it must be is sent back to the model with the reason.
        deterministic: send `seed`, and temperature 0 where no other is asked for, on every call.
        seed: the seed that `deterministic` sends.
        allowed_tools: names of the tools that may be offered and called; None allows all.
        max_input_tokens: most input tokens of the run.
        max_output_tokens: most output tokens of the run.
        max_cost_usd: most US dollars of the run.
        max_tool_calls: most tool calls of the run, sub-runs included.
        fail_fast: a tool that fails ends the run with `ToolError`, instead of telling the model.
        no_progress_guard: when every call of a turn was made before with the same result, tell the model once, and
            the next time end the run with finish reason `no_progress`.
        max_prompt_chars: longest user text that is taken, in characters.

    Raises:
        InputError: a limit is negative, zero where that means nothing could be done, or not a number.
    """

    max_iterations: int = 10
    max_tool_depth: int = 3
    tool_timeout_s: float = 30.0
    run_timeout_s: float | None = 600.0
    max_parallel_tools: int = 5
    require_json_output: bool = False
    output_retries: int = 1
    deterministic: bool = False
    seed: int = 0
    allowed_tools: tuple[str, ...] | None = None
    max_input_tokens: int | None = None
    max_output_tokens: int | None = None
    max_cost_usd: float | None = None
    max_tool_calls: int | None = None
    fail_fast: bool = False
    no_progress_guard: bool = True
    max_prompt_chars: int = 4_000_000

    def __post_init__(self) -> None:
        for name in ("max_iterations", "max_parallel_tools", "max_prompt_chars", "tool_timeout_s"):
            _at_least(name, getattr(self, name), 0, above=True)
        for name in ("max_tool_depth", "output_retries"):
            _at_least(name, getattr(self, name), 0)
        if self.run_timeout_s is not None:
            _at_least("run_timeout_s", self.run_timeout_s, 0, above=True)
        for name in ("max_input_tokens", "max_output_tokens", "max_cost_usd", "max_tool_calls"):
            value = getattr(self, name)
            if value is not None:
                _at_least(name, value, 0)


def _at_least(name: str, value: float, least: float, *, above: bool = False) -> None:
    if math.isnan(value) or value < least or (above and value == least):
        bound = f"above {least:g}" if above else f"at least {least:g}"
        raise InputError(f"policy.{name} is {value!r}; it must be {bound}")
