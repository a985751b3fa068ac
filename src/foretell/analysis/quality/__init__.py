"""Quality: what a screen is worth, one question per file."""
