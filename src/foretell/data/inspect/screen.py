"""Screen: whether the file is a perturbation screen at all, or something else."""

from __future__ import annotations

import numpy as np

from foretell.data.inspect.genes import COORDINATES
from foretell.data.inspect.guess import LIKELY, SURE, UNCLEAR, Guess
from foretell.data.inspect.look import Look
from foretell.data.inspect.opened import X

__all__ = ["guess_screen"]


def guess_screen(look: Look, treated: np.ndarray) -> Guess:
    """Say what the file is; ``value`` is ``screen`` or the name of something else."""
    coordinates = look.value("gene_id") == COORDINATES
    if look.perturbation is None:
        return _something_else(look, coordinates)
    if not treated.any():
        fact = f"every observation is a control: {look.perturbation.top(2)}"
        return Guess("screen", "controls only", SURE, (fact, "nothing was perturbed"))
    if coordinates:
        fact = f"the features are coordinates ({', '.join(look.genes[:3])}, ...), not genes"
        use = "a response in few dimensions can be predicted; nothing that needs genes applies"
        return Guess("screen", "screen", UNCLEAR, (fact, use))
    n = len(np.unique(look.perturbation.codes[treated]))
    return Guess("screen", "screen", SURE, (f"{n} labels of treated observations",))


def _something_else(look: Look, coordinates: bool) -> Guess:
    if coordinates or (look.value("gene_id") in ("numbers",) and _has_negative(look)):
        fact = f"features are coordinates: {', '.join(look.genes[:3])}, ..."
        return Guess("screen", "embedding", SURE, (fact, "a table of vectors, one per row name"))
    fact = "no column says that anything was done to the cells"
    if len(look.columns):
        return Guess("screen", "expression", LIKELY, (fact, "values without perturbations"))
    return Guess("screen", "matrix", LIKELY, (fact, "the observations have no columns at all"))


def _has_negative(look: Look) -> bool:
    return X in look.opened.matrices and look.sample().smallest < 0
