"""What the model sees: assembly, windows, memory."""
