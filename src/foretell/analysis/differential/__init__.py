"""Differential expression: which genes each perturbation changes, by a test of one's choice."""
