"""The parts of `parser.py`: hard inputs, and streams and tool calls."""
