"""A suite a port: derive from it in your own tests, give it your adapter as a fixture, and run pytest."""
