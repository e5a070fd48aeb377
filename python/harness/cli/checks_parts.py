"""What is reachable: the store, the provider, and whether all parts can be put together."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from harness.app import Harness
from harness.cli.checks import Check, Status, bad
from harness.cli.errors import Exit, describe
from harness.cli.probe import probe
from harness.cli.settings import build
from harness.config.settings import Settings
from harness.domain.errors import HarnessError

_WAIT_S = 15.0


async def check_parts(settings: Settings) -> list[Check]:
    """Returns what was found: the parts put together, the tools, the store read, the provider asked for its models."""
    store = _new_file(settings)
    if store is not None and store.status is Status.BAD:
        return [store, *await _provider(settings)]
    try:
        harness = build(settings)
    except HarnessError as error:
        return [bad("parts", error)]
    try:
        names = ", ".join(tool.spec.name for tool in harness.tools) or "none"
        checks = [Check("tools", Status.OK, names)]
        # A file that is not there yet is not made by looking at it.
        checks.append(store or await _read_store(harness, settings))
        checks += await _provider(settings)
    finally:
        try:
            await harness.aclose()
        except HarnessError as error:
            checks.append(bad("closing", error))
    return checks


def _new_file(settings: Settings) -> Check | None:
    """Returns what there is to say of a store in a file that is not there yet; None where the store can be asked."""
    url = str(settings.store.options.arguments().get("url", ""))
    if not url.startswith("file:"):
        return None
    path = Path(unquote(url.removeprefix("file:").partition("?")[0].removeprefix("//")))
    if str(path) == ":memory:" or path.exists():
        return None
    name = f"store {settings.store.adapter}"
    folder = next((each for each in path.absolute().parents if each.exists()), path.absolute().parent)
    if not folder.is_dir() or not os.access(folder, os.W_OK | os.X_OK):
        remedy = "choose a folder that you may write to as store.url"
        return Check(name, Status.BAD, f"{path} cannot be made: {folder} is not writable", remedy, Exit.STORE)
    return Check(name, Status.OK, f"{path}, which the first conversation makes")


async def _read_store(harness: Harness, settings: Settings) -> Check:
    name = f"store {settings.store.adapter}"
    place = str(settings.store.options.arguments().get("url", "")) or "in memory"
    try:
        async with asyncio.timeout(_WAIT_S):
            await harness.store.list_conversations(limit=1)
    except HarnessError as error:
        return bad(name, error)
    except TimeoutError:
        remedy = "check store.url, and whether another process holds the store"
        return Check(name, Status.BAD, f"{place} did not answer within {_WAIT_S:g} s", remedy, Exit.STORE)
    except Exception as error:  # noqa: BLE001 - a plug-in may raise anything, and the other checks go on
        return Check(name, Status.BAD, f"{place}: {describe(error)}", "report it to its author", Exit.STORE)
    return Check(name, Status.OK, f"{place} can be read")


async def _provider(settings: Settings) -> list[Check]:
    name = f"provider {settings.provider.adapter}"
    if settings.provider.adapter == "pattern":
        remedy = "for a model, choose the adapter openai"
        return [Check(name, Status.OK, "offline rules, no language model", remedy)]
    options: dict[str, Any] = settings.provider.options.arguments()
    if not isinstance(options.get("base_url"), str):
        return [
            Check(name, Status.NOTE, "whether it can be reached is not known", "ask it something: harness run hello")
        ]
    return [await probe(name, options)]
