"""Report: what a run came to, for a person to read."""
