"""Differences: what one pass finds is what the formulas say."""

from __future__ import annotations

import numpy as np
import pytest

from foretell.stats.differences import differences


@pytest.mark.parametrize("odd", ["plain", "nan", "inf", "nan beyond the mask", "nothing counts"])
@pytest.mark.parametrize("with_reference", [True, False])
def test_one_pass_finds_what_the_formulas_say(odd: str, with_reference: bool):
    rng = np.random.default_rng(1)
    X, reference, mask = rng.normal(size=(4, 30)), rng.normal(size=30), rng.random((4, 30)) < 0.7
    mask[1] = odd != "nothing counts"
    mask[1, 3] &= odd != "nan beyond the mask"
    if odd != "plain":
        X[1, 3] = np.inf if odd == "inf" else np.nan
    found = differences(X, reference if with_reference else None, mask)
    plain = np.where(mask, X - reference if with_reference else X, 0.0)
    assert np.array_equal(found.values, plain, equal_nan=True)
    assert np.array_equal(found.counted, mask.sum(axis=1))
    assert np.array_equal(found.is_finite, np.isfinite(plain).all(axis=1))
    for i in range(4):
        kept = plain[i][mask[i]]
        assert found.low[i] == np.nanmin(kept, initial=np.inf)
        assert found.high[i] == np.nanmax(kept, initial=-np.inf)


def test_rows_may_be_views_of_any_kind():
    X = np.broadcast_to(np.arange(6.0), (3, 6))
    found = differences(X, np.ones(12)[::2], np.broadcast_to(np.True_, (3, 6)))
    assert np.array_equal(found.values, np.asarray(X) - 1.0)
    assert found.high.tolist() == [4.0] * 3
