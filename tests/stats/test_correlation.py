import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import cdist

from foretell.stats import correlation
from foretell.stats.correlation import cosine_distance_rows, cosine_distances, pearson_rows


def rows(n=7, g=20, seed=0):
    rng = np.random.default_rng(seed)
    a = rng.normal(size=(n, g)) + 5
    return a, 0.5 * a + rng.normal(size=(n, g)), rng.random((n, g)) < 0.6


def test_pearson_equals_numpy_on_the_genes_that_count():
    a, b, mask = rows()
    r, valid = pearson_rows(a, b, mask)
    expected = [np.corrcoef(x[m], y[m])[0, 1] for x, y, m in zip(a, b, mask, strict=True)]
    np.testing.assert_allclose(r, expected, rtol=1e-12)
    assert valid.all()
    np.testing.assert_allclose(pearson_rows(a, b, mask[0])[0][0], expected[0], rtol=1e-12)


def test_rows_are_compared_in_blocks(monkeypatch):
    a, b, mask = rows()
    whole = pearson_rows(a, b, mask)[0]
    monkeypatch.setattr(correlation, "BLOCK_VALUES", 45)
    np.testing.assert_allclose(pearson_rows(a, b, mask)[0], whole, rtol=1e-14)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("level", [0.0, 0.1, -1e8, 1e30])
def test_a_constant_row_has_no_correlation(level, dtype):
    a, b, _ = rows(g=1001)
    a[2] = level
    for first, second in ((a, b), (b, a)):
        r, valid = pearson_rows(first.astype(dtype), second.astype(dtype))
        assert np.isnan(r[2])
        np.testing.assert_array_equal(valid, np.arange(7) != 2)


def test_a_small_spread_on_a_large_mean_is_no_constant():
    a, b, _ = rows()
    r, valid = pearson_rows(a * 1e-4 + 1e4, b)
    assert valid.all()
    np.testing.assert_allclose(r, pearson_rows(a, b)[0], atol=1e-7)


def test_too_few_genes_or_counted_nan_are_not_valid():
    a, b, mask = rows()
    mask[0], mask[1] = False, np.arange(20) == 3
    mask[2:] = True
    a[3, 0] = np.nan
    _, valid = pearson_rows(a, b, mask)
    np.testing.assert_array_equal(valid, [False, False, True, False, True, True, True])
    mask[3, 0] = False
    assert pearson_rows(a, b, mask)[1][3]


@settings(max_examples=30, deadline=None)
@given(st.floats(1e-3, 1e3), st.floats(-1e3, 1e3), st.integers(0, 1000))
def test_pearson_ignores_scale_shift_and_the_order_of_genes(scale, shift, seed):
    a, b, mask = rows(seed=seed)
    order = np.random.default_rng(seed).permutation(20)
    r = pearson_rows(a, b, mask)[0]
    changed = pearson_rows(a[:, order] * scale + shift, b[:, order], mask[:, order])[0]
    np.testing.assert_allclose(changed, r, atol=1e-8)
    assert (np.abs(r) <= 1).all()


def test_cosine_of_rows_equals_scipy():
    a, b, mask = rows()
    distance, valid = cosine_distance_rows(a, b, mask)
    expected = np.diagonal(cdist(a * mask, b * mask, "cosine"))
    np.testing.assert_allclose(distance, expected, rtol=1e-10)
    assert valid.all()


def test_a_row_of_zeros_has_no_direction():
    a, b, _ = rows()
    a[1] = 0
    distance, valid = cosine_distance_rows(a, b)
    assert np.isnan(distance[1])
    np.testing.assert_array_equal(valid, np.arange(7) != 1)
    np.testing.assert_array_equal(cosine_distances(a, b)[1], 1.0)
    np.testing.assert_array_equal(cosine_distances(b, a)[:, 1], 1.0)


def test_all_pairs_count_the_genes_of_the_first_row():
    a, b, mask = rows()
    distances = cosine_distances(a, b, mask)
    for i in range(7):
        expected = cdist(a[i : i + 1, mask[i]], b[:, mask[i]], "cosine")[0]
        np.testing.assert_allclose(distances[i], expected, rtol=1e-10)
        np.testing.assert_allclose(cosine_distances(a[i], b, mask[i]), expected, rtol=1e-10)
    np.testing.assert_allclose(cosine_distances(a, b), cdist(a, b, "cosine"), rtol=1e-10)


def test_nan_is_harmless_where_it_does_not_count():
    a, b, mask = rows()
    b[4, 2] = np.nan
    mask[0, 2], mask[1, 2] = False, True
    distances = cosine_distances(a, b, mask)
    assert np.isfinite(distances[0]).all()
    np.testing.assert_array_equal(np.isnan(distances[1]), np.arange(7) == 4)


@pytest.mark.parametrize("compare", [pearson_rows, cosine_distance_rows, cosine_distances])
def test_rows_of_different_genes_are_refused(compare):
    with pytest.raises(ValueError, match="cannot be compared"):
        compare(np.ones((2, 3)), np.ones((2, 4)))


@given(st.integers(0, 10_000), st.integers(0, 9), st.integers(1, 600))
def test_manhattan_distances_are_those_of_scipy(seed, m, g):
    from scipy.spatial.distance import cdist

    from foretell.stats.correlation import manhattan_distances

    rng = np.random.default_rng(seed)
    A, B = rng.normal(size=(3, g)), rng.normal(size=(m, g))
    np.testing.assert_allclose(manhattan_distances(A, B), cdist(A, B, "cityblock"), rtol=1e-12)


def test_manhattan_distances_refuse_rows_of_other_lengths():
    from foretell.stats.correlation import manhattan_distances

    with pytest.raises(ValueError, match="cannot be compared"):
        manhattan_distances(np.zeros((2, 3)), np.zeros((2, 4)))


def test_what_is_left_without_a_direction_is_orthogonal_to_it():
    from foretell.stats.correlation import without_direction

    rng = np.random.default_rng(0)
    values, direction = rng.normal(size=(2, 4, 10))
    direction[1] = 0.0
    values[2] = -3.0 * direction[2]
    rest, is_lost = without_direction(values, direction)
    np.testing.assert_allclose((rest * direction).sum(axis=1), 0.0, atol=1e-12)
    np.testing.assert_array_equal(rest[1], values[1])
    assert is_lost.tolist() == [False, False, True, False]
