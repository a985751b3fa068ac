"""Filters: recorded choices of observations and genes; found by the registry."""
