"""Across conditions: against loops over genes and pairs, and the jackknife from its definition."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import pdist
from scipy.stats import pearsonr

from foretell.core.registry import find
from foretell.stats.jackknife import jackknife_values

METRICS = find("metrics")
SEEDS = st.integers(0, 3_000)


def gene_correlation(truth, answer, rows):
    """Mean over genes of the correlation over the conditions in which they count."""
    found = []
    for j in range(truth.mean.shape[1]):
        at = rows[truth.mask[rows, j]]
        if len(at) >= 3:
            found.append(pearsonr(truth.mean[at, j], answer.mean[at, j]).statistic)
    return np.mean(found)


@given(SEEDS)
def test_gene_correlation_is_that_of_scipy_with_each_condition_left_out(draw, seed):
    truth, answer = draw(seed)
    expected = jackknife_values(lambda rows: gene_correlation(truth, answer, rows), len(truth.mean))
    np.testing.assert_allclose(METRICS["gene_correlation"](truth, answer), expected)


@given(SEEDS)
def test_diversity_is_the_ratio_of_mean_pairwise_distances(draw, seed):
    truth, answer = draw(seed, masked=0.05)
    genes = truth.mask.all(axis=0)

    def ratio(rows):
        return pdist(answer.mean[rows][:, genes]).mean() / pdist(truth.mean[rows][:, genes]).mean()

    found = METRICS["diversity_ratio"](truth, answer)
    np.testing.assert_allclose(found, jackknife_values(ratio, len(truth.mean)))
    error = jackknife_values(lambda rows: 1 - min(ratio(rows), 1 / ratio(rows)), len(truth.mean))
    np.testing.assert_allclose(METRICS["diversity_error"](truth, answer), error)


def test_one_answer_for_all_has_no_diversity_and_knows_nothing_across_conditions(draw):
    truth, answer = draw(0)
    one = replace(answer, mean=np.tile(answer.mean[0], (len(truth.mean), 1)))
    assert (METRICS["diversity_ratio"](truth, one) == 0).all()
    assert (METRICS["diversity_error"](truth, one) == 1).all()
    assert (METRICS["gene_correlation"](truth, one) == 0).all()


@pytest.mark.parametrize("n", [1, 2, 3])
def test_too_few_conditions_have_no_statistic(draw, n):
    truth, answer = draw(1)
    few = replace(truth, mean=truth.mean[:n], mask=truth.mask[:n])
    found = METRICS["gene_correlation"](few, replace(answer, mean=answer.mean[:n]))
    assert found.shape == (n,)
    assert np.isnan(found).all()
