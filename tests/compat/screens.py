"""Screens: small real and predicted screens for the comparison with other evaluators.

Read by the tests and, in the environments of the peers, by ``make_fixtures.py``: nothing but
numpy and the bits of one generator, so that both sides see the same numbers.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np

__all__ = ["SCREENS", "Screen", "checksum", "screen"]

SCREENS = ("plain", "edges", "single", "counts")
GENES, CONTROLS = 60, 90


@dataclass(frozen=True)
class Screen:
    """A real and a predicted screen with the same labels."""

    genes: np.ndarray
    real: np.ndarray
    real_labels: np.ndarray
    pred: np.ndarray
    pred_labels: np.ndarray
    sparse: bool


def screen(name: str) -> Screen:
    """Make one of `SCREENS`.

    ``plain``: 64 bits, dense; two perturbations change nearly all genes. ``edges``: a perturbation
    without any effect, one of constant predicted cells, one predicted as nearly no change, a gene
    that the controls lack, a combination.
    ``single``: 32 bits, CSR. ``counts``: whole numbers.
    """
    seed = SCREENS.index(name)
    rng = np.random.default_rng(1000 + seed)
    genes = np.array([f"G{i:02d}" for i in range(GENES)])
    names = ["G03", "G07", "G11", "G19", "G23", "G31", "G40+G41", "drug"]
    sizes = (
        [36, 40, 31, 45, 33, 38, 42, 35] if name != "plain" else [90, 80, 31, 45, 33, 38, 12, 35]
    )
    level = 0.5 + 3.0 * rng.random(GENES)
    if name == "edges":
        level[50] = 0.0
    real_labels = np.repeat(["non-targeting", *names], [CONTROLS, *sizes])
    effects = {"non-targeting": np.ones(GENES)}
    for label in names:
        changed = rng.random(GENES) < 0.3
        effects[label] = np.where(changed, 0.2 + 2.5 * rng.random(GENES), 1.0)
    if name == "edges":
        effects["drug"] = np.ones(GENES)
    if name == "plain":
        for label in names[:2]:  # more than fifty genes respond
            effects[label] = np.where(rng.random(GENES) < 0.5, 0.1, 6.0)
    real = _cells(real_labels, effects, level, rng)
    if name == "edges":
        real[np.flatnonzero(real_labels == "G03")[:20], 50] = 3.0
    guessed = {k: v ** (0.3 + 0.7 * rng.random(GENES)) for k, v in effects.items()}
    shuffled = rng.permutation(len(real_labels))
    pred_labels = real_labels[shuffled]
    pred = _cells(pred_labels, guessed, level * (0.9 + 0.2 * rng.random(GENES)), rng)
    if name == "counts":
        return Screen(genes, real, real_labels, pred, pred_labels, sparse=True)
    real, pred = (_logged(X) for X in (real, pred))
    if name == "edges":
        mean = pred[pred_labels == "G07"].mean(axis=0)
        pred[pred_labels == "G07"] = mean
        mean = pred[pred_labels == "non-targeting"].mean(axis=0)
        pred[pred_labels == "G11"] = mean + 0.02 * rng.random(GENES)
    if name == "single":
        real, pred = real.astype(np.float32), pred.astype(np.float32)
    return Screen(genes, real, real_labels, pred, pred_labels, sparse=name == "single")


def _cells(
    labels: np.ndarray, effects: dict[str, np.ndarray], level: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Draw whole numbers of geometric distributions by inversion."""
    mean = np.array([effects[label] for label in labels]) * level
    u = rng.random(mean.shape)
    with np.errstate(divide="ignore"):
        drawn = np.floor(np.log1p(-u) / np.log(mean / (1.0 + mean)))
    return np.where(mean > 0, drawn, 0.0)


def _logged(X: np.ndarray) -> np.ndarray:
    depth = X.sum(axis=1, keepdims=True)
    return np.log1p(100.0 * X / np.maximum(depth, 1.0))


def checksum(made: Screen) -> str:
    """Return a hash of both matrices, to twelve digits: a fixture belongs to its screen."""
    text = np.round(np.concatenate([made.real, made.pred]).astype(float), 5).tobytes()
    return hashlib.sha256(text).hexdigest()[:16]
