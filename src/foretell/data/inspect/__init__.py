"""Inspect: say what a file is, with evidence, before anything is computed from it."""
