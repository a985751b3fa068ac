import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.metrics import average_precision_score, roc_auc_score

from foretell.stats.ranking import auroc_rows, average_precision_rows, midrank_fraction


def test_the_nearest_scores_one_and_the_farthest_zero():
    D = np.array([[1.0, 2.0, 3.0, 4.0]])
    scores = [midrank_fraction(D, [i])[0] for i in range(4)]
    np.testing.assert_allclose(scores, [1.0, 2 / 3, 1 / 3, 0.0])


def test_ties_count_by_half_and_rounding_makes_no_rank():
    D = np.array([[0.3, 0.3, 0.3], [0.1 + 0.2, 0.3, 0.9], [1.0, 1.0, 2.0]])
    np.testing.assert_allclose(midrank_fraction(D, [1, 0, 2]), [0.5, 0.75, 0.0])


def test_candidates_without_a_distance_are_left_out():
    D = np.array([[np.nan, 1.0, 2.0], [np.nan, 1.0, 2.0], [np.nan, 1.0, np.nan]])
    np.testing.assert_array_equal(midrank_fraction(D, [1, 0, 1]), [1.0, np.nan, np.nan])
    np.testing.assert_array_equal(midrank_fraction([[3.0]], [0]), [np.nan])


def test_infinite_distances_rank_last_and_tie():
    D = np.array([[np.inf, 1.0, np.inf]])
    np.testing.assert_allclose(midrank_fraction(D, [0]), [0.25])


def test_random_distances_score_chance_on_average():
    D = np.random.default_rng(0).random((4000, 9))
    assert abs(midrank_fraction(D, np.zeros(4000, dtype=int)).mean() - 0.5) < 0.02


def test_the_order_of_candidates_does_not_matter():
    rng = np.random.default_rng(0)
    D, order = rng.integers(0, 4, size=(10, 6)).astype(float), rng.permutation(6)
    own = np.full(10, 2)
    moved = np.full(10, np.flatnonzero(order == 2)[0])
    np.testing.assert_array_equal(midrank_fraction(D, own), midrank_fraction(D[:, order], moved))


@pytest.mark.parametrize("own", [[0], [0, 3], [0, -1]])
def test_entries_that_do_not_exist_are_refused(own):
    with pytest.raises(ValueError, match="own"):
        midrank_fraction(np.ones((2, 3)), own)


@settings(max_examples=60, deadline=None)
@given(
    arrays(bool, (3, 15), elements=st.booleans()),
    arrays(float, (3, 15), elements=st.sampled_from([-1.0, 0.0, 0.2, 0.5, 3.0])),
)
def test_average_precision_equals_scikit_learn(labels, scores):
    labels[:, 0] = True
    expected = [average_precision_score(y, s) for y, s in zip(labels, scores, strict=True)]
    np.testing.assert_allclose(average_precision_rows(labels, scores), expected, rtol=1e-12)


def test_constant_scores_give_the_prevalence():
    labels = np.arange(10) < 3
    np.testing.assert_allclose(average_precision_rows([labels], np.ones((1, 10))), [0.3])


def test_only_the_genes_that_count_are_ranked():
    rng = np.random.default_rng(0)
    labels, scores, mask = rng.random((4, 30)) < 0.4, rng.random((4, 30)), rng.random((4, 30)) < 0.5
    expected = [
        average_precision_score(y[m], s[m]) for y, s, m in zip(labels, scores, mask, strict=True)
    ]
    np.testing.assert_allclose(average_precision_rows(labels, scores, mask), expected, rtol=1e-12)
    shared = average_precision_rows(labels, scores, mask[0])
    np.testing.assert_allclose(shared[0], expected[0], rtol=1e-12)


def test_rows_without_a_positive_or_with_a_missing_score_are_nan():
    labels = np.array([[False, False], [True, False], [True, False]])
    scores = np.array([[1.0, 2.0], [np.nan, 1.0], [2.0, 1.0]])
    np.testing.assert_array_equal(average_precision_rows(labels, scores), [np.nan, np.nan, 1.0])


@settings(max_examples=60, deadline=None)
@given(
    arrays(bool, (3, 15), elements=st.booleans()),
    arrays(float, (3, 15), elements=st.sampled_from([-1.0, 0.0, 0.2, 0.5, 3.0])),
    arrays(bool, (3, 15), elements=st.booleans()),
)
def test_the_area_under_the_roc_curve_equals_scikit_learn(labels, scores, mask):
    labels[:, 0], labels[:, 1], mask[:, :2] = True, False, True
    rows = zip(labels, scores, mask, strict=True)
    expected = [roc_auc_score(y[m], s[m]) for y, s, m in rows]
    np.testing.assert_allclose(auroc_rows(labels, scores, mask), expected, rtol=1e-12)


def test_a_row_of_one_class_or_without_a_score_has_no_area():
    labels = [[True, True], [False, False], [True, False]]
    scores = [[1.0, 2.0], [1.0, 2.0], [np.nan, 1.0]]
    assert np.isnan(auroc_rows(labels, scores)).all()
    assert auroc_rows([[True, False]], [[5.0, 5.0]]).tolist() == [0.5]
