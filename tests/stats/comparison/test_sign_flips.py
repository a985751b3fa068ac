"""Sign flips: exact where they can be listed, right in level, and strong against many looks."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import permutation_test, ttest_1samp

from foretell.stats.comparison.sign_flips import (
    all_signs,
    draw_signs,
    flipped_t,
    max_t,
    sign_flip_test,
)

SEEDS = st.integers(0, 10_000)


def generator(seed=0):
    return np.random.default_rng(seed)


@given(SEEDS)
def test_few_clusters_are_enumerated(seed):
    rng = generator(seed)
    x = rng.integers(-3, 4, 10).astype(float)  # ties and zeros
    cluster = np.concatenate([np.arange(6), rng.integers(0, 6, 4)])
    sums = np.array([x[cluster == c].sum() for c in range(6)])
    reached = [abs(np.dot(s, sums)) >= abs(sums.sum()) - 1e-9 for s in product([1, -1], repeat=6)]
    found = sign_flip_test(x, cluster, 10, generator())
    assert found.p[0] == pytest.approx(np.mean(reached))
    assert found.n_clusters[0] == 6


def test_singletons_give_the_permutation_test_of_scipy():
    x = generator(1).normal(0.4, 1.0, 11)
    expected = permutation_test(
        (x, np.zeros_like(x)),
        lambda a, b: np.mean(a - b),
        permutation_type="samples",
        n_resamples=np.inf,
    ).pvalue
    assert sign_flip_test(x, np.arange(11), 10, generator()).p[0] == pytest.approx(expected)


def test_the_statistic_is_students_t_and_its_p_is_close_to_students():
    x = generator(2).normal(0.3, 1.0, (60, 3))
    found = sign_flip_test(x, np.arange(60), 20_000, generator())
    student = ttest_1samp(x, 0.0)
    np.testing.assert_allclose(found.statistic, student.statistic, rtol=1e-12)
    np.testing.assert_allclose(found.p, student.pvalue, atol=0.01)


def test_no_p_value_is_zero_and_equal_methods_have_one():
    x = np.column_stack([np.ones(40), np.zeros(40), np.full(40, np.nan)])
    found = sign_flip_test(x, np.arange(40), 999, generator())
    assert found.p[0] == pytest.approx(1 / 1000)
    assert found.p[1] == 1.0
    assert np.isnan(found.p[2])


def test_more_contexts_of_the_same_perturbations_do_not_lower_a_p_value():
    x = generator(3).normal(0.5, 1.0, 10)
    once = sign_flip_test(x, np.arange(10), 10, generator()).p
    often = sign_flip_test(np.tile(x, 5), np.tile(np.arange(10), 5), 10, generator()).p
    assert once[0] == pytest.approx(often[0])
    assert sign_flip_test(np.tile(x, 5), np.arange(50), 999, generator()).p[0] < once[0]


def test_the_flips_that_are_listed_are_all_there_are():
    signs = all_signs(4)
    both = {tuple(row) for row in np.vstack([signs, -signs])}
    assert len(signs) == 8
    assert both == set(product([1.0, -1.0], repeat=4))
    assert (signs[0] == 1).all()
    assert (draw_signs(20, 5, generator())[0] == 1).all()


def slow_step_down(t):
    """Adjusted p-values from a table of |t| under flips, straight from the definition."""
    order = np.argsort(-t[0], kind="stable")
    adjusted, largest = np.empty(t.shape[1]), 0.0
    for j, column in enumerate(order):
        maxima = t[:, order[j:]].max(axis=1)
        largest = max(largest, (maxima >= t[0, column] * (1 - 1e-9)).mean())
        adjusted[column] = largest
    return adjusted


@given(SEEDS)
def test_step_down_follows_its_definition_over_blocks_flipped_independently(seed):
    rng = generator(seed)
    blocks, signs = [], []
    for n, m in ((20, 3), (12, 2)):
        blocks.append((rng.normal(0.3, 1, (n, m)), np.arange(n)))
        signs.append(draw_signs(n, 199, rng))
    found = max_t(blocks, signs)
    t = np.abs(np.hstack([flipped_t(x, c, s)[0] for (x, c), s in zip(blocks, signs, strict=True)]))
    np.testing.assert_allclose(np.concatenate(found.adjusted), slow_step_down(t))
    for p, adjusted in zip(found.p, found.adjusted, strict=True):
        assert (adjusted >= p - 1e-12).all()


def test_one_hypothesis_needs_no_adjustment():
    x = generator(4).normal(0.3, 1, 30)[:, None]
    found = max_t([(x, np.arange(30))], [draw_signs(30, 499, generator())])
    np.testing.assert_array_equal(found.adjusted[0], found.p[0])


def test_identical_metrics_cost_nothing():
    """Max-T knows that thirty copies of one metric are one look; Bonferroni does not."""
    x = generator(5).normal(0.5, 1, 40)[:, None]
    signs = [draw_signs(40, 999, generator())]
    alone = max_t([(x, np.arange(40))], signs)
    copies = max_t([(np.tile(x, 30), np.arange(40))], signs)
    np.testing.assert_allclose(copies.adjusted[0], alone.p[0][0])


def test_what_has_too_few_clusters_has_no_test_and_costs_the_others_nothing():
    x = generator(6).normal(1, 1, (30, 2))
    x[5:, 1] = np.nan
    signs = [draw_signs(30, 499, generator())]
    found = max_t([(x, np.arange(30))], signs, fewest=8)
    assert np.isnan(found.adjusted[0][1])
    assert found.adjusted[0][0] == max_t([(x[:, :1], np.arange(30))], signs).adjusted[0][0]
    assert max_t([], []).adjusted == []


def test_the_level_of_a_family_holds_where_some_hypotheses_are_true_and_some_are_not():
    """Strong control: correlated metrics, one of three data sets with a real difference."""
    rng = generator(7)
    false_claims, found_true = 0, 0
    repeats = 300
    for _ in range(repeats):
        blocks, signs = [], []
        for effect in (1.0, 0.0, 0.0):
            shared = rng.normal(size=(20, 1))
            x = 0.7 * shared + 0.7 * rng.normal(size=(20, 4))
            x[:, :2] += effect
            blocks.append((x, np.arange(20)))
            signs.append(draw_signs(20, 199, rng))
        adjusted = max_t(blocks, signs).adjusted
        true = np.concatenate([adjusted[0][2:], adjusted[1], adjusted[2]])
        false_claims += bool((true <= 0.05).any())
        found_true += bool((adjusted[0][:2] <= 0.05).all())
    assert false_claims / repeats <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / repeats)
    assert found_true / repeats > 0.6
