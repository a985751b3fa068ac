import numpy as np
import pytest
import scipy.sparse as sp

from foretell.core.moments import GroupMoments

BACKENDS = ["numba", "scipy"]


def counts(n=60, g=9, groups=5, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.poisson(0.8, size=(n, g)).astype(np.float32)
    codes = rng.integers(-1, groups - 1, size=n)  # the last group stays empty
    codes[:2] = groups - 2
    return X, codes


def naive(X, codes, groups):
    """Mean, variance and measured values, one group and gene at a time."""
    mean = np.full((groups, X.shape[1]), np.nan)
    variance, measured = mean.copy(), np.zeros(mean.shape, dtype=int)
    for i in range(groups):
        for j in range(X.shape[1]):
            x = X[codes == i, j].astype(np.float64)
            x = x[~np.isnan(x)]
            measured[i, j] = len(x)
            if len(x) > 0:
                mean[i, j] = x.mean()
            if len(x) > 1:
                variance[i, j] = x.var(ddof=1)
    return mean, variance, measured


def stream(X, codes, groups, step=1000, **settings):
    moments = GroupMoments(groups, X.shape[1], **settings)
    for start in range(0, X.shape[0], step):
        moments.add(X[start : start + step], codes[start : start + step])
    return moments


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("form", [np.asarray, sp.csr_matrix, sp.csr_array, sp.csc_matrix])
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int32, np.uint16])
def test_moments_equal_a_plain_loop(backend, form, dtype):
    X, codes = counts()
    moments = stream(form(X.astype(dtype)), codes, 5, step=17, backend=backend)
    mean, variance, measured = naive(X, codes, 5)
    np.testing.assert_allclose(moments.mean, mean, rtol=1e-13)
    np.testing.assert_allclose(moments.variance, variance, rtol=1e-12, atol=1e-14)
    np.testing.assert_array_equal(moments.n, np.bincount(codes[codes >= 0], minlength=5))
    np.testing.assert_array_equal(moments.measured, measured)
    assert np.isnan(moments.mean[4]).all()


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("form", [np.asarray, sp.csr_array])
def test_values_that_were_not_measured_are_left_out_and_counted(backend, form):
    X, codes = counts()
    rng = np.random.default_rng(1)
    X[rng.random(X.shape) < 0.3] = np.nan
    X[codes == 0, 0] = np.nan
    moments = stream(form(X), codes, 5, step=7, nan_aware=True, backend=backend)
    sums = stream(form(X), codes, 5, step=7, nan_aware=True, squares=False, backend=backend)
    mean, variance, measured = naive(X, codes, 5)
    np.testing.assert_allclose(moments.mean, mean, rtol=1e-13)
    np.testing.assert_allclose(sums.mean, mean, rtol=1e-13)
    np.testing.assert_allclose(moments.variance, variance, rtol=1e-12, atol=1e-14)
    np.testing.assert_array_equal(moments.measured, measured)
    np.testing.assert_array_equal(sums.measured, measured)


@pytest.mark.parametrize("backend", BACKENDS)
def test_missing_values_spread_unless_asked_for(backend):
    X = np.array([[1.0, np.nan], [3.0, 1.0]])
    moments = stream(X, np.zeros(2, dtype=int), 1, backend=backend)
    np.testing.assert_array_equal(moments.mean, [[2.0, np.nan]])
    np.testing.assert_array_equal(moments.variance, [[2.0, np.nan]])


@pytest.mark.parametrize("form", [np.asarray, sp.csr_array])
@pytest.mark.parametrize("step", [1, 13, 1000])
def test_chunks_and_sparsity_do_not_change_a_single_bit(form, step):
    rng = np.random.default_rng(2)
    X = rng.normal(size=(80, 6)) * (rng.random((80, 6)) < 0.5)
    codes = rng.integers(-1, 3, size=80)
    whole = stream(X, codes, 3, backend="numba")
    parts = stream(form(X), codes, 3, step=step, backend="numba")
    np.testing.assert_array_equal(parts.mean, whole.mean)
    np.testing.assert_array_equal(parts.variance, whole.variance)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("form", [np.asarray, sp.csr_array])
@pytest.mark.parametrize("mean", [1e6, 1e9])
def test_variance_survives_a_mean_far_above_the_spread(backend, form, mean):
    rng = np.random.default_rng(3)
    codes = rng.integers(0, 2, size=3000)
    X = rng.normal(size=(3000, 2)) + mean * (1 + codes[:, None])
    moments = stream(form(X), codes, 2, step=250, backend=backend)
    _, variance, _ = naive(X, codes, 2)
    np.testing.assert_allclose(moments.variance, variance, rtol=1e-7 if mean < 1e8 else 1e-4)


@pytest.mark.parametrize("backend", BACKENDS)
def test_zeros_beside_a_large_mean_are_joined_exactly(backend):
    X = np.array([[0.0], [1e8 + 1], [1e8 - 1], [0.0], [0.0]])
    codes = np.array([0, 1, 1, 0, 1])
    moments = stream(sp.csr_array(X), codes, 2, step=2, backend=backend)
    np.testing.assert_allclose(moments.variance, naive(X, codes, 2)[1], rtol=1e-14)


def test_sums_of_counts_are_exact():
    X, codes = counts(n=500)
    moments = stream(sp.csr_array(X), codes, 5, step=37)
    expected = np.array([X[codes == i].sum(axis=0, dtype=np.int64) for i in range(5)])
    np.testing.assert_array_equal(moments.sums, expected)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("squares", [True, False])
def test_entries_stored_twice_or_as_zeros_count_once(backend, squares):
    doubled = sp.csr_array(
        (np.array([1.0, 2.0, 0.0, 4.0]), np.array([0, 0, 1, 1]), np.array([0, 3, 4])), shape=(2, 2)
    )
    moments = GroupMoments(1, 2, backend=backend, squares=squares)
    moments.add(doubled, [0, 0])
    np.testing.assert_array_equal(moments.mean, [[1.5, 2.0]])
    if squares:
        np.testing.assert_array_equal(moments.variance, [[4.5, 8.0]])
    assert doubled.nnz == 4  # the input is untouched


@pytest.mark.parametrize("squares", [True, False])
@pytest.mark.parametrize("nan_aware", [True, False])
def test_merged_shards_equal_one_pass(squares, nan_aware):
    X, codes = counts()
    settings = {"squares": squares, "nan_aware": nan_aware}
    if nan_aware:
        X[::5, 1] = np.nan
    whole = stream(X, codes, 5, **settings)
    left, right = (
        stream(X[:25], codes[:25], 5, **settings),
        stream(X[25:], codes[25:], 5, **settings),
    )
    left.merge(right)
    np.testing.assert_allclose(left.mean, whole.mean, rtol=1e-13)
    np.testing.assert_array_equal(left.measured, whole.measured)
    if squares:
        np.testing.assert_allclose(left.variance, whole.variance, rtol=1e-12)


def test_the_mean_is_renewed_after_more_observations():
    moments = GroupMoments(1, 1)
    moments.add([[1.0]], [0])
    assert moments.mean.item() == 1.0
    assert np.isnan(moments.variance).all()
    moments.add([[3.0]], [0])
    assert moments.mean.item() == 2.0
    assert moments.variance.item() == 2.0


def test_chunks_without_rows_are_allowed():
    moments = GroupMoments(2, 3)
    moments.add(np.zeros((0, 3)), np.zeros(0, dtype=int))
    moments.add(np.ones((2, 3)), [-1, -1])
    np.testing.assert_array_equal(moments.n, [0, 0])


def test_variance_without_squares_says_what_to_do():
    with pytest.raises(AttributeError, match="squares=True"):
        _ = GroupMoments(1, 1, squares=False).variance


@pytest.mark.parametrize(
    ("chunk", "codes"),
    [
        (np.ones((2, 4)), [0, 0]),
        (np.ones((2, 3)), [0]),
        (np.ones((2, 3)), [0, 2]),
        (np.ones((2, 3)), [0, -2]),
        (np.ones((2, 3)), [0.0, 0.5]),
    ],
)
def test_shapes_and_codes_that_do_not_fit_are_refused(chunk, codes):
    with pytest.raises(ValueError, match="codes"):
        GroupMoments(2, 3).add(chunk, codes)


def test_only_like_moments_can_be_merged():
    with pytest.raises(ValueError, match="same shape"):
        GroupMoments(2, 3).merge(GroupMoments(2, 4))
