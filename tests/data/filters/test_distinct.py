"""Distinct: a profile that stands under two names is kept once."""

from __future__ import annotations

import numpy as np
import pytest

from foretell.core.errors import BadValues
from foretell.data.filters.distinct import Distinct
from foretell.splits.make import make


def test_one_of_identical_observations_is_kept_whatever_the_order(make_adata, make_dataset):
    adata = make_adata(["A", "B", "C", "D"], n=3, n_genes=80, dense=True)
    X = adata.X.copy()
    labels = adata.obs["perturbation"].to_numpy()
    X[np.flatnonzero(labels == "D")[0]] = X[np.flatnonzero(labels == "A")[0]]
    X[np.flatnonzero(labels == "control")[1]] = X[np.flatnonzero(labels == "control")[0]]
    adata.X = X
    for turned in (adata, adata[::-1].copy()):
        data = make_dataset(turned).with_filters([Distinct()])
        assert data.dropped == {"identical to another observation": 1}
        counts = {str(c.perturbation): n for c, n in data.n_by_condition.items()}
        assert counts == {"A": 3, "B": 3, "C": 3, "D": 2, "control": 12}
        make(data, "unseen_perturbation", folds=4)  # which the audit would refuse otherwise


def test_rows_with_few_values_may_agree_by_chance(make_adata, make_dataset):
    adata = make_adata(["A", "B"], n_genes=8, dense=True)
    adata.X = np.ones(adata.shape)
    assert make_dataset(adata).with_filters([Distinct()]).n_obs == adata.n_obs
    assert make_dataset(adata).with_filters([Distinct(min_values=8)]).n_obs == 12 + 1


def test_a_threshold_that_makes_no_sense_is_refused():
    with pytest.raises(BadValues, match="min_values"):
        Distinct(min_values=0)
