"""Observation: cells, or samples (wells, arrays, profiles), of which one is a whole condition."""

from __future__ import annotations

import numpy as np

from foretell.data.inspect.guess import LIKELY, SURE, UNCLEAR, Guess
from foretell.data.inspect.look import Look
from foretell.data.inspect.opened import X

__all__ = ["guess_observation"]

RELATIVE = ("log_ratio", "z", "rank", "sign")
FEW, MANY = 8, 25  # observations of a condition (median): samples below, cells above
DEEP = 500_000  # counts of one observation that no cell has


def guess_observation(look: Look, treated: np.ndarray) -> Guess:
    """Judge by the scale, the depth and the number of observations per condition."""
    scale = str(look.value("scale", ""))
    n = _per_condition(look, treated)
    shown = f"median of {n:g} observations per condition"
    if scale == "z" and n >= MANY:
        return _scaled_cells(look, shown)
    if scale in RELATIVE:
        return Guess("observation", "samples", SURE, ("each row is an effect, not a cell",))
    sample = look.sample(look.value("layer", X))
    sparse = sample.zeros > 0.3
    deep = scale == "counts" and float(np.median(sample.row_sums)) > DEEP
    if deep and not sparse:
        return Guess("observation", "samples", SURE, ("libraries of bulk depth", shown))
    if n < FEW and look.opened.n_obs < 20_000:
        confidence = UNCLEAR if sparse and scale == "counts" and n > 2 else SURE
        if sparse and n > 2:
            shown += f", but {sample.zeros:.0%} zeros, as in single cells"
        return Guess("observation", "samples", confidence, (shown,))
    evidence = (shown, f"{sample.zeros:.0%} zeros")
    sure = n >= MANY and (sparse or look.opened.n_obs > 2000)
    return Guess("observation", "cells", SURE if sure else LIKELY, evidence)


def _scaled_cells(look: Look, shown: str) -> Guess:
    """Cells whose genes were centred: their zero is the mean of all cells, not the control."""
    look.remark(
        "warning",
        "X holds centred cells (scanpy.pp.scale): its zero is the mean of all cells, not the "
        "control, and what was subtracted is lost",
        "put counts or log values into X or a layer, and name it with --layer",
    )
    return Guess("observation", "cells", UNCLEAR, (shown, "z-scores of cells, not of effects"))


def _per_condition(look: Look, treated: np.ndarray) -> float:
    """Median number of treated observations with one label, dose, time and cell type."""
    column = look.perturbation
    if column is None or not treated.any():
        return 1.0
    names = [column.name, look.value("dose"), look.value("horizon_h"), *look.value("context", [])]
    codes = np.zeros(look.opened.n_obs, dtype=np.int64)
    for name in names:
        if name is not None:
            codes = codes * (len(look.columns[name].values) + 1) + look.columns[name].codes + 1
    return float(np.median(np.unique(codes[treated], return_counts=True)[1]))
