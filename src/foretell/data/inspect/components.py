"""Components: columns that describe a perturbation: structures, targets, mechanisms."""

from __future__ import annotations

import numpy as np

from foretell.data.inspect.column import Column
from foretell.data.inspect.guess import LIKELY, SURE, Guess
from foretell.data.inspect.look import Look
from foretell.data.inspect.words import COMPONENT

__all__ = ["guess_components"]


def guess_components(look: Look, treated: np.ndarray) -> Guess:
    """Take described columns that have one value for nearly every label."""
    label = look.perturbation
    named = {g.value for g in look.guesses.values() if isinstance(g.value, str)}
    named |= {name for g in look.guesses.values() if isinstance(g.value, list) for name in g.value}
    chosen = [
        column.name
        for column in look.columns
        if label is not None
        and COMPONENT.fullmatch(column.plain)
        and column.name not in named
        and len(column.values) > 1
        and not _repeats(label, column)
        and _follows(label, column, treated)
    ]
    evidence = tuple(f"'{name}' has one value for every label" for name in chosen)
    return Guess("components", chosen, LIKELY if chosen else SURE, evidence)


def _repeats(label: Column, column: Column) -> bool:
    """Tell a column that spells the labels again; structures are kept, models ask for them."""
    shared = len(set(label.values) & set(column.values))
    return shared > 0.5 * len(column.values) and not column.plain.endswith("smiles")


def _follows(label: Column, column: Column, treated: np.ndarray) -> bool:
    pairs = np.unique(np.stack([label.codes[treated], column.codes[treated]]), axis=1)
    n_labels = len(np.unique(pairs[0]))
    return n_labels > 0 and pairs.shape[1] <= 1.05 * n_labels
