"""Retrieval, against distances of scipy and counting."""

from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import cdist
from sklearn.metrics import roc_auc_score

from foretell.core.registry import find

METRICS = find("metrics")
SEEDS = st.integers(0, 10_000)
KINDS = {"l1": "cityblock", "l2": "euclidean", "cosine": "cosine"}


def fraction(distances, own):
    """1 - rank / (m - 1) with ties by half."""
    mine = distances[own]
    rank = np.sum(distances < mine - 1e-12) + 0.5 * (np.sum(abs(distances - mine) <= 1e-12) - 1)
    return 1 - rank / (len(distances) - 1)


@given(SEEDS, st.sampled_from(sorted(KINDS)))
def test_discrimination_is_the_rank_among_all_true_shifts(draw, seed, kind):
    truth, answer = draw(seed)
    keep = truth.pool_mask
    D = cdist(answer.shift[:, keep], truth.pool[:, keep], KINDS[kind])
    expected = [fraction(d, own) for d, own in zip(D, truth.own, strict=True)]
    np.testing.assert_allclose(METRICS[f"pds_{kind}"](truth, answer), expected)


@given(SEEDS)
def test_norm_matched_discrimination_scales_to_each_candidate(draw, seed):
    truth, answer = draw(seed)
    keep = truth.pool_mask
    for i, shift in enumerate(answer.shift[:, keep]):
        lengths = np.linalg.norm(truth.pool[:, keep], axis=1)
        scaled = shift / np.linalg.norm(shift) * lengths[:, None]
        d = np.linalg.norm(scaled - truth.pool[:, keep], axis=1)
        expected = fraction(d, truth.own[i])
        assert np.isclose(METRICS["pds_norm"](truth, answer)[i], expected)


@given(SEEDS, st.sampled_from(["l2", "cosine"]))
def test_transposed_discrimination_ranks_the_predictions(draw, seed, kind):
    truth, answer = draw(seed)
    keep = truth.pool_mask
    D = cdist(truth.shift[:, keep], answer.pool[:, keep], KINDS[kind])
    expected = [fraction(d, own) for d, own in zip(D, answer.own, strict=True)]
    np.testing.assert_allclose(METRICS[f"transpose_pds_{kind}"](truth, answer), expected)


@given(SEEDS)
def test_centroids_are_raw_profiles_of_the_pool_and_of_training(draw, seed):
    truth, answer = draw(seed)
    keep = truth.pool_mask
    profiles = np.concatenate([truth.pool + truth.control, truth.train + answer.control])
    D = cdist(answer.mean[:, keep], profiles[:, keep])
    expected = [fraction(d, own) for d, own in zip(D, truth.own, strict=True)]
    np.testing.assert_allclose(METRICS["centroid_accuracy"](truth, answer), expected)
    seen = (truth.train + answer.control)[:, keep]
    labels = [cdist(side.mean[:, keep], seen).argmin(axis=1) for side in (truth, answer)]
    found = METRICS["cell_label_accuracy"](truth, answer)
    np.testing.assert_allclose(found, labels[0] == labels[1])


@pytest.mark.parametrize("copies", [1, 2, 3])
def test_ties_are_broken_at_random_in_expectation(draw, copies):
    """Copies of the own condition tie with it: the mean over all orders of them."""
    truth, answer = draw(4)
    first = truth.pool[truth.own[0]]
    truth = replace(truth, pool=np.concatenate([truth.pool, np.tile(first, (copies, 1))]))
    keep = truth.pool_mask
    d = cdist(answer.shift[:1, keep], truth.pool[:, keep], "cosine")[0]
    nearer = int(np.sum(d < d[truth.own[0]] - 1e-9))
    ranks = [nearer + 1 + order.index(0) for order in permutations(range(copies + 1))]
    expected = {
        "retrieval_top1": np.mean([rank <= 1 for rank in ranks]),
        "retrieval_top5": np.mean([rank <= 5 for rank in ranks]),
        "retrieval_mrr": np.mean([1 / rank for rank in ranks]),
    }
    for name, value in expected.items():
        assert np.isclose(METRICS[name](truth, answer)[0], value)


def test_the_same_answer_for_all_is_at_chance_on_average(draw):
    """Over all conditions of the pool, whatever it is: nothing can be gained by one answer."""
    truth, answer = draw(5)
    everyone = np.arange(len(truth.pool))
    rows = np.zeros(len(everyone), dtype=int)
    whole = replace(
        truth, mean=truth.control + truth.pool, mask=truth.mask[rows], own=everyone, tests=None
    )
    one = replace(answer, mean=answer.mean[rows])
    for kind in (*KINDS, "norm"):
        assert np.isclose(METRICS[f"pds_{kind}"](whole, one).mean(), 0.5)
    assert np.isclose(METRICS["retrieval_top1"](whole, one).mean(), 1 / len(everyone))


def test_an_abstained_competitor_is_no_candidate(draw):
    truth, answer = draw(6)
    pool = answer.pool.copy()
    pool[3] = np.nan
    some = np.delete(np.arange(len(truth.mean)), 3)
    for kind in ("l2", "cosine"):
        found = METRICS[f"transpose_pds_{kind}"](truth, replace(answer, pool=pool))
        fewer = replace(answer, pool=answer.pool[some], own=np.searchsorted(some, answer.own))
        expected = METRICS[f"transpose_pds_{kind}"](truth, fewer)
        np.testing.assert_allclose(found[some], expected[some])


@given(SEEDS)
def test_the_phenotype_curve_is_that_of_scikit_learn(draw, seed):
    truth, answer = draw(seed)
    truth.phenotypes[0] = -1
    keep = truth.pool_mask
    found = METRICS["phenotype_roc"](truth, answer)
    for i, own in enumerate(truth.own):
        d = cdist(answer.shift[i : i + 1, keep], truth.pool[:, keep], "cosine")[0]
        others = (np.arange(len(d)) != own) & (truth.phenotypes >= 0)
        same = (truth.phenotypes == truth.phenotypes[own])[others]
        expected = np.nan
        if truth.phenotypes[own] >= 0 and 0 < same.sum() < len(same):
            expected = roc_auc_score(same, -d[others])
        np.testing.assert_allclose(found[i], expected)
