"""Plots: figures for papers and slides, made of a study's tables."""
