"""Uncertainty: wrappers that give any model intervals, calls or a confidence, and say when not."""
