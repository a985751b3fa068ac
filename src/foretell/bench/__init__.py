"""Bench: run a study, keep every prediction, judge, rank."""
