"""Splits: one file per task, and the audit."""
