"""What is installed: Python, harness, its native core, what it needs and its extras."""

from __future__ import annotations

import platform
import re
from collections.abc import Iterable
from importlib import import_module, metadata

from harness import __version__
from harness.cli.checks import Check, Status

DISTRIBUTION = "llm-harness"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_EXTRA = re.compile(r"""extra\s*==\s*["']([^"']+)["']""")


def check_install() -> list[Check]:
    """Returns what is installed."""
    python = f"{platform.python_version()} ({platform.python_implementation()}, {platform.system()})"
    return [
        Check("python", Status.OK, python),
        Check("harness", Status.OK, __version__),
        _native(),
        *_packages(),
    ]


def _native() -> Check:
    try:
        # By its name: it is looked at here as a thing that is installed, and not used.
        version = str(import_module("harness._native").__version__)
    except (ImportError, AttributeError) as error:
        remedy = f"install it again: pip install --force-reinstall {DISTRIBUTION}; from a clone: make build"
        return Check("native core", Status.BAD, f"cannot be loaded: {error}", remedy)
    if version != __version__:
        remedy = "build both from one version; from a clone: make build"
        return Check("native core", Status.NOTE, f"{version}, beside harness {__version__}", remedy)
    return Check("native core", Status.OK, version)


def _packages() -> list[Check]:
    """What harness needs and its extras, as its own metadata names them."""
    try:
        requirements = metadata.requires(DISTRIBUTION) or []
    except metadata.PackageNotFoundError:
        remedy = f"pip install {DISTRIBUTION}; from a clone: make build"
        return [Check("packages", Status.NOTE, "harness runs from a folder and is not installed", remedy)]
    needed, extras = _sorted(requirements)
    checks = []
    missing = [name for name in needed if _version(name) is None]
    if missing:
        remedy = f"pip install {' '.join(missing)}"
        checks.append(Check("packages", Status.BAD, f"missing: {', '.join(missing)}", remedy))
    else:
        checks.append(Check("packages", Status.OK, ", ".join(f"{name} {_version(name)}" for name in needed)))
    for extra, names in sorted(extras.items()):
        absent = [name for name in names if _version(name) is None]
        if absent:
            remedy = f"where you need it: pip install '{DISTRIBUTION}[{extra}]'"
            checks.append(Check(f"extra {extra}", Status.NOTE, f"not installed: {', '.join(absent)}", remedy))
        else:
            checks.append(Check(f"extra {extra}", Status.OK, ", ".join(f"{name} {_version(name)}" for name in names)))
    return checks


def _sorted(requirements: Iterable[str]) -> tuple[list[str], dict[str, list[str]]]:
    """Returns the names that are always needed, and those of each extra; extras made of extras are left out."""
    needed: list[str] = []
    extras: dict[str, list[str]] = {}
    for requirement in requirements:
        name = _NAME.match(requirement)
        if name is None or name[0].lower() == DISTRIBUTION:
            continue
        extra = _EXTRA.search(requirement)
        (needed if extra is None else extras.setdefault(extra[1], [])).append(name[0])
    return needed, extras


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None
