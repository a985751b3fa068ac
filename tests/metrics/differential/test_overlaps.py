"""Overlaps, against sets, and ties against breaking them at random."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import spearmanr
from sklearn.metrics import f1_score, jaccard_score, precision_score, recall_score

from foretell.core.registry import find
from foretell.stats.jackknife import jackknife_values

METRICS = find("metrics")
SEEDS = st.integers(0, 10_000)
OF_CALLS = {
    "precision": precision_score,
    "recall": recall_score,
    "jaccard": jaccard_score,
    "f1": f1_score,
}


@given(SEEDS)
def test_overlaps_are_shares_of_sets(draw, seed):
    truth, answer = draw(seed)
    for i, keep in enumerate(truth.mask):
        own, size = np.abs(truth.shift[i][keep]), np.abs(answer.shift[i][keep])
        genes = np.flatnonzero(truth.tests.called[i][keep])
        expected = dict.fromkeys(("de_overlap", "de_overlap_top20"), np.nan)
        if len(genes):
            leading = set(np.argsort(-size)[: len(genes)])
            expected["de_overlap"] = len(leading & set(genes)) / len(genes)
            k = min(20, len(genes))
            largest = set(genes[np.argsort(-own[genes])[:k]])
            expected["de_overlap_top20"] = len(largest & set(np.argsort(-size)[:k])) / k
        expected["de_jaccard[top_n]"] = expected["de_overlap"] / (2 - expected["de_overlap"])
        for name in ("precision", "recall", "f1"):
            expected[f"de_{name}[top_n]"] = expected["de_overlap"]
        for name, value in expected.items():
            np.testing.assert_allclose(METRICS[name](truth, answer)[i], value)


@given(SEEDS, st.sampled_from(sorted(OF_CALLS)))
def test_metrics_of_calls_are_those_of_scikit_learn(draw, seed, name):
    truth, answer = draw(seed)
    for i, keep in enumerate(truth.mask):
        own, calls = truth.tests.called[i][keep], answer.calls[i][keep]
        expected = OF_CALLS[name](own, calls) if own.any() else np.nan
        np.testing.assert_allclose(METRICS[f"de_{name}[called]"](truth, answer)[i], expected)


@pytest.mark.parametrize("name", ["de_overlap", "de_overlap_top20"])
def test_ties_are_broken_at_random_in_expectation(draw, name):
    truth, answer = draw(3)
    whole = np.round(answer.shift)
    tied = METRICS[name](truth, replace(answer, mean=answer.control + whole))
    rng = np.random.default_rng(0)
    broken = [
        METRICS[name](
            truth,
            replace(
                answer,
                mean=answer.control
                + whole
                + np.where(whole < 0, -1, 1) * rng.uniform(0, 1e-3, whole.shape),
            ),
        )
        for _ in range(600)
    ]
    error = np.std(broken, axis=0) / np.sqrt(len(broken))
    assert (np.abs(np.mean(broken, axis=0) - tied) <= 4 * error + 1e-9).all()


@given(SEEDS)
def test_rank_correlation_of_fold_changes_is_over_differential_genes(draw, seed):
    truth, answer = draw(seed)
    for i, called in enumerate(truth.tests.called):
        if called.sum() > 2:
            expected = spearmanr(truth.shift[i][called], answer.shift[i][called]).statistic
            assert np.isclose(METRICS["de_spearman_lfc"](truth, answer)[i], expected)


@given(SEEDS, st.sampled_from(["called", "tested"]))
def test_counts_are_compared_over_conditions_with_each_left_out(draw, seed, variant):
    truth, answer = draw(seed)
    own = (truth.tests.called & truth.mask).sum(axis=1)
    calls = answer.calls if variant == "called" else answer.tests.called
    predicted = (calls & truth.mask).sum(axis=1)
    n = len(own)
    if any(len(set(np.delete(x, i))) == 1 for x in (own, predicted) for i in range(n)):
        return  # a constant has no rank correlation
    expected = jackknife_values(lambda at: spearmanr(own[at], predicted[at]).statistic, n)
    found = METRICS[f"de_count_spearman[{variant}]"](truth, answer)
    np.testing.assert_allclose(found, expected)
    ratio = jackknife_values(lambda at: predicted[at].sum() / own[at].sum(), n)
    np.testing.assert_allclose(METRICS[f"de_count_ratio[{variant}]"](truth, answer), ratio)


def test_a_model_that_calls_nothing_is_at_chance_in_precision_and_finds_nothing(draw):
    truth, answer = draw(4)
    nothing = replace(answer, calls=np.zeros(truth.mask.shape, bool))
    share = (truth.tests.called & truth.mask).sum(axis=1) / truth.mask.sum(axis=1)
    some = share > 0
    np.testing.assert_allclose(METRICS["de_precision[called]"](truth, nothing)[some], share[some])
    assert (METRICS["de_recall[called]"](truth, nothing)[some] == 0).all()
    assert np.isnan(METRICS["de_recall[called]"](truth, nothing)[~some]).all()
