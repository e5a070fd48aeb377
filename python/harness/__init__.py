"""harness: an LLM runtime that you embed. What an application imports; each name is loaded when it is first used."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from harness.adapters.tools.python import tool
    from harness.app import Harness
    from harness.domain.completions import FinishReason, Options
    from harness.domain.context import ContextPolicy, Snippet
    from harness.domain.errors import (
        BudgetExceeded,
        ConfigError,
        ContextOverflow,
        ConversationConflict,
        GuardrailViolation,
        HarnessError,
        InputError,
        PolicyViolation,
        ProviderError,
        StoreError,
        ToolError,
    )
    from harness.domain.failures import ErrorCategory, ToolErrorKind
    from harness.domain.messages import ImagePart, Message, Role, Turn
    from harness.domain.policies import Policy
    from harness.domain.routes import Attempt, Route
    from harness.domain.runs import RunResult, RunStatus, ToolCallRecord
    from harness.domain.tools import ToolCall, ToolResult, ToolSpec
    from harness.domain.usage import Usage
    from harness.ports.tool import RunContext

_HOMES = {
    "harness.adapters.tools.python": ("tool",),
    "harness.app": ("Harness",),
    "harness.domain.completions": ("FinishReason", "Options"),
    "harness.domain.context": ("ContextPolicy", "Snippet"),
    "harness.domain.errors": (
        "BudgetExceeded",
        "ConfigError",
        "ContextOverflow",
        "ConversationConflict",
        "GuardrailViolation",
        "HarnessError",
        "InputError",
        "PolicyViolation",
        "ProviderError",
        "StoreError",
        "ToolError",
    ),
    "harness.domain.failures": ("ErrorCategory", "ToolErrorKind"),
    "harness.domain.messages": ("ImagePart", "Message", "Role", "Turn"),
    "harness.domain.policies": ("Policy",),
    "harness.domain.routes": ("Attempt", "Route"),
    "harness.domain.runs": ("RunResult", "RunStatus", "ToolCallRecord"),
    "harness.domain.tools": ("ToolCall", "ToolResult", "ToolSpec"),
    "harness.domain.usage": ("Usage",),
    "harness.ports.tool": ("RunContext",),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__version__ = "0.1.0"

__all__ = [  # noqa: PLE0604, RUF100
    "Attempt",
    "BudgetExceeded",
    "ConfigError",
    "ContextOverflow",
    "ContextPolicy",
    "ConversationConflict",
    "ErrorCategory",
    "FinishReason",
    "GuardrailViolation",
    "Harness",
    "HarnessError",
    "ImagePart",
    "InputError",
    "Message",
    "Options",
    "Policy",
    "PolicyViolation",
    "ProviderError",
    "Role",
    "Route",
    "RunContext",
    "RunResult",
    "RunStatus",
    "Snippet",
    "StoreError",
    "ToolCall",
    "ToolCallRecord",
    "ToolError",
    "ToolErrorKind",
    "ToolResult",
    "ToolSpec",
    "Turn",
    "Usage",
    "__version__",
    "tool",
]


def __getattr__(name: str) -> Any:
    home = _HOME_OF.get(name)
    if home is None:
        raise AttributeError(f"module 'harness' has no attribute {name!r}")
    value = getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
