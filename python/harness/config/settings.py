"""The settings, typed: what `harness.yaml` holds once it is read, merged and checked."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PrivateAttr,
    SerializationInfo,
    SerializeAsAny,
    SerializerFunctionWrapHandler,
    ValidationError,
    create_model,
    model_serializer,
    model_validator,
)
from pydantic_core import InitErrorDetails, PydanticCustomError

from harness.config.defaults import DEFAULTS
from harness.config.problems import problem_at
from harness.config.registry import Entry, registry
from harness.config.section import Section
from harness.config.tokenizers import check_name
from harness.config.tree import Key, Node, Origin
from harness.domain.completions import Options
from harness.domain.context import ContextPolicy, Strategy
from harness.domain.errors import ConfigError, InputError
from harness.domain.policies import Policy

VERSION: Literal[1] = 1
"""The version of the schema that this harness reads."""

Count = Annotated[int, Field(ge=1)]
Limit = Annotated[int, Field(ge=0)]
Seconds = Annotated[float, Field(gt=0)]


class Choice(Section):
    """An adapter, chosen by name, with its options.

    Args:
        adapter: its name in the registry, or `module:attribute`.
        options: its options, checked.
    """

    adapter: str
    options: SerializeAsAny[Section]

    @model_serializer(mode="wrap")
    def _flat(self, handler: SerializerFunctionWrapHandler, info: SerializationInfo) -> Any:
        dumped = handler(self)
        return {"adapter": dumped["adapter"], **dumped["options"]}


def refused(error: ConfigError) -> PydanticCustomError:
    """Returns an error of the registry as one of validation."""
    context = {"message": error.message.removeprefix("adapter: "), "remedy": error.remedy}
    return PydanticCustomError("refused", "{message}", context)


def at(key: str, error: PydanticCustomError) -> ValidationError:
    """Returns `error` as the error of the value at `key`."""
    return ValidationError.from_exception_data("settings", [InitErrorDetails(type=error, loc=(key,), input=None)])


def choose(port: str) -> Callable[[Any], Any]:
    """Returns a validator that makes a `Choice` of a port's adapter from a mapping."""

    def validate(value: Any) -> Any:
        if value is None or isinstance(value, Choice):
            return value
        if not isinstance(value, dict):
            raise PydanticCustomError("choice_expected", "expected a mapping with the key `adapter`")
        name = value.get("adapter")
        if name is None:
            message = f"names no adapter; there is {', '.join(registry().names(port))}"
            raise PydanticCustomError(
                "adapter_missing", "{message}", {"message": message, "remedy": "add `adapter: …`"}
            )
        if not isinstance(name, str):
            raise at("adapter", PydanticCustomError("string_type", "expected a text"))
        try:
            model = registry().find(port, name).options()
        except ConfigError as error:
            raise at("adapter", refused(error)) from None
        options = model.model_validate({key: each for key, each in value.items() if key != "adapter"})
        return Choice(adapter=name, options=options)

    return validate


ProviderChoice = Annotated[Choice, BeforeValidator(choose("provider"))]
StoreChoice = Annotated[Choice, BeforeValidator(choose("store"))]
RunStoreChoice = Annotated[Choice, BeforeValidator(choose("run_store"))]
CacheChoice = Annotated[Choice, BeforeValidator(choose("cache"))]
LimiterChoice = Annotated[Choice, BeforeValidator(choose("limiter"))]
EmbedderChoice = Annotated[Choice, BeforeValidator(choose("embedder"))]
SinkChoice = Annotated[Choice, BeforeValidator(choose("sink"))]


def _known_tool(name: str) -> str:
    try:
        registry().find("tool", name)
    except ConfigError as error:
        raise refused(error) from None
    return name


def _is_target(name: str) -> str:
    if not re.fullmatch(r"[^\W\d]\w*(\.[^\W\d]\w*)*:[^\W\d]\w*(\.[^\W\d]\w*)*", name):
        raise PydanticCustomError(
            "target", "names nothing that can be imported", {"remedy": "write `package.module:attribute`"}
        )
    return name


ToolName = Annotated[str, AfterValidator(_known_tool)]
Target = Annotated[str, AfterValidator(_is_target)]


class ToolsSettings(Section):
    """What the model may call. Options of a tool stand beside the lists, under the tool's name."""

    builtin: tuple[ToolName, ...] = Field(
        default=(), description="Tools of harness by name: calculator, todo, clock, files."
    )
    plugins: tuple[ToolName, ...] = Field(
        default=(), description="Tools of installed packages, by the name they registered."
    )
    modules: tuple[Target, ...] = Field(default=(), description="Tools of your own code: `package.module:attribute`.")

    def tool_options(self, name: str) -> Section | None:
        """Returns the options given for the tool of that name, or None."""
        given = getattr(self, name) if name in type(self).model_fields else None
        return given if isinstance(given, Section) else None


def _with_tool_options(value: Any) -> Any:
    """Validates tools against a model that has a field for each tool which is given options."""
    if not isinstance(value, dict):
        return value
    known = set(registry().names("tool"))
    fields: dict[str, type[Section]] = {}
    for name in value:
        if name in known and name not in ToolsSettings.model_fields:
            try:
                fields[name] = registry().find("tool", name).options()
            except ConfigError as error:
                raise at(name, refused(error)) from None
    return _tools_model(tuple(sorted(fields.items()))).model_validate(value)


@lru_cache(maxsize=64)
def _tools_model(fields: tuple[tuple[str, type[Section]], ...]) -> type[ToolsSettings]:
    """Returns `ToolsSettings` with a field for the options of each of these tools; the same class for the same ones."""
    required: dict[str, Any] = {name: (model, ...) for name, model in fields}
    return create_model("ToolsSettings", __base__=ToolsSettings, **required) if fields else ToolsSettings


class PolicySettings(Section):
    """What a run may do; the fields of `harness.Policy`."""

    max_iterations: Count = Field(default=10, description="Most model calls of one run.")
    max_tool_depth: Limit = Field(default=3, description="How deep runs may nest: tools that start runs.")
    tool_timeout_s: Seconds = Field(default=30.0, description="Seconds that one tool call may take.")
    run_timeout_s: Seconds | None = Field(default=600.0, description="Seconds that the whole run may take.")
    max_parallel_tools: Count = Field(default=5, description="Most tool calls at work at one time.")
    require_json_output: bool = Field(default=False, description="The answer must be JSON.")
    output_retries: Limit = Field(
        default=1, description="How often an answer that is not what it must be is sent back."
    )
    deterministic: bool = Field(default=False, description="Send `seed`, and temperature 0, on every call.")
    seed: int = Field(default=0, description="The seed that `deterministic` sends.")
    allowed_tools: tuple[str, ...] | None = Field(
        default=None, description="The tools that may be called; null allows all."
    )
    max_input_tokens: Limit | None = Field(default=None, description="Most input tokens of a run.")
    max_output_tokens: Limit | None = Field(default=None, description="Most output tokens of a run.")
    max_cost_usd: Annotated[float, Field(ge=0)] | None = Field(default=None, description="Most US dollars of a run.")
    max_tool_calls: Limit | None = Field(default=None, description="Most tool calls of a run.")
    fail_fast: bool = Field(default=False, description="A tool that fails ends the run, instead of telling the model.")
    no_progress_guard: bool = Field(default=True, description="End a run that repeats itself, after one warning.")
    max_prompt_chars: Count = Field(default=4_000_000, description="Longest user text, in characters.")

    def policy(self) -> Policy:
        """Returns it as the engine takes it."""
        return Policy(**{name: getattr(self, name) for name in type(self).model_fields})


class OptionsSettings(Section):
    """How the model is to answer; null leaves a choice to the provider."""

    model: str | None = Field(default=None, min_length=1, description="Overrides the provider's model.")
    temperature: Annotated[float, Field(ge=0, le=2)] | None = Field(default=None, description="0 to 2.")
    top_p: Annotated[float, Field(ge=0, le=1)] | None = Field(default=None, description="0 to 1.")
    max_tokens: Count | None = Field(default=None, description="Most tokens of an answer.")
    seed: int | None = Field(default=None, description="For answers that can be repeated.")
    stop: tuple[str, ...] = Field(default=(), description="Texts at which to stop.")
    tool_choice: str | None = Field(default=None, description="`auto`, `none`, `required` or the name of a tool.")
    parallel_tool_calls: bool | None = Field(default=None, description="Whether several calls may come in one turn.")
    response_format: dict[str, Any] | None = Field(
        default=None, description="`{type: json_object}` or a `json_schema`."
    )
    extra: dict[str, Any] = Field(default={}, description="Fields passed through to the provider as they are.")

    def answering(self) -> Options:
        """Returns it as the engine takes it."""
        return Options(**{name: getattr(self, name) for name in type(self).model_fields})


class ContextSettings(Section):
    """What of a long conversation the model is shown; the fields of `harness.domain.context.ContextPolicy`."""

    max_tokens: Count | None = Field(default=None, description="The model's window, prompt and answer; null fits all.")
    strategy: Strategy | tuple[Strategy, ...] = Field(
        default="sliding_window",
        description="`sliding_window`, `hierarchical`, `summarization`, `semantic`, or a list of several.",
    )
    reserve_output: Limit = Field(default=1024, description="Tokens of the window that are left to the answer.")
    preserve_system: bool = Field(default=True, description="The system prompt is always shown.")
    preserve_recent: Limit = Field(default=8, description="How many of the last messages come before important ones.")
    last_turns: Count | None = Field(default=None, description="Most turns of the conversation that are looked at.")
    last_tokens: Count | None = Field(default=None, description="Most tokens of earlier turns that are shown.")
    summarize_threshold: Annotated[float, Field(gt=0, lt=1)] = Field(
        default=0.75, description="How full the window may be before the older half of its turns is summarised."
    )
    summary_tokens: Count = Field(default=512, description="Most tokens of a summary.")
    summary_model: str | None = Field(default=None, description="The model that writes summaries; null is the usual.")
    summarizer: ProviderChoice | None = Field(
        default=None, description="Who writes summaries; null is the provider that answers."
    )
    embedder: EmbedderChoice = Field(
        default={"adapter": "hashing"},
        validate_default=True,
        description="What tells which turns are like the question.",
    )
    clear_after_s: Seconds | None = Field(
        default=None, description="Seconds without a turn after which earlier turns are shown no more."
    )
    snippet_tokens: Limit = Field(default=2048, description="Most tokens of the snippets that a run is given.")
    tokenizer: str | None = Field(
        default=None,
        description="What counts: an encoding, a model or the path of a tokenizer.json; null is the provider's model.",
    )

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        try:
            self.policy()
            check_name(self.tokenizer)
        except InputError as error:
            context = {"message": error.message.removeprefix("context."), "remedy": error.remedy}
            raise PydanticCustomError("refused", "{message}", context) from None
        return self

    def policy(self) -> ContextPolicy:
        """Returns it as the engine takes it."""
        names = [name for name in type(self).model_fields if name not in ("tokenizer", "summarizer", "embedder")]
        return ContextPolicy(**{name: getattr(self, name) for name in names})


class Settings(Section):
    """All settings. `load_settings` makes them from file, environment and arguments; or make them by hand."""

    version: Literal[1] = Field(default=VERSION, description="The version of this schema.")
    provider: ProviderChoice = Field(default=DEFAULTS["provider"], description="Who answers.")
    store: StoreChoice = Field(default=DEFAULTS["store"], description="Where conversations are kept.")
    run_store: RunStoreChoice | None = Field(
        default=DEFAULTS["run_store"], description="Where the events of runs are kept."
    )
    cache: CacheChoice | None = Field(default=DEFAULTS["cache"], description="What is not asked twice.")
    limiter: LimiterChoice | None = Field(default=None, description="Holds calls back to a rate.")
    sinks: tuple[SinkChoice, ...] = Field(default=(), description="Who listens to the events.")
    tools: Annotated[SerializeAsAny[ToolsSettings], BeforeValidator(_with_tool_options)] = Field(
        default=DEFAULTS["tools"], description="What the model may call."
    )
    policy: PolicySettings = Field(default=PolicySettings(), description="What a run may do.")
    options: OptionsSettings = Field(default=OptionsSettings(), description="How the model is to answer.")
    system: str | None = Field(default=None, description="The system prompt.")
    context: ContextSettings | None = Field(
        default=None, description="What of a long conversation the model is shown; null shows all."
    )

    _tree: Node | None = PrivateAttr(None)

    def __eq__(self, other: object) -> bool:
        # Where settings came from is no part of what they are.
        return isinstance(other, Settings) and self.__dict__ == other.__dict__

    def origin(self, *key: str | int) -> Origin | None:
        """Returns where the value at `key` came from, or that of the value nearest above it; None where settings were
        made by hand."""
        return None if self._tree is None else self._tree.nearest(key)[0].origin

    def error(self, key: Key, message: str, remedy: str = "") -> ConfigError:
        """Returns an error that names the place of `key`."""
        return problem_at(self.origin(*key) or Origin(), key, message, remedy).error()


def sections() -> Iterable[str]:
    """Returns the names that may stand at the top of a config file."""
    return Settings.model_fields


def chosen(settings: Settings) -> list[tuple[Key, Entry]]:
    """Returns every adapter and tool that the settings name, with the key that names it."""
    named: list[tuple[Key, str, str]] = []
    for port in ("provider", "store", "run_store", "cache", "limiter"):
        choice: Choice | None = getattr(settings, port)
        if choice is not None:
            named.append(((port, "adapter"), port, choice.adapter))
    if settings.context is not None and settings.context.summarizer is not None:
        named.append((("context", "summarizer", "adapter"), "provider", settings.context.summarizer.adapter))
    if settings.context is not None and "semantic" in settings.context.policy().strategies:
        named.append((("context", "embedder", "adapter"), "embedder", settings.context.embedder.adapter))
    named += [(("sinks", at, "adapter"), "sink", choice.adapter) for at, choice in enumerate(settings.sinks)]
    for section in ("builtin", "plugins", "modules"):
        named += [(("tools", section, at), "tool", name) for at, name in enumerate(getattr(settings.tools, section))]
    return [(key, registry().find(port, name)) for key, port, name in named]
