"""Providers: whoever answers a prompt."""
