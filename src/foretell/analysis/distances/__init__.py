"""Distances: how far conditions are from their controls, as populations of cells."""
