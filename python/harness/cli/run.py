"""`harness run`: one prompt, one answer."""

from __future__ import annotations

import contextlib
import sys
from dataclasses import dataclass
from pathlib import Path

from harness.app import Harness
from harness.cli.errors import Exit, Unanswered
from harness.cli.loops import run_to_end
from harness.cli.objects import result_object, to_line
from harness.cli.prompts import read_prompt
from harness.cli.render import Renderer, is_terminal, write
from harness.cli.settings import build, checked_conversation, load, read_overrides
from harness.domain.completions import FinishReason
from harness.domain.errors import StoreError
from harness.domain.events import RunCompleted
from harness.domain.runs import RunResult


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line asks for; the fields are its options."""

    prompt: str | None = None
    config: Path | None = None
    conversation: str | None = None
    as_json: bool = False
    stream: bool | None = None
    overrides: tuple[str, ...] = ()
    model: str | None = None
    quiet: bool = False


def ask(asked: Asked) -> int:
    """Answers, and returns the exit code.

    Raises:
        HarnessError: why there is no answer.
        KeyboardInterrupt: Ctrl-C.
    """
    conversation = checked_conversation(asked.conversation)
    settings = load(asked.config, read_overrides(asked.overrides, model=asked.model))
    prompt = read_prompt(asked.prompt, max_chars=settings.policy.max_prompt_chars)
    stream = is_terminal(sys.stdout) if asked.stream is None else asked.stream

    async def work() -> RunResult:
        async with build(settings) as harness:
            if asked.as_json:
                return await _in_one_piece(harness, prompt, conversation)
            renderer = Renderer(sys.stdout, sys.stderr, stream=stream, steps=not asked.quiet)
            return await answer(harness, prompt, conversation, renderer)

    result = run_to_end(work())
    if result.finish_reason is not FinishReason.STOP:
        raise Unanswered(result)
    return Exit.OK


async def answer(harness: Harness, prompt: str, conversation: str | None, renderer: Renderer) -> RunResult:
    """Runs a prompt and shows what happens; returns what came of it.

    Raises:
        HarnessError: what ended the run. An answer that could not be saved is shown before.
    """
    result: RunResult | None = None
    try:
        async with contextlib.aclosing(harness.stream(prompt, conversation_id=conversation)) as events:
            async for event in events:
                renderer.show(event)
                if isinstance(event, RunCompleted):
                    result = event.result
    except StoreError as error:
        if isinstance(error.result, RunResult):
            renderer.finish(error.result)
        raise
    finally:
        renderer.end_line()
    assert result is not None  # noqa: S101 - a stream that ends well ends with it
    renderer.finish(result)
    return result


async def _in_one_piece(harness: Harness, prompt: str, conversation: str | None) -> RunResult:
    try:
        result = await harness.run(prompt, conversation_id=conversation)
    except StoreError as error:
        if isinstance(error.result, RunResult):
            _print_object(error.result)
        raise
    _print_object(result)
    return result


def _print_object(result: RunResult) -> None:
    encoding = (getattr(sys.stdout, "encoding", None) or "utf-8").lower().replace("-", "")
    write(sys.stdout, to_line(result_object(result), ascii_only=encoding != "utf8") + "\n")
