"""The layers of one model call: each a Provider around a Provider, one a file."""
