"""Correlations, against scipy."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import cosine
from scipy.stats import pearsonr, spearmanr

from foretell.core.registry import find

METRICS = find("metrics")
SEEDS = st.integers(0, 10_000)
TWO = {
    "pearson": lambda a, b: pearsonr(a, b).statistic,
    "spearman": lambda a, b: spearmanr(a, b).statistic,
    "cosine": lambda a, b: 1 - cosine(a, b),
}


@given(SEEDS, st.sampled_from(sorted(TWO)), st.booleans())
def test_correlations_are_those_of_scipy(draw, seed, kind, ties):
    truth, answer = draw(seed, ties=ties)
    pairs = {kind: (truth.mean, answer.mean), f"{kind}_delta": (truth.shift, answer.shift)}
    if kind != "cosine":
        own, predicted = truth.mean - truth.reference, answer.mean - answer.reference
        pairs[f"{kind}_delta_perturbed"] = own, predicted
    for name, (own, predicted) in pairs.items():
        found = METRICS[name](truth, answer)
        if ties and "spearman" in name:  # equal but for rounding is equal
            own, predicted = np.round(own, 6), np.round(predicted, 6)
        for i, keep in enumerate(truth.mask):
            assert np.isclose(found[i], TWO[kind](own[i][keep], predicted[i][keep]))


@given(SEEDS)
def test_correlations_over_some_genes_take_those_that_they_name(draw, seed):
    truth, answer = draw(seed)
    own, predicted = truth.mean - truth.reference, answer.mean - answer.reference
    for i, keep in enumerate(truth.mask):
        top = np.argsort(-np.abs(truth.shift[i][keep]))[:20]
        expected = pearsonr(truth.shift[i][keep][top], answer.shift[i][keep][top]).statistic
        assert np.isclose(METRICS["pearson_delta_top20"](truth, answer)[i], expected)
        top = np.argsort(-np.abs(own[i][keep]))[:20]
        expected = pearsonr(own[i][keep][top], predicted[i][keep][top]).statistic
        assert np.isclose(METRICS["pearson_delta_perturbed_top20"](truth, answer)[i], expected)
        called = truth.tests.called[i]
        if called.sum() > 2:
            expected = pearsonr(truth.shift[i][called], answer.shift[i][called]).statistic
            assert np.isclose(METRICS["pearson_delta_degs"](truth, answer)[i], expected)


@given(SEEDS)
def test_the_specific_correlation_is_that_of_residuals(draw, seed):
    truth, answer = draw(seed)
    mean_shift = answer.reference - answer.control
    for i, keep in enumerate(truth.mask):
        X = np.column_stack([np.ones(keep.sum()), mean_shift[keep]])
        rest = [
            y - X @ np.linalg.lstsq(X, y, rcond=None)[0]
            for y in (truth.shift[i][keep], answer.shift[i][keep])
        ]
        found = METRICS["pearson_delta_specific"](truth, answer)[i]
        assert np.isclose(found, pearsonr(*rest).statistic)


@pytest.mark.parametrize("times", [0.0, 0.25, 1.0, -3.0])
def test_no_multiple_of_the_mean_response_is_specific(draw, times):
    truth, answer = draw(2)
    shift = times * (answer.reference - answer.control)
    given_ = replace(answer, mean=np.tile(answer.control + shift, (len(truth.mean), 1)))
    np.testing.assert_array_equal(METRICS["pearson_delta_specific"](truth, given_), 0.0)


def test_the_training_mean_is_at_chance_against_itself(draw):
    truth, answer = draw(3)
    mean = np.tile(answer.reference, (len(truth.mean), 1))
    for name in ("pearson", "spearman"):
        found = METRICS[f"{name}_delta_perturbed"](truth, replace(answer, mean=mean))
        np.testing.assert_array_equal(found, 0.0)
