"""What the sets of one collection have in common, so that a source says only what is its own."""
