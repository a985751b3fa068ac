"""A truth and an answer of every part that metrics on means and tests need."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from foretell.core.metric import Answer, Truth
from foretell.stats.gene_tests import gene_tests

N, G, POOL, TRAIN = 6, 40, 9, 5


def draw_pair(seed: int, *, ties: bool = False, masked: float = 0.2) -> tuple[Truth, Answer]:
    """Draw a truth and an answer, with a retrieval pool and masked genes.

    With ties, shifts are rounded, so that many are equal.
    """
    rng = np.random.default_rng(seed)
    digits = 0 if ties else 12
    control, reference = rng.normal(2, 1, (2, G))
    pool = np.round(rng.normal(0, 1, (POOL, G)), digits)
    own = rng.permutation(POOL)[:N]
    mask = rng.random((N, G)) >= masked
    variance, control_variance = rng.gamma(2, 1, (N, G)), rng.gamma(2, 1, G)
    n_obs = rng.integers(10, 60, N)
    parts = rng.normal(0, 1, (N, 2, G))
    truth = Truth(
        mean=control + pool[own],
        control=control,
        reference=reference,
        mask=mask,
        n_obs=n_obs,
        variance=variance,
        control_variance=control_variance,
        control_n=50,
        pool=pool,
        own=own,
        pool_mask=rng.random(G) >= masked,
        train=rng.normal(0, 1, (TRAIN, G)),
        parts=parts.sum(axis=1),
        part_shifts=parts,
        gene_sets=rng.random((12, G)) < 0.3,
        phenotypes=np.arange(POOL) % 3,
    )
    tests = gene_tests(truth.mean, variance, n_obs, control, control_variance, 50, mask)
    model_control = control if ties else control + rng.normal(0, 0.1, G)
    shift = np.round(pool[own] + rng.normal(0, 1, (N, G)), digits)
    statistic = np.round(rng.normal(0, 2, (N, G)), 1)
    answer = Answer(
        mean=model_control + shift,
        control=model_control,
        reference=reference,
        pool=shift,
        own=np.arange(N),
        tests=replace(tests, statistic=statistic, q=np.exp(-np.abs(statistic))),
        calls=rng.random((N, G)) < 0.4,
    )
    return replace(truth, tests=tests), answer


@pytest.fixture(scope="session")
def draw() -> Callable[..., tuple[Truth, Answer]]:
    """Return the function that draws."""
    return draw_pair
