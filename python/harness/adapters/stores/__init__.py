"""Conversation and run stores."""
