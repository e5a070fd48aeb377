"""What kinds of trouble there are."""

from enum import StrEnum


class ErrorCategory(StrEnum):
    """What kind of trouble a provider had. Routing, retries and breakers decide by this and by nothing else."""

    RATE_LIMITED = "rate_limited"
    OVERLOADED = "overloaded"
    UNAVAILABLE = "unavailable"
    TIMEOUT = "timeout"
    CONNECTION = "connection"
    AUTHENTICATION = "authentication"
    PERMISSION = "permission"
    MODEL_NOT_FOUND = "model_not_found"
    INVALID_REQUEST = "invalid_request"
    CONTEXT_LENGTH = "context_length"
    CONTENT_FILTER = "content_filter"
    EMPTY_RESPONSE = "empty_response"
    INVALID_OUTPUT = "invalid_output"
    CANCELLED = "cancelled"


class ToolErrorKind(StrEnum):
    """Why a tool call did not give a result."""

    UNKNOWN_TOOL = "unknown_tool"
    NOT_ALLOWED = "not_allowed"
    INVALID_ARGUMENTS = "invalid_arguments"
    TIMEOUT = "timeout"
    FAILED = "failed"
    CANCELLED = "cancelled"
