"""Distances: how far apart populations of cells are, one idea per file."""
