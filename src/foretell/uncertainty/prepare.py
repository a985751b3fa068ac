"""Prepare: fit the wrapped model and learn how wrong it is on conditions that it did not see."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from foretell.core.dataset import Dataset
from foretell.core.model import Model
from foretell.uncertainty.carve import carve, draw_folds
from foretell.uncertainty.evidence import Evidence, evidence_of, left_out_evidence
from foretell.uncertainty.relation import Seen

__all__ = ["CLAIM", "SHARE", "Prepared", "fit_inner", "prepare", "set_aside"]

SHARE = 0.25  # of the perturbations, carved out where a split keeps none for calibration
CLAIM = 40  # units, below which nothing is claimed about coverage


@dataclass(frozen=True, eq=False)
class Prepared:
    """A fitted model with its residuals on calibration conditions.

    Parameters
    ----------
    train : what it was trained on, after carving.
    model : the fitted copy.
    evidence : residuals of the calibration conditions; None where there is none.
    """

    train: Dataset
    model: Model
    evidence: Evidence | None


def fit_inner(model: Model, seed: int, train: Dataset, rng: np.random.Generator) -> Model:
    """Fit a copy; one that needs calibration itself gets perturbations carved out of train."""
    kept, own = carve(train, SHARE, rng) if model.info.uses_calibration else (train, None)
    return model.with_seed(seed).fit(kept, own)


def prepare(
    model: Model,
    seed: int,
    train: Dataset,
    calibration: Dataset | None,
    rng: np.random.Generator,
    *,
    with_noise: bool = False,
    whole: bool = True,
) -> Prepared:
    """Fit on train, ask about calibration; without calibration, carve it out of train.

    What is carved out are `whole` perturbations, or conditions, whose perturbations may stay in
    other contexts.
    """
    held = calibration
    if held is None or not held.perturbed:
        if whole or len(train.perturbed) < 4:
            train, held = carve(train, SHARE, rng)
        else:
            train, held = train.hold_out(rng, SHARE)
    fitted = fit_inner(model, seed, train, rng)
    if held is None:
        return Prepared(train, fitted, None)
    seen = Seen.of(train.perturbed)
    return Prepared(train, fitted, evidence_of(fitted, seen, held, with_noise=with_noise))


def set_aside(
    prepared: Prepared, rng: np.random.Generator
) -> tuple[Evidence | None, Evidence | None]:
    """Return (what scales and cuts are learnt from, what quantiles are taken from).

    The first is training, left out in closed form, where the model has it; else a quarter of
    the calibration units, or none below `CLAIM` units. The two never share a condition.
    """
    evidence = prepared.evidence
    left_out = left_out_evidence(prepared.model, prepared.train)
    if left_out is not None and len(left_out) >= CLAIM:
        return left_out, evidence
    if evidence is None or evidence.n_units < CLAIM:
        return None, evidence
    fold = draw_folds(evidence.unit, round(1 / SHARE), rng)
    return evidence.rows(fold == 0), evidence.rows(fold > 0)
