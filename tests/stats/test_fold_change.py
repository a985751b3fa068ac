"""Fold change: three definitions, where they agree and what they do at 0."""

from __future__ import annotations

import numpy as np
import pytest

from foretell.stats.fold_change import (
    DEFINITIONS,
    log_difference,
    ratio_of_geometric_means,
    ratio_of_means,
)


def test_without_spread_all_definitions_are_one() -> None:
    a, b = np.array([8.0, 400.0]), np.array([2.0, 100.0])
    np.testing.assert_allclose(ratio_of_means(a, b, 0.0), 2.0)
    np.testing.assert_allclose(ratio_of_geometric_means(np.log1p(a), np.log1p(b), 0.0), 2.0)
    np.testing.assert_allclose(log_difference(np.log1p(a), np.log1p(b)), np.log2((a + 1) / (b + 1)))


def test_one_strong_cell_counts_in_arithmetic_means_only() -> None:
    x, y = np.array([0.0] * 9 + [100.0]), np.full(10, 1.0)
    assert ratio_of_means(x.mean(), y.mean(), 0.0) > 3
    logs = np.log1p(x).mean(), np.log1p(y).mean()
    assert ratio_of_geometric_means(*logs) < 0
    assert log_difference(*logs) < 0


def test_what_is_added_decides_at_zero() -> None:
    assert ratio_of_means(0.0, 0.0, 0.0) == 0.0
    assert ratio_of_means(1.0, 0.0, 0.0) == np.inf
    assert ratio_of_means(0.0, 1.0, 0.0) == -np.inf
    assert ratio_of_means(1.0, 0.0) == 1.0
    assert ratio_of_geometric_means(0.0, 0.0, 0.0) == 0.0
    assert 29 < ratio_of_geometric_means(np.log1p(1.0), 0.0) < 31
    assert log_difference(0.0, 0.0) == 0.0


def test_swapping_the_groups_turns_the_sign() -> None:
    a, b = np.array([0.3, 2.0, 0.0]), np.array([1.0, 0.1, 0.4])
    for change in (log_difference, ratio_of_means, ratio_of_geometric_means):
        np.testing.assert_allclose(change(a, b), -change(b, a), rtol=1e-12)


def test_nothing_negative_is_added() -> None:
    with pytest.raises(ValueError, match="not negative"):
        ratio_of_means(1.0, 1.0, -0.5)


def test_every_definition_has_words() -> None:
    assert set(DEFINITIONS) == {"log_difference", "ratio_of_means", "ratio_of_geometric_means"}
    assert len(set(DEFINITIONS.values())) == 3
