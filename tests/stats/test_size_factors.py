"""Median ratios: against a plain loop."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from foretell.stats.size_factors import log_ratio_medians


def test_medians_are_those_of_a_loop() -> None:
    rng = np.random.default_rng(0)
    X = rng.poisson(1.5, (20, 9)).astype(float)
    X[4] = 0
    reference = rng.normal(0, 1, 9)
    reference[2] = np.nan
    reference[5] = -np.inf
    expected = []
    for row in X:
        known = np.isfinite(reference) & (row > 0)
        ratios = np.log(row[known]) - reference[known]
        expected.append(np.median(ratios) if known.any() else np.nan)
    np.testing.assert_allclose(log_ratio_medians(X, reference), expected)
    np.testing.assert_allclose(log_ratio_medians(sp.csr_matrix(X), reference), expected)


def test_stored_zeros_are_zeros() -> None:
    X = sp.csr_matrix(np.array([[2.0, 3.0]]))
    X.data[1] = 0.0
    np.testing.assert_allclose(log_ratio_medians(X, np.zeros(2)), [np.log(2)])
