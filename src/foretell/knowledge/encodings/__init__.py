"""Encodings: from perturbation to vector."""
