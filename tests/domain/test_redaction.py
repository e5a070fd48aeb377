"""What looks like a secret is hidden, and prose is left alone."""

import pytest

from harness.domain.redaction import is_secret_name, redact


@pytest.mark.parametrize(
    "name",
    [
        "api_key",
        "apiKey",
        "API-KEY",
        "X-Api-Key",
        "auth_token",
        "authToken",
        "token",
        "password",
        "client_secret",
        "Authorization",
        "private_key",
        "key",
        "dsn",
        "db_password",
        "openai_api_key",
        "credentials",
    ],
)
def test_names_of_secrets(name: str) -> None:
    assert is_secret_name(name)


@pytest.mark.parametrize(
    "name",
    ["max_tokens", "model", "max_tokens_field", "token_bucket", "monkey", "keyboard", "base_url", "tokenizer", ""],
)
def test_names_of_other_things(name: str) -> None:
    assert not is_secret_name(name)


@pytest.mark.parametrize(
    "secret",
    [
        "sk-proj-abcdefghij0123456789",
        "ghp_abcdefghij0123456789abcd",
        "AKIAIOSFODNN7EXAMPLE",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
        "xoxb-123456789012-abcdef",
        "AIzaSyA-1234567890abcdefghijk",
    ],
)
def test_secrets_are_found_by_their_shape(secret: str) -> None:
    assert redact(f"before {secret}, after") == "before ***, after"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("postgres://ada:hunter2@db.example/x", "postgres://***@db.example/x"),
        ("libsql://db.example?authToken=abc.def-123&tls=1", "libsql://db.example?authToken=***&tls=1"),
        ("Authorization: Bearer abcdefghij0123456789", "Authorization: Bearer ***"),
        ('{"api_key": "not-of-any-shape"}', '{"api_key": "***"}'),
        ("password=hunter2; next", "password=***; next"),
        ("-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----", "***-----END RSA PRIVATE KEY-----"),
    ],
)
def test_secrets_are_found_by_what_stands_around_them(text: str, shown: str) -> None:
    assert redact(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "a basic understanding of the task-force-sk-something",
        "https://example.org/a:b@c",
        "the bearer of good news is welcome here",
        "max_tokens=4096 is reached",
        "12:30 and a: b",
    ],
)
def test_prose_is_left_alone(text: str) -> None:
    assert redact(text) == text
