"""What the tests of applications and adapters use: a scripted provider, fakes on real sockets, a clock, contracts."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from harness.testing.clock import FakeClock
    from harness.testing.contexts import run_context
    from harness.testing.openai_server import FakeOpenAI
    from harness.testing.scripted import ScriptedProvider, call
    from harness.testing.wire_replies import Call, Delivery, Drop, Fail, Raw, Request, Say

_HOMES = {
    "harness.testing.clock": ("FakeClock",),
    "harness.testing.contexts": ("run_context",),
    "harness.testing.openai_server": ("FakeOpenAI",),
    "harness.testing.scripted": ("ScriptedProvider", "call"),
    "harness.testing.wire_replies": ("Call", "Delivery", "Drop", "Fail", "Raw", "Request", "Say"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "Call",
    "Delivery",
    "Drop",
    "Fail",
    "FakeClock",
    "FakeOpenAI",
    "Raw",
    "Request",
    "Say",
    "ScriptedProvider",
    "call",
    "run_context",
]


def __getattr__(name: str) -> Any:
    home = _HOME_OF.get(name)
    if home is None:
        raise AttributeError(f"module 'harness.testing' has no attribute {name!r}")
    value = getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
