"""Censored: files in which only some pairs were written down, and what the zeros then mean."""

from __future__ import annotations

import re

import numpy as np

from foretell.data.inspect.guess import LIKELY, SURE, Guess
from foretell.data.inspect.look import Look
from foretell.data.inspect.observation import RELATIVE
from foretell.data.inspect.opened import X
from foretell.data.inspect.sample import Sample

__all__ = ["guess_censored"]

MANY_ZEROS = 0.4
MASK = re.compile(r"tested|measured|observed|mask|listed|detected|valid|labell?ed", re.IGNORECASE)


def guess_censored(look: Look) -> tuple[Guess, Guess]:
    """Return the guesses of `censored` and `listed`."""
    none = Guess("listed", None)
    if look.value("scale") not in RELATIVE:
        return Guess("censored", None, SURE, ("every gene was measured",)), none
    sample = look.sample(look.value("layer", X))
    for name in look.opened.layers:
        mask = look.sample(name)
        if _is_mask(mask) and _covers(mask, sample):
            listed = 1 - mask.zeros
            evidence = (
                f"layer '{name}' holds only 0 and 1, and is 1 wherever X is not 0: "
                f"{listed:.1%} of the pairs were measured"
            )
            sure = SURE if MASK.search(name) else LIKELY
            return Guess("censored", "unknown", sure, (evidence,)), Guess("listed", name, sure)
    missing = sample.n_nan / max(sample.size, 1)
    if missing > MANY_ZEROS:
        evidence = f"{missing:.0%} of the pairs are NaN: only a list of pairs is known"
        small = 'if the list holds all that was significant, the others are "small"'
        return Guess("censored", "unknown", LIKELY, (evidence,), (small,)), none
    if look.value("scale") == "sign":
        evidence = "a sign of 0 is a value: the gene is on neither list"
        return Guess("censored", None, LIKELY, (evidence,)), none
    if sample.zeros > MANY_ZEROS:
        evidence = (
            f"{sample.zeros:.0%} of the pairs are 0 on a relative scale: only a list was kept, "
            "what is not on it is small"
        )
        return Guess("censored", "small", LIKELY, (evidence,)), none
    return Guess("censored", None, SURE, ("hardly any zeros: effects were not thresholded",)), none


def _is_mask(sample: Sample) -> bool:
    return len(sample.values) > 0 and bool((sample.values == 1).all()) and sample.zeros > 0


def _covers(mask: Sample, sample: Sample) -> bool:
    """Tell whether the mask holds every non-zero value and more."""
    ones, values = (_filled(s) for s in (mask, sample))
    return bool((ones >= values).all()) and int(ones.sum()) > int(values.sum())


def _filled(sample: Sample) -> np.ndarray:
    """(n_values,) True where a value other than zero stands, over the sampled block."""
    block = sample.block.toarray() if sample.is_sparse else np.asarray(sample.block)
    filled: np.ndarray = np.nan_to_num(block, nan=1.0) != 0
    return filled
