"""Truths: small arrays with a known answer, on which metrics are examined."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

import numpy as np

from foretell.core.metric import Answer, Metric, Truth

__all__ = ["MASKED", "example_for", "example_truth", "noisy", "perfect", "shifted", "take"]

T = TypeVar("T", Truth, Answer)

MASKED = 3  # the first genes, which never count
PER_CONDITION = ("mean", "mask", "variance", "n_obs", "own")
PER_GENE = ("mean", "control", "reference", "mask", "variance", "control_variance", "pool")


def example_truth(n: int = 8, g: int = 40) -> Truth:
    """Return n conditions and g genes, a third of which respond clearly in each condition.

    All genes vary alike between cells, so that the genes that differ are those that moved most.
    The first genes are masked; further conditions compete in retrieval.
    """
    rng = np.random.default_rng(7)
    control = rng.uniform(0.5, 2.0, size=g)
    S = rng.normal(0.0, 0.03, size=(n + 4, g))
    S += (
        rng.choice([-1.0, 1.0], size=S.shape)
        * rng.uniform(0.3, 1.0, size=S.shape)
        * (rng.random(S.shape) < 1 / 3)
    )
    counted = np.arange(g) >= MASKED
    return Truth(
        mean=control + S[:n],
        control=control,
        reference=control + S.mean(axis=0),
        mask=np.tile(counted, (n, 1)),
        n_obs=np.full(n, 50),
        variance=np.full((n, g), 0.1),
        control_variance=np.full(g, 0.1),
        control_n=100,
        pool=S,
        own=np.arange(n),
        pool_mask=counted,
    )


def example_for(metric: Metric) -> Truth:
    """Return an example of what a metric is defined for: values, or labels of change."""
    truth = example_truth()
    if "labels" not in metric.needs or truth.pool is None:
        return truth
    labels = np.where(np.abs(truth.pool) > 0.2, np.sign(truth.pool), 0.0)
    n, g = truth.mean.shape
    zero = np.zeros(g)
    return replace(truth, mean=labels[:n], control=zero, reference=zero, pool=labels)


def perfect(truth: Truth) -> Answer:
    """Return the answer whose shift is the true shift."""
    return Answer(truth.mean.copy(), truth.control.copy(), truth.reference.copy())


def shifted(truth: Truth, shift: np.ndarray | float) -> Answer:
    """Return the answer of a given shift; both sides refer to the control."""
    mean = np.broadcast_to(truth.control + shift, truth.mean.shape).copy()
    return Answer(mean, truth.control.copy(), truth.control.copy())


def noisy(answer: Answer, size: float, rng: np.random.Generator) -> Answer:
    """Return the answer with normal noise of a given size on every value."""
    return replace(answer, mean=answer.mean + rng.normal(0.0, size, size=answer.mean.shape))


def take(value: T, *, conditions: np.ndarray | None = None, genes: np.ndarray | None = None) -> T:
    """Return some conditions or genes, in the order asked for; the pool is kept."""
    parts = dict(vars(value))
    for name, array in parts.items():
        if conditions is not None and name in PER_CONDITION and array is not None:
            array = array[conditions]
        if genes is not None and name in (*PER_GENE, "pool_mask") and array is not None:
            array = array[..., genes]
        parts[name] = array
    return type(value)(**parts)
