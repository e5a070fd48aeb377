"""The HTTP face (extra `server`)."""
