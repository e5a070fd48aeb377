"""Executors of blocking work."""
