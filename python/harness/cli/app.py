"""The commands and their options, in typer. What a command does is in the module of its name, loaded when it runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from harness import __version__
from harness.cli.errors import EXIT_CODES
from harness.domain.errors import InputError

_CODES = "\n\n\b\nExit codes:\n" + "\n".join(f"  {code:>3}  {meaning}" for code, meaning in EXIT_CODES.items())
_SIGNALS = "\n  128 and the number of the signal that ended it, such as 143 for SIGTERM"

app = typer.Typer(
    name="harness",
    help="An LLM runtime: ask, chat, check the configuration." + _CODES + _SIGNALS,
    add_completion=False,
    no_args_is_help=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
config_app = typer.Typer(
    help="Write, check and describe the config file.", rich_markup_mode=None, no_args_is_help=False
)
app.add_typer(config_app, name="config")

Config = Annotated[
    Path | None,
    typer.Option("--config", "-c", help="The config file; else $HARNESS_CONFIG, ./harness.yaml, the defaults."),
]
Conversation = Annotated[
    str | None, typer.Option("--conversation", help="The conversation to go on with, or to begin, under this id.")
]
Override = Annotated[
    list[str] | None,
    typer.Option("--override", "-o", metavar="KEY=VALUE", help="A setting, over the file and the environment."),
]
Model = Annotated[str | None, typer.Option("--model", "-m", help="The model to ask: short for -o provider.model=….")]
Debug = Annotated[bool, typer.Option("--debug", help="Print the traceback of an error.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Do not show tool calls.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object; errors are one, too, on stderr.")]


def run_app(arguments: list[str]) -> int:
    """Runs a command and returns its exit code.

    Raises:
        InputError: the command or an option is wrong.
        Exception: whatever the command raises.
    """
    try:
        code: Any = app(args=arguments, prog_name="harness", standalone_mode=False)
    except typer.Abort:
        raise KeyboardInterrupt from None
    except _USAGE_ERROR as error:
        context = getattr(error, "ctx", None)
        command = context.command_path if context is not None else "harness"
        message = getattr(error, "format_message", error.__str__)()
        raise InputError(message.rstrip("."), remedy=f"see {command} --help") from None
    return code if isinstance(code, int) else 0


# The root of typer's own errors. Older versions have it in click, newer ones inside themselves.
_USAGE_ERROR: type[Exception] = next(each for each in typer.BadParameter.__mro__ if each.__name__ == "ClickException")


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"harness {__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def _root(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", "-V", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
    debug: Debug = False,
) -> None:
    if context.invoked_subcommand is None:
        print(context.get_help())


@app.command("run")
def _run(
    prompt: Annotated[str | None, typer.Argument(help="What you want; - or none reads standard input.")] = None,
    config: Config = None,
    conversation: Conversation = None,
    as_json: Json = False,
    stream: Annotated[
        bool | None, typer.Option("--stream/--no-stream", help="Write the answer as it comes; a terminal's default.")
    ] = None,
    override: Override = None,
    model: Model = None,
    quiet: Quiet = False,
    debug: Debug = False,
) -> int:
    """Ask once: the answer comes on stdout, tool calls on stderr.

    Where stdout is no terminal only the last words are written, when they are whole, unless --stream is given.

    --json prints one object: run_id, text, finish_reason, tool_calls [{name, arguments, result, error, duration_ms}],
    usage, route, iterations. An error prints one object on stderr, {"error": {type, message, remedy, exit_code, ...}},
    and the exit code is not 0; a run that ended without an answer prints both.
    """
    from harness.cli.run import Asked, ask

    asked = Asked(prompt, config, conversation, as_json, stream, tuple(override or ()), model, quiet)
    return ask(asked)


@app.command("chat")
def _chat(
    config: Config = None,
    conversation: Conversation = None,
    override: Override = None,
    model: Model = None,
    quiet: Quiet = False,
    debug: Debug = False,
) -> int:
    """Talk. /help lists the commands; Ctrl-C ends the turn, Ctrl-D the session."""
    from harness.cli.chat import chat

    return chat(config, conversation, tuple(override or ()), model=model, quiet=quiet)


@config_app.callback(invoke_without_command=True)
def _config(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        print(context.get_help())


@config_app.command("init")
def _config_init(
    path: Annotated[Path, typer.Argument(help="Where to write it.")] = Path("harness.yaml"),
    force: Annotated[bool, typer.Option("--force", help="Overwrite what is there.")] = False,
    debug: Debug = False,
) -> int:
    """Write a commented config file that works as it stands."""
    from harness.cli.config import write_default

    return write_default(path, force=force)


@config_app.command("check")
def _config_check(
    path: Annotated[Path | None, typer.Argument(help="The file; else $HARNESS_CONFIG or ./harness.yaml.")] = None,
    config: Config = None,
    as_json: Json = False,
    debug: Debug = False,
) -> int:
    """List every mistake in a config file: place, key, what is wrong, what to do."""
    from harness.cli.config import check

    return check(path or config, as_json=as_json)


@config_app.command("schema")
def _config_schema(debug: Debug = False) -> int:
    """Print the JSON Schema of the config file, for editors."""
    from harness.cli.config import print_schema

    return print_schema()


@app.command("doctor")
def _doctor(
    config: Config = None, override: Override = None, model: Model = None, as_json: Json = False, debug: Debug = False
) -> int:
    """Tell what is installed, reachable and misconfigured, and what to do about it."""
    from harness.cli.doctor import doctor

    return doctor(config, tuple(override or ()), model=model, as_json=as_json)
