"""The JSON Schema of `harness.yaml`, for editors: every adapter's options included."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from harness.config.defaults import DEFAULTS
from harness.config.registry import registry
from harness.config.settings import ContextSettings, OptionsSettings, PolicySettings, Settings, ToolsSettings
from harness.domain.errors import ConfigError

_REFERENCE = {"type": "string", "pattern": r"\$\{[A-Za-z_]"}
_PORTS = {"provider": False, "store": False, "run_store": True, "cache": True, "limiter": True}


def json_schema() -> dict[str, Any]:
    """Returns the schema (draft 2020-12) of a config file, with the adapters that are installed now.

    Where a number or truth value is asked for, `${VAR}` is allowed too. Plug-ins that cannot be imported are left out.
    """
    definitions: dict[str, Any] = {}
    properties: dict[str, Any] = {"version": {"const": 1, "description": "The version of this schema."}}
    for port, optional in _PORTS.items():
        properties[port] = _choice(port, definitions, optional=optional)
    properties["sinks"] = {"type": "array", "items": _choice("sink", definitions, optional=False)}
    properties["tools"] = _tools(definitions)
    properties["policy"] = _section(PolicySettings, "policy", definitions)
    properties["options"] = _section(OptionsSettings, "options", definitions)
    properties["system"] = {"type": ["string", "null"]}
    context = _section(ContextSettings, "context", definitions)
    context["properties"]["summarizer"] = _choice("provider", definitions, optional=True)
    context["properties"]["embedder"] = _choice("embedder", definitions, optional=False)
    properties["context"] = {"anyOf": [context, {"type": "null"}]}
    for name, each in properties.items():
        each.setdefault("description", Settings.model_fields[name].description)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "harness.yaml",
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
        "$defs": definitions,
    }


def _choice(port: str, definitions: dict[str, Any], *, optional: bool) -> dict[str, Any]:
    """Any one of a port's adapters, or one by `module:attribute`."""
    default = (DEFAULTS.get(port) or {}).get("adapter")
    branches: list[dict[str, Any]] = []
    for entry in registry().entries(port):
        try:
            schema = _section(entry.options(), f"{port}.{entry.name}", definitions)
        except ConfigError:
            continue
        schema["properties"] = {"adapter": {"const": entry.name}, **schema.get("properties", {})}
        # The default adapter may go unnamed: its options are laid over the defaults.
        schema["required"] = [*([] if entry.name == default else ["adapter"]), *schema.get("required", [])]
        branches.append(schema)
    custom = {"type": "object", "properties": {"adapter": {"type": "string", "pattern": ":"}}, "required": ["adapter"]}
    branches.append({**custom, "description": "An adapter of your own: `package.module:attribute`."})
    if optional:
        branches.append({"type": "null"})
    return {"anyOf": branches}


def _tools(definitions: dict[str, Any]) -> dict[str, Any]:
    schema = _section(ToolsSettings, "tools", definitions)
    for entry in registry().entries("tool"):
        try:
            options = _section(entry.options(), f"tool.{entry.name}", definitions)
        except ConfigError:
            continue
        if options.get("properties"):
            schema["properties"].setdefault(entry.name, options)
    schema["properties"]["builtin"]["items"] = {"enum": registry().names("tool")}
    return schema


def _section(model: type[BaseModel], prefix: str, definitions: dict[str, Any]) -> dict[str, Any]:
    """The schema of a section; models inside it go to `definitions` under names of their own."""
    schema = model.model_json_schema(ref_template=f"#/$defs/{prefix}.{{model}}")
    for name, inner in schema.pop("$defs", {}).items():
        definitions[f"{prefix}.{name}"] = _for_people(inner)
    shown: dict[str, Any] = _for_people(schema)
    return shown


def _for_people(schema: Any) -> Any:
    """Drops pydantic's titles, and lets references to the environment stand where a number or truth value does."""
    if isinstance(schema, list):
        return [_for_people(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    shown = {
        name: {key: _for_people(each) for key, each in inner.items()} if name == "properties" else _for_people(inner)
        for name, inner in schema.items()
        if not (name == "title" and isinstance(inner, str))
    }
    if shown.get("type") in ("integer", "number", "boolean"):
        about = {name: shown.pop(name) for name in ("description", "default") if name in shown}
        return {**about, "anyOf": [shown, _REFERENCE]}
    return shown
