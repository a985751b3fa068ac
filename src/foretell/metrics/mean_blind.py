"""Mean-blind: what a metric does not see that looks at spread or width, and never at the mean."""

from __future__ import annotations

__all__ = ["CHANGES_OF_THE_MEAN"]

CHANGES_OF_THE_MEAN = frozenset(
    {
        *("quarter", "fourfold", "offset", "permuted", "duplicated", "copied_mean"),
        *("edited_controls", "mixed_scales", "missing"),
    }
)
"""Transformations of the gaming table that change predicted means alone."""
