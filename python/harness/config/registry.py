"""Adapters by port and name: those of harness, those of other packages by entry point, and `module:attribute`.

All enter by the same door: a name and a place to import from, looked at when the adapter is asked for.
"""

from __future__ import annotations

import inspect
import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from importlib.metadata import distributions
from typing import Any, get_args, get_origin, get_type_hints

from pydantic import ConfigDict, PydanticSchemaGenerationError, PydanticUserError, SecretStr, create_model

from harness.config.builtin import BUILTIN, NoOptions
from harness.config.problems import nearest_name
from harness.config.section import Section
from harness.domain.errors import ConfigError
from harness.domain.redaction import is_secret_name, redact
from harness.ports.tool import Tool

GROUPS = {
    "provider": "harness.providers",
    "store": "harness.stores",
    "run_store": "harness.run_stores",
    "cache": "harness.caches",
    "limiter": "harness.limiters",
    "sink": "harness.sinks",
    "tool": "harness.tools",
    "embedder": "harness.embedders",
    "vector_index": "harness.vector_indexes",
    "tokenizer": "harness.tokenizers",
    "executor": "harness.executors",
}
"""The entry point group of each port."""


class AnyOptions(Section):
    """Options of an adapter that takes any: what has the name of a secret becomes one."""

    model_config = ConfigDict(extra="allow")

    def model_post_init(self, _context: Any) -> None:
        """Hides the secrets."""
        for name, value in (self.model_extra or {}).items():
            if isinstance(value, str) and is_secret_name(name):
                (self.__pydantic_extra__ or {})[name] = SecretStr(value)


@dataclass(frozen=True, slots=True)
class Adapter:
    """What an entry point, or a `module:attribute`, may point to where the signature of a factory does not say enough.

    Args:
        build: makes the adapter from its options, passed by keyword.
        options: what the options are.
    """

    build: Callable[..., Any]
    options: type[Section] = AnyOptions


@dataclass(frozen=True, slots=True)
class Entry:
    """One adapter that there is, not yet imported.

    Args:
        port: what it is: `provider`, `store`, ….
        name: what it is called in the config.
        target: where it is: `module:attribute`.
        owner: the package that brings it; empty for harness's own.
        extra: the extra of harness that it may need.
    """

    port: str
    name: str
    target: str
    owner: str = ""
    extra: str = ""

    def __str__(self) -> str:
        return f"{self.port} `{self.name}`" + (f" of the package {self.owner}" if self.owner else "")

    def load(self) -> Any:
        """Imports and returns what `target` names.

        Raises:
            ConfigError: it cannot be imported, or is not there; names the adapter, its package and the reason.
        """
        return load_target(self.target, what=str(self), extra=self.extra, owner=self.owner)

    @property
    def builtin(self) -> bool:
        """Whether it comes with harness."""
        return not self.owner and self.name in BUILTIN.get(self.port, {})

    def options(self) -> type[Section]:
        """Returns the model of its options: harness's own without importing it, others' from what they registered."""
        if self.builtin:
            return BUILTIN[self.port][self.name][1]
        loaded = self.load()
        if self.port == "tool" and is_tools(loaded):
            return NoOptions
        return loaded.options if isinstance(loaded, Adapter) else options_of(loaded, str(self))

    def build(self, options: Section) -> Any:
        """Makes the adapter.

        Raises:
            ConfigError: it cannot be imported, or refuses an option.
        """
        loaded = self.load()
        return (loaded.build if isinstance(loaded, Adapter) else loaded)(**options.arguments())


def is_tools(thing: Any) -> bool:
    """Whether this is a tool or several of them, and not what makes them."""
    return isinstance(thing, list | tuple) or (isinstance(thing, Tool) and not isinstance(thing, type))


class Registry:
    """The adapters that there are. Entry points are looked up once, when the first adapter is asked for."""

    def __init__(self) -> None:
        self._own: dict[tuple[str, str], Entry] = {}
        self._found: dict[tuple[str, str], list[Entry]] | None = None
        self._path: tuple[str, ...] = ()
        for port, adapters in BUILTIN.items():
            for name, (target, _options, extra) in adapters.items():
                self._own[port, name] = Entry(port, name, target, extra=extra)

    def names(self, port: str) -> list[str]:
        """Returns the names of a port's adapters, sorted."""
        return sorted({name for each, name in [*self._own, *self._plugins()] if each == port})

    def entries(self, port: str) -> list[Entry]:
        """Returns a port's adapters by name; all that claim a name, where several do."""
        return [entry for name in self.names(port) for entry in self._claims(port, name)]

    def find(self, port: str, name: str) -> Entry:
        """Returns the adapter of that name, or of that `module:attribute`.

        Raises:
            ConfigError: there is none, with the nearest name; or several packages claim it.
        """
        if ":" in name:
            return Entry(port, name, name)
        claims = self._claims(port, name)
        if not claims:
            message = f"there is no {port} `{name}`"
            raise ConfigError(message, key="adapter", remedy=nearest_name(name, self.names(port)))
        if len(claims) > 1:
            owners = " and ".join(entry.owner or "harness" for entry in claims)
            message = f"the {port} `{name}` is claimed by {owners}"
            remedy = f"uninstall one of them, or name the one you mean as `{claims[-1].target}`"
            raise ConfigError(message, key="adapter", remedy=remedy)
        return claims[0]

    def _claims(self, port: str, name: str) -> list[Entry]:
        own = self._own.get((port, name))
        return ([own] if own else []) + self._plugins().get((port, name), [])

    def _plugins(self) -> dict[tuple[str, str], list[Entry]]:
        path = tuple(sys.path)
        if self._found is None or self._path != path:
            self._found, self._path = _discover(), path
        return self._found


def _discover() -> dict[tuple[str, str], list[Entry]]:
    """Finds the entry points of every package; of one that is on the path twice, the first counts, as at import."""
    ports = {group: port for port, group in GROUPS.items()}
    found: dict[tuple[str, str], list[Entry]] = {}
    seen: set[str] = set()
    for package in distributions():
        # Most packages have no entry point of ours, and parsing their metadata is what costs time.
        if "[harness." not in (package.read_text("entry_points.txt") or "").replace(" ", ""):
            continue
        owner = package.metadata["Name"] or "unknown"
        if owner in seen:
            continue
        seen.add(owner)
        for point in package.entry_points:
            port = ports.get(point.group)
            if port is not None:
                found.setdefault((port, point.name), []).append(Entry(port, point.name, point.value, owner))
    return found


@lru_cache(maxsize=1)
def registry() -> Registry:
    """Returns the registry of this process."""
    return Registry()


def load_target(target: str, *, what: str, extra: str = "", owner: str = "") -> Any:
    """Imports `module:attribute` and returns the attribute.

    Raises:
        ConfigError: with what is not there, or the error that the import ended with.
    """
    module_name, _, attribute = target.partition(":")
    if not module_name or not attribute or not all(part.isidentifier() for part in module_name.split(".")):
        remedy = "write `package.module:attribute`"
        raise ConfigError(f"{what}: {target!r} names nothing that can be imported", key="adapter", remedy=remedy)
    try:
        module = import_module(module_name)
    except Exception as error:  # a plug-in may raise anything while it is imported
        missing = error.name if isinstance(error, ModuleNotFoundError) else None
        if extra and missing and not module_name.startswith(missing):
            remedy = f"install the extra: pip install 'llm-harness[{extra}]'"
        elif missing and (module_name == missing or module_name.startswith(f"{missing}.")):
            remedy = "check the name, and that its package is installed in this environment"
        else:
            remedy = f"repair or uninstall {owner}" if owner else f"repair {module_name}"
        message = f"{what} cannot be imported: {type(error).__name__}: {redact(_first_line(error))}"
        raise ConfigError(message, key="adapter", remedy=remedy) from error
    value: Any = module
    for part in attribute.split("."):
        if not hasattr(value, part):
            near = nearest_name(part, [name for name in dir(value) if not name.startswith("_")][:200])
            near = near if near.startswith("did") else "check the name"
            raise ConfigError(f"{what}: {module_name} has no attribute `{part}`", key="adapter", remedy=near)
        value = getattr(value, part)
    return value


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [""])[0][:300]


@lru_cache(maxsize=256)
def options_of(factory: Any, what: str) -> type[Section]:
    """Returns a model of the options that a factory takes: its parameters, their types and defaults.

    Parameters of types that no config can hold are left out where they have a default. A text with the name of a
    secret is one.

    Raises:
        ConfigError: it cannot be called, or asks for what no config can hold.
    """
    if not callable(factory):
        message = f"{what} is a {type(factory).__name__}, and must be a class or function that makes the adapter"
        raise ConfigError(message, key="adapter", remedy="name the class or function, not an object")
    try:
        parameters = list(inspect.signature(factory).parameters.values())
    except (TypeError, ValueError):
        return AnyOptions
    hints = _hints(factory)
    fields: dict[str, Any] = {}
    for parameter in parameters:
        if parameter.kind is parameter.VAR_KEYWORD:
            return AnyOptions
        if parameter.kind is parameter.VAR_POSITIONAL:
            continue
        kind = _secret_kind(parameter.name, hints.get(parameter.name, Any))
        required = parameter.default is parameter.empty
        hidden = parameter.kind is parameter.POSITIONAL_ONLY or parameter.name.startswith("_")
        if hidden or not _configurable(kind):
            if required:
                message = f"{what} needs `{parameter.name}`, which no config can give"
                raise ConfigError(message, key="adapter", remedy="register a factory that makes it itself")
            continue
        fields[parameter.name] = (kind, ... if required else parameter.default)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a parameter may have the name of something of pydantic's, such as `copy`
        return create_model(f"{getattr(factory, '__name__', 'Adapter')}Options", __base__=Section, **fields)


def _hints(factory: Any) -> dict[str, Any]:
    try:
        return get_type_hints(factory.__init__ if inspect.isclass(factory) else factory, include_extras=True)
    except Exception:  # noqa: BLE001 - names that exist for the type checker only; the options are then untyped
        return {}


def _secret_kind(name: str, kind: Any) -> Any:
    if not is_secret_name(name):
        return kind
    if kind is str:
        return SecretStr
    return SecretStr | None if set(get_args(kind)) == {str, type(None)} else kind


def _configurable(kind: Any) -> bool:
    if get_origin(kind) is None and inspect.isclass(kind) and getattr(kind, "_is_protocol", False):
        return False
    try:
        create_model("Probe", value=(kind, ...))
    except (PydanticSchemaGenerationError, PydanticUserError, TypeError):
        return False
    return True
