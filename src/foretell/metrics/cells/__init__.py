"""Metrics on cells: populations, not means alone."""
