"""Metrics on cells: against slow formulas, unmoved by what does not count, best where they say."""

from __future__ import annotations

import gc
from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.distance import cdist
from scipy.stats import ks_2samp, ttest_ind, wasserstein_distance

from foretell.contract.truths import example_truth, noisy, perfect, shifted
from foretell.core.errors import ForetellError
from foretell.core.metric import Answer, Truth
from foretell.core.population import Population
from foretell.core.registry import find
from foretell.metrics.cells import populations
from foretell.stats.distances.mmd import GAMMAS
from foretell.stats.distances.sinkhorn import sinkhorn_divergence

NAMES = [
    *("edistance", "edistance_v", "mmd_median", "mmd_fixed", "mmd_linear", "sliced_wasserstein"),
    *("sinkhorn", "wasserstein_1d", "ks", "kl_gaussian", "t_distance", "edistance_corr"),
    *("variance_error", "zero_fraction_error", "gene_correlation_error", "c2st", "knn_mixing"),
]
METRICS = {name: find("metrics")[name] for name in NAMES}
# a copy of the true cells scores better than fresh cells can: these are best in expectation
EXPECTED = ("edistance", "mmd_median", "mmd_fixed", "mmd_linear", "c2st", "knn_mixing")
ON_PANEL = ("wasserstein_1d", "ks", "kl_gaussian", "t_distance", "gene_correlation_error")


def population(rng, sizes, d, shift=0.0, columns=None, n_control=30, scale=1.0):
    """Cells of conditions of the given sizes."""
    row = np.repeat(np.arange(len(sizes)), sizes)
    X = scale * rng.normal(size=(len(row), d)) + shift
    return Population(X, row, rng.normal(size=(n_control, d)), columns)


def draw(seed=0, g=12, true_sizes=(20, 15, 1, 0, 9), sizes=(25, 12, 8, 6, 0)):
    """A truth and an answer of five conditions; some have one cell, or none."""
    rng = np.random.default_rng(seed)
    n, columns = len(sizes), np.array([0, 2, 3, 5, 7, 8])
    truth = Truth(
        mean=rng.normal(size=(n, g)),
        control=rng.normal(size=g),
        reference=rng.normal(size=g),
        mask=rng.random((n, g)) < 0.8,
        n_obs=np.array(true_sizes),
        variance=rng.gamma(1, 1, (n, g)),
        detected=rng.random((n, g)),
        control_variance=rng.gamma(1, 1, g),
        control_n=30,
        cells=population(rng, true_sizes, 4),
        panel=population(rng, true_sizes, 6, columns=columns),
    )
    answer = Answer(
        truth.mean + rng.normal(size=(n, g)),
        truth.control,
        truth.reference,
        variance=rng.gamma(1, 1, (n, g)),
        detected=rng.random((n, g)),
        cells=population(rng, sizes, 4, 0.5),
        panel=population(rng, sizes, 6, 0.5, columns, scale=1.5),
    )
    return truth, answer


def both(truth, answer, i, space="cells"):
    return getattr(truth, space).of(i), getattr(answer, space).of(i)


def u_and_v(K, n):
    """U and V of a distance matrix of n true and further predicted cells."""
    A, B, C = K[:n, :n], K[n:, n:], K[:n, n:]
    m = len(K) - n
    v = 2 * C.mean() - A.mean() - B.mean()
    within = (M.sum() - np.trace(M) for M in (A, B))
    u = 2 * C.mean() - sum(w / (k * (k - 1)) for w, k in zip(within, (n, m), strict=True))
    return u, v


def test_e_distances_and_kernels_are_those_of_full_matrices():
    truth, answer = draw()
    control = cdist(truth.cells.control, truth.cells.control)
    width = np.median(control[np.triu_indices(30, 1)])
    kernels = {
        "edistance": lambda D: D,
        "mmd_median": lambda D: -np.exp(-(D**2) / (2 * width**2)),
        "mmd_fixed": lambda D: -np.mean([np.exp(-g * D**2) for g in GAMMAS], axis=0),
        "mmd_linear": lambda D: D**2 / 2,
    }
    for name, kernel in kernels.items():
        found = METRICS[name](truth, answer)
        for i in (0, 1):
            x, y = both(truth, answer, i)
            Z = np.vstack([x, y])
            u, v = u_and_v(kernel(cdist(Z, Z)), len(x))
            assert found[i] == pytest.approx(u, rel=1e-9), name
            if name == "edistance":
                assert METRICS["edistance_v"](truth, answer)[i] == pytest.approx(v, rel=1e-9)
        assert np.isnan(found[2:]).all(), name
    assert list(np.isnan(METRICS["edistance_v"](truth, answer))) == [False] * 3 + [True] * 2


def test_single_genes_are_compared_by_the_formulas_of_scipy():
    truth, answer = draw(1)
    for i in (0, 1, 2):
        keep = truth.mask[i, truth.panel.columns]
        x, y = (cells[:, keep] for cells in both(truth, answer, i, "panel"))
        pairs = list(zip(x.T, y.T, strict=True))
        transport = np.mean([wasserstein_distance(*pair) for pair in pairs])
        assert METRICS["wasserstein_1d"](truth, answer)[i] == pytest.approx(transport)
        apart = np.mean([ks_2samp(*pair, method="exact").statistic for pair in pairs])
        assert METRICS["ks"](truth, answer)[i] == pytest.approx(apart)
        if i == 2:
            continue
        v, w = x.var(axis=0, ddof=1), y.var(axis=0, ddof=1)
        floor = 0.01 * v.mean()
        t = np.abs(x.mean(axis=0) - y.mean(axis=0)) / np.sqrt(
            (v + floor) / len(x) + (w + floor) / len(y)
        )
        assert METRICS["t_distance"](truth, answer)[i] == pytest.approx(t.mean())
        plain = np.abs(ttest_ind(x, y, equal_var=False).statistic).mean()
        assert t.mean() == pytest.approx(plain, rel=0.02)
        d2 = (x.mean(axis=0) - y.mean(axis=0)) ** 2
        a, b = v + floor, w + floor
        kl = 0.5 * (a / b + b / a + d2 / a + d2 / b) - 1
        assert METRICS["kl_gaussian"](truth, answer)[i] == pytest.approx(kl.mean())
    assert np.isnan(METRICS["ks"](truth, answer)[3:]).all()
    assert np.isnan(METRICS["kl_gaussian"](truth, answer)[2:]).all()


def test_spread_is_compared_gene_by_gene():
    truth, answer = draw(2)
    truth.variance[0, :4], answer.variance[0, :2] = 0, 0
    for i in range(5):
        keep = truth.mask[i]
        v, w = truth.variance[i][keep], answer.variance[i][keep]
        ratio = np.log(w[(v > 0) & (w > 0)] / v[(v > 0) & (w > 0)])
        worst = int(((v > 0) != (w > 0)).sum())
        expected = (np.tanh(np.abs(ratio) / 2).sum() + worst) / (len(ratio) + worst)
        assert METRICS["variance_error"](truth, answer)[i] == pytest.approx(expected)
        zeros = np.abs(truth.detected[i] - answer.detected[i])[keep].mean()
        assert METRICS["zero_fraction_error"](truth, answer)[i] == pytest.approx(zeros)


def test_correlations_are_compared_pair_by_pair():
    truth, answer = draw(3)
    truth.mask[:, truth.panel.columns[:4]] = True
    answer.panel.X[:25, 1] = 3.0
    found = METRICS["gene_correlation_error"](truth, answer)
    for i in (0, 1):
        keep = truth.mask[i, truth.panel.columns]
        x, y = (cells[:, keep] for cells in both(truth, answer, i, "panel"))
        with np.errstate(invalid="ignore"):
            A, B = np.corrcoef(x.T), np.nan_to_num(np.corrcoef(y.T))
        at = np.triu_indices(len(A), 1)
        assert found[i] == pytest.approx(np.sqrt(((A - B)[at] ** 2).mean()))
    assert np.isnan(found[2:]).all()


def test_transport_and_classifier_are_those_of_the_statistics():
    truth, answer = draw(4)
    control = cdist(truth.cells.control, truth.cells.control)
    epsilon = 0.1 * np.median(control[np.triu_indices(30, 1)]) ** 2
    for i in (0, 1):
        x, y = both(truth, answer, i)
        expected = sinkhorn_divergence(x, y, epsilon=epsilon).divergence
        assert METRICS["sinkhorn"](truth, answer)[i] == pytest.approx(expected, rel=1e-6)
        assert 0.3 < METRICS["c2st"](truth, answer)[i] < 1
    even = replace(
        answer, cells=Population(truth.cells.X + 9, truth.cells.row, truth.cells.control)
    )
    np.testing.assert_allclose(METRICS["sliced_wasserstein"](truth, even)[:3], 9, rtol=0.1)
    assert METRICS["c2st"](truth, even)[0] == 1
    assert METRICS["knn_mixing"](truth, even)[0] == 0


def test_effect_sizes_are_correlated_by_the_jackknife():
    rng = np.random.default_rng(5)
    sizes = (30, 20, 25, 0, 15, 40)
    strength = np.array([0.0, 1.0, 2.0, 0.0, 3.0, 0.5])
    truth, answer = draw(5, true_sizes=sizes, sizes=sizes)
    row = truth.cells.row
    truth = replace(truth, cells=replace(truth.cells, X=truth.cells.X + strength[row, None]))
    said = strength * [1, 0.5, 1.5, 1, 1, 4]
    answer = replace(
        answer, cells=replace(answer.cells, X=rng.normal(size=(130, 4)) + said[row, None])
    )
    sizes_of = [
        [u_and_v(cdist(Z, Z), len(Z) - 30)[0] for Z in
         (np.vstack([cells.of(i), cells.control]) for i in (0, 1, 2, 4, 5))]
        for cells in (truth.cells, answer.cells)
    ]  # fmt: skip
    found = METRICS["edistance_corr"](truth, answer)
    assert np.isnan(found[3])
    assert np.nanmean(found) == pytest.approx(np.corrcoef(*sizes_of)[0, 1], rel=1e-9)
    flat = shifted(example_truth(), 0.3)
    np.testing.assert_array_equal(METRICS["edistance_corr"](example_truth(), flat), 0.0)


@pytest.mark.parametrize("name", EXPECTED)
def test_fresh_cells_of_the_true_population_score_best_on_average(name):
    rng = np.random.default_rng(6)
    truth, answer = draw(6, true_sizes=(24,) * 40, sizes=(30,) * 40)
    answer = replace(answer, cells=population(rng, (30,) * 40, 4))
    scores = METRICS[name](truth, answer)
    assert abs(scores.mean() - METRICS[name].best) < 4 * scores.std() / np.sqrt(40)


@pytest.mark.parametrize("name", EXPECTED)
def test_halves_of_the_true_cells_score_best_on_average(name):
    rng = np.random.default_rng(7)
    truth, answer = draw(7, true_sizes=(60,), sizes=(60,))
    scores = []
    for _ in range(200):
        first = rng.permutation(60)[:30]
        second = np.setdiff1d(np.arange(60), first)
        parts = [replace(truth.cells, X=truth.cells.X[at], row=np.zeros(30, int))
                 for at in (first, second)]  # fmt: skip
        half = replace(truth, cells=parts[0]), replace(answer, cells=parts[1])
        scores.append(METRICS[name](*half)[0])
    assert abs(np.mean(scores) - METRICS[name].best) < 4 * np.std(scores) / np.sqrt(200)


@pytest.mark.parametrize("name", [n for n in NAMES if n not in EXPECTED])
def test_the_true_cells_themselves_score_best(name):
    truth = example_truth()
    scores = METRICS[name](truth, perfect(truth))
    np.testing.assert_allclose(scores, METRICS[name].best, atol=1e-12)


@pytest.mark.parametrize("name", NAMES)
def test_without_a_gene_there_is_no_score(name):
    truth, answer = draw()
    nothing = replace(truth, mask=np.zeros_like(truth.mask))
    assert np.isnan(METRICS[name](nothing, answer)).all()


@pytest.mark.parametrize("name", ON_PANEL)
def test_what_is_masked_on_the_panel_does_not_matter(name):
    truth, answer = draw(8)
    hidden = ~truth.mask[:, truth.panel.columns]
    changed = replace(answer.panel, X=answer.panel.X + 7.0 * hidden[answer.panel.row])
    again = METRICS[name](truth, replace(answer, panel=changed))
    np.testing.assert_allclose(again, METRICS[name](truth, answer))


def test_a_model_that_draws_no_cells_has_no_spread_but_a_distance():
    truth, answer = draw(9)
    moved = replace(answer.panel, sampled=False)
    silent = replace(answer, variance=None, detected=None, panel=moved)
    for name in ("variance_error", "zero_fraction_error", "gene_correlation_error"):
        assert np.isnan(METRICS[name](truth, silent)).all()
    assert np.isfinite(METRICS["ks"](truth, silent)[:2]).all()


def test_without_cells_the_error_says_what_to_do():
    truth, answer = draw()
    for name in NAMES:
        with pytest.raises(ForetellError, match="use a metric on means"):
            METRICS[name](
                replace(truth, cells=None, panel=None, variance=None, detected=None), answer
            )


@pytest.mark.parametrize(
    "name", [n for n in NAMES if n not in ("variance_error", "zero_fraction_error")]
)
def test_moved_controls_score_as_if_they_were_any_cells(name):
    truth, _ = draw(10, true_sizes=(20, 15, 9, 12, 8), sizes=(30,) * 5)
    rng = np.random.default_rng(11)

    def moved(sampled):
        made = {}
        for space, columns in (("cells", None), ("panel", truth.panel.columns)):
            control = getattr(truth, space).control
            X = (control + steps[space][:, None]).reshape(-1, control.shape[1])
            made[space] = Population(X, np.repeat(np.arange(5), 30), control, columns, sampled)
        return replace(perfect(truth), **made)

    steps = {"cells": rng.normal(size=(5, 4)), "panel": rng.normal(size=(5, 6))}
    found = METRICS[name](truth, moved(False))
    expected = METRICS[name](truth, moved(True))
    if name == "gene_correlation_error":
        assert np.isnan(found).all()
    else:
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)


def test_what_is_remembered_is_forgotten_with_the_population():
    gc.collect()
    before = len(populations._KNOWN)
    truth, answer = draw(12)
    first = [METRICS[name](truth, answer) for name in NAMES]
    again = [METRICS[name](truth, answer) for name in NAMES]
    np.testing.assert_array_equal(np.array(first), np.array(again))
    assert len(populations._KNOWN) == before + 4
    del truth, answer
    gc.collect()
    assert len(populations._KNOWN) == before


def test_more_noise_never_helps():
    truth = example_truth()
    rng = np.random.default_rng(13)
    for name in NAMES[:12] + NAMES[-2:]:
        sign = 1 if METRICS[name].higher_is_better else -1
        little, much = (
            np.mean([METRICS[name](truth, noisy(perfect(truth), size, rng)) for _ in range(3)])
            for size in (0.1, 2.0)
        )
        assert sign * (little - much) > 0, name


def test_few_cells_look_far_by_v_and_not_by_u():
    rng = np.random.default_rng(14)
    truth, answer = draw(14, true_sizes=(5,) * 60 + (100,) * 60, sizes=(50,) * 120)
    answer = replace(answer, cells=population(rng, (50,) * 120, 4))
    u, v = (METRICS[name](truth, answer).reshape(2, 60) for name in ("edistance", "edistance_v"))
    assert v[0].mean() > 5 * v[1].mean()
    assert abs(u[0].mean() - u[1].mean()) < 4 * u[0].std() / np.sqrt(60)


def test_who_is_thinned_out_does_not_depend_on_the_order_of_conditions():
    truth, answer = draw(15)
    order = np.array([4, 1, 0, 3, 2])
    for name in ("c2st", "knn_mixing", "sinkhorn"):
        turned = METRICS[name](
            replace(truth, mask=truth.mask[order], mean=truth.mean[order],
                    cells=truth.cells.select(order)),
            replace(answer, cells=answer.cells.select(order)),
        )  # fmt: skip
        np.testing.assert_array_equal(turned, METRICS[name](truth, answer)[order])
