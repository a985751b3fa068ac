"""Clauses for splits: who sees what, how often, and what the hash says about it."""
