"""Request bodies, written by the Rust core."""

from __future__ import annotations

from harness.adapters.providers._failures import failure
from harness.domain.completions import Options, Prompt
from harness.domain.errors import ProviderError
from harness.domain.failures import ErrorCategory
from harness.domain.messages import Role
from harness.prompts import PromptBody, ToolList, Transcript


def write_body(dialect: str, prompt: Prompt, options: Options, *, model: str, provider: str) -> bytes:
    """Returns the body of a request.

    Args:
        dialect: one of `harness.prompts.DIALECTS`.
        prompt: what is asked; the system messages at its beginning become the system prompt.
        options: how it is to be answered.
        model: the model where the options name none.
        provider: the name for errors.

    Raises:
        ProviderError: invalid_request, for a value that is no JSON.
    """
    system: list[str] = []
    transcript = Transcript()
    try:
        for message in prompt.messages:
            if message.role is Role.SYSTEM and not len(transcript):
                system.append(message.text)
            else:
                transcript.append(message, 0)
        body = PromptBody(transcript, system="\n\n".join(system) or None, tools=ToolList(prompt.tools))
        return body.body(dialect, options, model=model)
    except (TypeError, ValueError, OverflowError) as error:
        raise _refused(provider, error) from None


def _refused(provider: str, error: Exception) -> ProviderError:
    return failure(
        ErrorCategory.INVALID_REQUEST,
        provider=provider,
        what=f"the request cannot be written: {error}",
        remedy="check the options, tool schemas and images",
    )
