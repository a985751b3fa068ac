"""A sorted reference: the same answers as controls that are sorted each time."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp

from foretell.core.errors import BadValues
from foretell.stats.rank_sum.rank_sum import rank_sum
from foretell.stats.rank_sum.reference import sort_reference


def screen(dtype: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    X = np.round(rng.normal(0, 2, (200, 15)) * (rng.random((200, 15)) < 0.5), 1).astype(dtype)
    codes = rng.integers(-1, 3, 200)
    return X, codes, codes < 0


@pytest.mark.parametrize("dtype", ["f4", "f8", "i8", "u4"])
@pytest.mark.parametrize("store", [np.asarray, sp.csr_matrix, sp.csc_matrix])
def test_a_reference_gives_the_same_bits(dtype: str, store: type) -> None:
    X, codes, control = screen(dtype)
    reference = sort_reference(store(X[control]))
    found = rank_sum(store(X[~control]), codes[~control], 3, reference=reference)
    expected = rank_sum(X, codes, 3, control)
    for name in ("u", "z", "p", "n", "n_control"):
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name))


def test_a_reference_serves_several_labellings() -> None:
    X, codes, control = screen("f4")
    reference = sort_reference(X[control])
    many = np.stack([codes[~control], codes[~control][::-1]])
    found = rank_sum(X[~control], many, 3, reference=reference)
    for s in range(2):
        alone = rank_sum(X[~control], many[s], 3, reference=reference)
        np.testing.assert_array_equal(found.p[s], alone.p)


def test_what_cannot_be_compared_is_refused() -> None:
    X, codes, control = screen("f4")
    reference = sort_reference(X[control])
    with pytest.raises(BadValues, match="one of the two"):
        rank_sum(X, codes, 3, control, reference=reference)
    with pytest.raises(BadValues, match="same genes"):
        rank_sum(X[:, :4], codes, 3, reference=reference)
    with pytest.raises(BadValues, match="different types"):
        rank_sum(X.astype(float), codes, 3, reference=reference)
    with pytest.raises(BadValues, match="NaN"):
        sort_reference(np.array([[np.nan]], "f4"))
