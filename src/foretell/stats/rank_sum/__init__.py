"""Rank sums: the exact Wilcoxon test of many groups at once, from one sort per gene."""
