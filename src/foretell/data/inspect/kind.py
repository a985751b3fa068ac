"""Kind: how the targets were acted on (knockout, interference, compound, ...)."""

from __future__ import annotations

import re

import numpy as np

from foretell.core.errors import BadMapping
from foretell.core.quantity import read_kind
from foretell.data.inspect.guess import LIKELY, SURE, Guess
from foretell.data.inspect.look import Look
from foretell.data.inspect.words import KIND, TREATED_WITH

__all__ = ["guess_kind"]


def guess_kind(look: Look, treated: np.ndarray) -> tuple[Guess, Guess]:
    """Return the guesses of `kind` and `kind_column`, at most one of them with a value."""
    none = Guess("kind_column", None)
    for column in look.columns:
        if not KIND.fullmatch(column.plain) or column.n_missing or column.is_number:
            continue
        words = {
            column.values[i]: _kind(column.values[i]) for i in np.unique(column.codes[treated])
        }
        kinds = {k for k in words.values() if k not in ("", "?")}
        fact = f"'{column.name}': {column.top(3)}"
        if not kinds or (len(column.values) == look.opened.n_obs):
            continue
        if len(kinds) == 1 and len(words) == 1:
            return Guess("kind", kinds.pop(), SURE, (fact,)), none
        unread = [w for w, k in words.items() if k == "?"]
        if not unread:
            return Guess("kind", None), Guess("kind_column", column.name, SURE, (fact,))
        look.remark("note", f"'{column.name}' has kinds that are not understood: {unread[:3]}")
    named = look.perturbation
    if named is not None and (TREATED_WITH.search(named.plain) or _speaks_of_compounds(look)):
        return Guess("kind", "compound", LIKELY, ("the file describes compounds",)), none
    return Guess("kind", None, LIKELY, ("the file does not say how targets were acted on",)), none


def _kind(word: str) -> str:
    """Return the kind, nothing for "no kind", or ``?`` for a word that is not understood."""
    try:
        return read_kind(word) or ""
    except BadMapping:
        return "?"


def _speaks_of_compounds(look: Look) -> bool:
    """Tell structures and molar doses."""
    return any(re.search(r"smiles$|dose_(u_?m|n_?m|m_?m)$", c.plain) for c in look.columns)
