"""What goes into a call, checked: addresses, keys, certificates, bodies."""

from __future__ import annotations

import json
import ssl
from collections.abc import Mapping
from typing import Any

import orjson
from yarl import URL

from harness.adapters.providers._failures import failure
from harness.domain.errors import ConfigError
from harness.domain.failures import ErrorCategory


def trust(ca_file: str) -> ssl.SSLContext:
    """Returns a TLS context that trusts the authorities of a PEM file, and no others.

    Raises:
        ConfigError: the file cannot be read.
    """
    try:
        return ssl.create_default_context(cafile=ca_file)
    except (OSError, ssl.SSLError) as error:
        raise ConfigError(
            f"cannot be read as PEM certificates ({type(error).__name__})", key="ca_file", remedy="give a readable file"
        ) from None


def check_url(url: str, *, key: str = "base_url") -> str:
    """Returns the address without blanks around it.

    Raises:
        ConfigError: it has no `http` or `https` scheme, or no host.
    """
    text = url.strip()
    remedy = f"write it in full, such as http://localhost:8000/v1 or https://host/v1 ({key})"
    scheme, separator, _ = text.partition("://")
    if not separator or scheme.lower() not in ("http", "https"):
        known = scheme if separator and scheme.isalnum() else "none"
        raise ConfigError(f"the address needs the scheme http:// or https://, and has {known}", key=key, remedy=remedy)
    try:
        host = URL(text, encoded=True).host
    except ValueError:
        host = None
    if not host or any(char.isspace() for char in text):
        raise ConfigError("the address has no usable host", key=key, remedy=remedy)
    return text


def check_secret(value: str, *, key: str = "api_key") -> str:
    """Returns a key without blanks around it.

    Raises:
        ConfigError: it holds what an HTTP header cannot carry; the message does not show it.
    """
    text = value.strip()
    if not text.isascii() or not text.isprintable():
        raise ConfigError("holds characters that no HTTP header can carry", key=key, remedy="check how it was pasted")
    return text


def plain(value: Any) -> Any:
    """What JSON encoders call for a value they do not know."""
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, orjson.Fragment):
        return orjson.loads(orjson.dumps(value))
    if isinstance(value, (set, frozenset, tuple)):
        return list(value)
    raise TypeError(f"{type(value).__name__} is not JSON")


def encode_body(body: Mapping[str, Any], *, provider: str) -> bytes:
    """Returns `body` as JSON. What orjson refuses, such as huge integers and lone surrogates, goes the long way.

    Raises:
        ProviderError: invalid_request, for a value that is no JSON.
    """
    try:
        return orjson.dumps(body, default=plain)
    except TypeError:
        pass
    try:
        return json.dumps(body, default=plain, ensure_ascii=False, allow_nan=False).encode("utf-8", "replace")
    except (TypeError, ValueError, RecursionError):
        raise failure(
            ErrorCategory.INVALID_REQUEST,
            provider=provider,
            what="the request cannot be written as JSON",
            remedy="use only JSON values in tool schemas, arguments and options.extra",
        ) from None
