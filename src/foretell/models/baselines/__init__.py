"""Baselines: means and sums, the floors of every table."""
