"""Metrics: against slow formulas and other libraries, and at chance where they say so."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import cosine
from scipy.stats import false_discovery_control, pearsonr, ttest_ind_from_stats
from sklearn.metrics import average_precision_score

from foretell.core.metric import Answer, Metric, Truth
from foretell.core.registry import find
from foretell.metrics.labels import change_auroc, direction_auroc
from foretell.stats.gene_tests import gene_tests

ALL: dict[str, Metric] = {m.name: m.declared for m in find("metrics")}
METRICS = {name: m for name, m in ALL.items() if "labels" not in m.needs}  # of values
N, G, POOL = 4, 40, 6


def draw(seed: int) -> tuple[Truth, Answer]:
    """A truth and an answer of cells, with a retrieval pool and masked genes."""
    rng = np.random.default_rng(seed)
    control, reference = rng.normal(2, 1, G), rng.normal(2, 1, G)
    pool = rng.normal(0, 1, (POOL, G))
    own = rng.permutation(POOL)[:N]
    truth = Truth(
        mean=control + pool[own],
        control=control,
        reference=reference,
        mask=rng.random((N, G)) < 0.8,
        n_obs=rng.integers(10, 60, N),
        variance=rng.gamma(2, 1, (N, G)),
        control_variance=rng.gamma(2, 1, G),
        control_n=50,
        pool=pool,
        own=own,
        pool_mask=rng.random(G) < 0.8,
    )
    truth = with_tests(truth)
    model_control = control + rng.normal(0, 0.1, G)
    mean = truth.mean + rng.normal(0, 1, (N, G))
    return truth, Answer(mean, model_control, reference)


def with_tests(truth: Truth) -> Truth:
    """The same truth with the tests of its own moments."""
    moments = truth.mean, truth.variance, truth.n_obs
    control = truth.control, truth.control_variance, truth.control_n
    return replace(truth, tests=gene_tests(*moments, *control, truth.mask))


SEEDS = st.integers(0, 10_000)


@given(SEEDS)
def test_errors_are_means_over_the_genes_that_count(seed):
    truth, answer = draw(seed)
    for i in range(N):
        error = (answer.mean - truth.mean)[i][truth.mask[i]]
        assert np.isclose(METRICS["mse"](truth, answer)[i], (error**2).mean())
        assert np.isclose(METRICS["mae"](truth, answer)[i], np.abs(error).mean())


@given(SEEDS)
def test_correlations_are_those_of_scipy(seed):
    truth, answer = draw(seed)
    for i in range(N):
        keep = truth.mask[i]
        own, predicted = truth.mean[i] - truth.control, answer.mean[i] - answer.control
        expected = pearsonr(own[keep], predicted[keep]).statistic
        assert np.isclose(METRICS["pearson_delta"](truth, answer)[i], expected)
        own, predicted = truth.mean[i] - truth.reference, answer.mean[i] - answer.reference
        expected = pearsonr(own[keep], predicted[keep]).statistic
        assert np.isclose(METRICS["pearson_delta_perturbed"](truth, answer)[i], expected)


@given(SEEDS)
def test_discrimination_is_the_rank_among_all_true_shifts(seed):
    truth, answer = draw(seed)
    keep = truth.pool_mask
    for i, own in enumerate(truth.own):
        shift = (answer.mean[i] - answer.control)[keep]
        distance = [cosine(shift, other[keep]) for other in truth.pool]
        rank = sum(d < distance[own] for d in distance)
        assert np.isclose(METRICS["pds_cosine"](truth, answer)[i], 1 - rank / (POOL - 1))


@given(SEEDS)
def test_differential_precision_is_that_of_scikit_learn_on_tests_of_scipy(seed):
    truth, answer = draw(seed)
    found = METRICS["de_auprc"](truth, answer)
    for i in range(N):
        keep = truth.mask[i]
        p = ttest_ind_from_stats(
            truth.mean[i],
            np.sqrt(truth.variance[i]),
            truth.n_obs[i],
            truth.control,
            np.sqrt(truth.control_variance),
            truth.control_n,
            equal_var=False,
        ).pvalue[keep]
        differs = false_discovery_control(p) < 0.05
        size = np.abs(answer.mean[i] - answer.control)[keep]
        expected = average_precision_score(differs, size) if differs.any() else np.nan
        np.testing.assert_allclose(found[i], expected)


@pytest.mark.parametrize("name", METRICS)
@given(seed=SEEDS)
def test_the_order_of_genes_and_of_conditions_does_not_matter(name, seed):
    truth, answer = draw(seed)
    rng = np.random.default_rng(seed)
    genes, rows = rng.permutation(G), rng.permutation(N)
    turned = Truth(
        mean=truth.mean[rows][:, genes],
        control=truth.control[genes],
        reference=truth.reference[genes],
        mask=truth.mask[rows][:, genes],
        n_obs=truth.n_obs[rows],
        variance=truth.variance[rows][:, genes],
        control_variance=truth.control_variance[genes],
        control_n=truth.control_n,
        pool=truth.pool[:, genes],
        own=truth.own[rows],
        pool_mask=truth.pool_mask[genes],
    )
    turned = with_tests(turned)
    other = Answer(answer.mean[rows][:, genes], answer.control[genes], answer.reference[genes])
    np.testing.assert_allclose(
        METRICS[name](turned, other), METRICS[name](truth, answer)[rows], rtol=1e-9
    )


@pytest.mark.parametrize("name", METRICS)
def test_a_perfect_answer_scores_the_best_value(name):
    truth, _ = draw(3)
    # genes are ranked by shift and called by t: the two agree where all spread alike
    truth = with_tests(replace(truth, variance=np.ones((N, G)), control_variance=np.ones(G)))
    perfect = Answer(truth.mean, truth.control, truth.reference)
    np.testing.assert_allclose(METRICS[name](truth, perfect), METRICS[name].best, atol=1e-12)


@pytest.mark.parametrize("constant", [0.0, 0.7, -1e-3, 1e6])
@pytest.mark.parametrize("name", [n for n, m in METRICS.items() if m.chance is not None])
def test_a_constant_shift_scores_exactly_chance(name, constant):
    truth, answer = draw(5)
    base = answer.reference if name == "pearson_delta_perturbed" else answer.control
    flat = replace(answer, mean=np.tile(base + constant, (N, 1)))
    chance = METRICS[name].chance
    if chance == "prevalence":
        chance = prevalence(truth)
    np.testing.assert_allclose(METRICS[name](truth, flat), chance, rtol=1e-12)


def prevalence(truth: Truth) -> np.ndarray:
    """Share of differential genes: what average precision makes of a total tie."""
    from foretell.stats.differential import differential_genes

    differs = differential_genes(
        truth.mean,
        truth.variance,
        truth.n_obs,
        truth.control,
        truth.control_variance,
        truth.control_n,
        truth.mask,
    )
    return differs.sum(axis=1) / truth.mask.sum(axis=1)


def test_random_answers_score_chance_on_average():
    found: dict[str, list[np.ndarray]] = {"pearson_delta": [], "pds_cosine": []}
    for seed in range(400):
        truth, answer = draw(seed)
        noise = np.random.default_rng([7, seed]).normal(0, 1, (N, G))
        for name in found:
            found[name].append(METRICS[name](truth, replace(answer, mean=answer.control + noise)))
    for name, values in found.items():
        assert abs(np.mean(values) - METRICS[name].chance) < 0.02


@pytest.mark.parametrize("name", METRICS)
def test_without_a_gene_there_is_no_score(name):
    truth, answer = draw(1)
    nothing = replace(truth, mask=np.zeros((N, G), bool), pool_mask=np.zeros(G, bool))
    assert np.isnan(METRICS[name](nothing, answer)).all()


@pytest.mark.parametrize("name", [n for n in METRICS if n != "pds_cosine"])
def test_what_is_masked_does_not_matter(name):
    truth, answer = draw(2)
    hidden = np.where(truth.mask, 0.0, 1e3)
    changed = replace(truth, mean=truth.mean + hidden)
    other = replace(answer, mean=answer.mean - hidden)
    np.testing.assert_allclose(METRICS[name](changed, other), METRICS[name](truth, answer))


@pytest.mark.parametrize("name", METRICS)
def test_every_metric_declares_how_it_is_read(name):
    metric = METRICS[name]
    assert metric.name == name
    assert metric.formula
    assert metric.reference
    assert metric.higher_is_better == (metric.best == 1.0)


def test_label_metrics_ask_what_changes_and_which_way():
    truth = Truth(
        mean=np.array([[1.0, -1.0, 0.0, 0.0, 1.0]]),
        control=np.zeros(5),
        reference=np.zeros(5),
        mask=np.array([[True, True, True, True, False]]),
        n_obs=np.array([1]),
    )
    zero = np.zeros(5)
    right = Answer(np.array([[0.3, -0.2, 0.1, 0.0, -9.0]]), zero, zero)
    wrong_way = Answer(-right.mean, zero, zero)
    assert change_auroc(truth, right) == change_auroc(truth, wrong_way) == 1
    assert direction_auroc(truth, right) == 1
    assert direction_auroc(truth, wrong_way) == 0
    assert change_auroc(truth, Answer(np.array([[0, 0, 0.1, 0.1, 0.0]]), zero, zero)) == 0
