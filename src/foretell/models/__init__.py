"""Models: one file per method, found because the file exists."""
