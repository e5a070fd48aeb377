"""The plugs: a folder a port."""
