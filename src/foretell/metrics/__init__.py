"""Metrics: one file per family, found because the file exists."""
