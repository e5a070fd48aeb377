"""The work, on ports alone."""
