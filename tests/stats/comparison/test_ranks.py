"""Ranks: sets that hold all true places at once, ties that conditions cannot break."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from foretell.stats.comparison.ranks import rank_sets
from foretell.stats.comparison.sign_flips import draw_signs, max_t

SEEDS = st.integers(0, 10_000)


def sets_of(scores, higher=True, seed=0, cluster=None, **given):
    cluster = np.arange(len(scores)) if cluster is None else cluster
    signs = draw_signs(int(cluster.max()) + 1, 499, np.random.default_rng(seed))
    return rank_sets(scores, higher, cluster, signs, **given)


def ladder(seed, n=40, steps=(0.0, 0.0, 1.0, 3.0)):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, 1)) * 5 + rng.normal(size=(n, len(steps))) + np.array(steps)


def test_places_follow_from_who_is_better_than_whom():
    found = sets_of(ladder(0))
    np.testing.assert_array_equal(found.lower, 1 + found.better.sum(axis=0))
    np.testing.assert_array_equal(found.upper, 4 - found.better.sum(axis=1))
    assert (found.lower[3], found.upper[3]) == (1, 1)
    assert not (found.better & found.better.T).any()
    assert found.group[3] == 1


@given(SEEDS)
def test_the_direction_of_the_score_and_the_order_of_models_do_not_matter(seed):
    scores = ladder(seed)
    found, turned = sets_of(scores), sets_of(-scores, higher=False)
    order = np.random.default_rng(seed).permutation(4)
    shuffled = sets_of(scores[:, order])
    for name in ("lower", "upper", "group"):
        np.testing.assert_array_equal(getattr(found, name), getattr(turned, name))
        np.testing.assert_array_equal(getattr(found, name)[order], getattr(shuffled, name))


@given(SEEDS)
def test_equal_models_share_their_places_to_rounding(seed):
    good = np.random.default_rng(seed).normal(size=25)
    found = sets_of(np.column_stack([good - 3, good, good * (1 + 1e-15)]))
    np.testing.assert_array_equal(found.lower, [3, 1, 1])
    np.testing.assert_array_equal(found.upper, [3, 2, 2])
    np.testing.assert_array_equal(found.group, [2, 1, 1])


def test_the_leader_of_a_group_decides_who_joins():
    n, rng = 200, np.random.default_rng(1)
    noise = rng.normal(size=(n, 3))
    noise = (noise - noise.mean(axis=0)) / noise.std(axis=0)
    found = sets_of(noise + [0.0, 0.17, 0.45])
    assert found.better[2, 0]
    assert not found.better[1, 0]
    assert found.group[2] == 1
    assert found.group[0] == (2 if not found.better[2, 1] else found.group[1])


def test_missing_scores_are_compared_where_both_exist_and_no_score_has_no_place():
    scores = ladder(2)
    scores[:10, 3], scores[:, 0] = np.nan, np.nan
    found = sets_of(scores)
    assert np.isnan([found.lower[0], found.upper[0]]).all()
    assert found.group[0] == 0
    assert (found.lower[3], found.upper[1]) == (1, 3)
    scores[5:, 2] = np.nan  # shares five conditions with the others: nothing can be said
    found = sets_of(scores)
    assert (found.lower[2], found.upper[2]) == (1, 3)


def test_fewer_than_eight_clusters_allow_no_verdict_however_many_conditions():
    scores = ladder(3, n=42)
    assert sets_of(scores, cluster=np.arange(42) % 7) is None
    assert sets_of(scores, cluster=np.arange(42) % 8) is not None
    assert sets_of(scores[:7]) is None


def test_adjusted_p_values_of_two_models_are_those_of_one_two_sided_test():
    scores = ladder(4, steps=(0.0, 0.4))
    signs = draw_signs(40, 499, np.random.default_rng(0))
    found = rank_sets(scores, True, np.arange(40), signs)
    difference = (scores[:, 0] - scores[:, 1])[:, None]
    expected = max_t([(difference, np.arange(40))], [signs]).adjusted[0][0]
    assert found.adjusted[1, 0] == pytest.approx(expected)
    assert found.adjusted[0, 1] > 0.5


def test_all_places_are_held_at_once_as_often_as_the_level_says():
    rng = np.random.default_rng(5)
    held, sharp = [], []
    truth = np.array([0.0, 0.0, 0.0, 0.8, 0.8, 1.6])
    low = 1 + (truth[:, None] < truth).sum(axis=1)
    high = 6 - (truth[:, None] > truth).sum(axis=1)
    for _ in range(200):
        scores = 2 * rng.normal(size=(25, 1)) + rng.normal(size=(25, 6)) + truth
        found = sets_of(scores, seed=int(rng.integers(1 << 30)))
        held.append(bool((found.lower <= low).all() and (found.upper >= high).all()))
        sharp.append(found.upper[5] == 1)
    assert np.mean(held) >= 0.95 - 2 * np.sqrt(0.05 * 0.95 / 200)
    assert np.mean(sharp) > 0.25
