"""Comparison of methods: paired, by clusters of conditions, corrected for how often one looks."""
