"""`harness chat`: a conversation, turn by turn. Ctrl-C ends the turn, Ctrl-D the session."""

from __future__ import annotations

import asyncio
import contextlib
import re
import sys
from collections.abc import Callable
from pathlib import Path

from harness.app import Harness
from harness.cli.errors import Exit, Unanswered, describe, exit_code, one_line, printable
from harness.cli.prompts import decode_input
from harness.cli.render import Renderer, is_terminal
from harness.cli.run import answer
from harness.cli.settings import build, checked_conversation, load, read_overrides
from harness.domain.completions import FinishReason
from harness.domain.errors import HarnessError, InputError
from harness.domain.ids import new_id
from harness.domain.messages import Conversation, Role

_COMMAND = re.compile(r"/[a-z?]+")
_SHOWN_TURNS = 50

HELP = """\
/help            this
/history         what was said in this conversation
/new [ID]        begin another conversation, or go on with one
/tools           what the model may call
/quit            leave; so does Ctrl-D
Ctrl-C           ends the turn that is at work"""


def chat(
    config: Path | None, conversation: str | None, overrides: tuple[str, ...], *, model: str | None, quiet: bool
) -> int:
    """Talks until the user leaves, and returns the exit code.

    On a terminal that is 0. Where the lines come from a pipe it is that of the first turn that failed.

    Raises:
        HarnessError: the harness cannot be put together.
    """
    conversation = checked_conversation(conversation)
    settings = load(config, read_overrides(overrides, model=model))
    with asyncio.Runner() as runner:
        harness = build(settings)
        try:
            renderer = Renderer(sys.stdout, sys.stderr, stream=True, steps=not quiet)
            session = Session(harness, runner, renderer, conversation, settings.policy.max_prompt_chars)
            return session.talk()
        finally:
            runner.run(harness.aclose())


class Session:
    """A conversation with a person.

    Args:
        harness: who answers.
        runner: whose loop the turns run in; it stands still while the user types.
        renderer: shows them.
        conversation: its id; None begins a new one.
        max_chars: longest line that is read from a pipe.
    """

    def __init__(
        self,
        harness: Harness,
        runner: asyncio.Runner,
        renderer: Renderer,
        conversation: str | None = None,
        max_chars: int = 4_000_000,
    ) -> None:
        self.conversation = conversation or new_id("chat")
        self._harness = harness
        self._runner = runner
        self._renderer = renderer
        self._max_chars = max_chars
        self._person = sys.stdin is not None and is_terminal(sys.stdin)
        self._failure = 0
        self._commands: dict[str, Callable[[str], bool]] = {
            "/help": self._help,
            "/?": self._help,
            "/history": self._history,
            "/new": self._new,
            "/tools": self._tools,
            "/quit": self._quit,
            "/exit": self._quit,
        }

    def talk(self) -> int:
        """Reads and answers until there is no more; returns the exit code."""
        if self._person:
            _enable_line_editing()
            self._renderer.note(f"conversation {self.conversation} · /help lists the commands")
        while True:
            try:
                line = self._read()
            except InputError as error:
                self._failed(error)
                continue
            if line is None:
                return Exit.OK if self._person else self._failure
            if line.strip() and not self._obey(line.strip()):
                return Exit.OK if self._person else self._failure

    def _obey(self, line: str) -> bool:
        """Does what a line says; returns whether to go on."""
        word, _, rest = line.partition(" ")
        if not _COMMAND.fullmatch(word):
            self._turn(line)
            return True
        command = self._commands.get(word)
        if command is None:
            self._renderer.note(f"there is no {word}; /help lists the commands", bad=True)
            return True
        try:
            return command(rest.strip())
        except KeyboardInterrupt:
            self._renderer.note("stopped")
        except HarnessError as error:
            self._failed(error)
        return True

    def _turn(self, text: str) -> None:
        try:
            result = self._runner.run(answer(self._harness, text, self.conversation, self._renderer))
            if result.finish_reason is not FinishReason.STOP:
                raise Unanswered(result)
        except KeyboardInterrupt:
            self._renderer.note("stopped; nothing of this turn is kept")
        except HarnessError as error:
            self._failed(error)

    def _failed(self, error: HarnessError) -> None:
        self._failure = self._failure or exit_code(error)
        self._renderer.error(f"harness: error: {describe(error)}")

    def _read(self) -> str | None:
        """Returns the next line, or None at the end of the input."""
        if not self._person:
            return _read_piped(self._max_chars)
        interrupted = False
        while True:
            try:
                return input("> ")
            except EOFError:
                self._renderer.error("")
                return None
            except UnicodeDecodeError:
                raise InputError("the line is not UTF-8", remedy="check the terminal's encoding") from None
            except KeyboardInterrupt:
                self._renderer.error("")
                if interrupted:
                    return None
                interrupted = True
                self._renderer.note("Ctrl-C again, Ctrl-D or /quit leaves")

    def _help(self, _rest: str) -> bool:
        self._print(HELP)
        return True

    def _quit(self, _rest: str) -> bool:
        return False

    def _new(self, rest: str) -> bool:
        self.conversation = checked_conversation(rest) if rest else new_id("chat")  # type: ignore[assignment]
        self._renderer.note(f"conversation {self.conversation}")
        return True

    def _tools(self, _rest: str) -> bool:
        specs = [tool.spec for tool in self._harness.tools]
        self._print("\n".join(f"{spec.name}  {one_line(spec.description)}" for spec in specs) or "none")
        return True

    def _history(self, _rest: str) -> bool:
        loaded = self._runner.run(self._harness.store.load(self.conversation, last_turns=_SHOWN_TURNS))
        self._print(_said(loaded))
        return True

    def _print(self, text: str) -> None:
        self._renderer.say(printable(text) + "\n")


def _said(conversation: Conversation) -> str:
    """What was said, as it looked when it was said."""
    lines = []
    hidden = conversation.length - len(conversation.turns)
    if hidden > 0:
        lines.append(f"({hidden} earlier turns)")
    for message in conversation.messages:
        if message.role is Role.USER:
            lines.append(f"> {message.text}")
        elif message.role is Role.ASSISTANT:
            lines += [f"→ {call.name} {one_line(str(dict(call.arguments)))}" for call in message.tool_calls]
            if message.text:
                lines.append(message.text)
    return "\n".join(lines) or "nothing was said yet"


def _read_piped(max_chars: int) -> str | None:
    if sys.stdin is None:
        return None
    limit = 4 * max_chars
    line = sys.stdin.buffer.readline(limit + 1)
    if not line:
        return None
    if len(line) > limit:
        while line and not line.endswith(b"\n"):
            line = sys.stdin.buffer.readline(limit)
        raise InputError(
            f"a line of standard input holds more than {limit:,} bytes, four a character of policy.max_prompt_chars",
            remedy="shorten it, or raise the limit",
        )
    return decode_input(line, where="a line of standard input").rstrip("\r\n")


def _enable_line_editing() -> None:
    """Gives `input` its line editing and the lines of this session to go back to, where the platform has it."""
    with contextlib.suppress(ImportError):
        # Here and not above: not every platform has it, and importing it is what switches it on.
        import readline

        readline.set_auto_history(True)
