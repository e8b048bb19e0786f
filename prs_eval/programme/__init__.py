"""What this programme means: its measures, each in the one output shape."""
