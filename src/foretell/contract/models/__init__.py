"""Clauses for models."""
