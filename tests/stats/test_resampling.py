import numpy as np
import pytest

from foretell.stats.resampling import (
    bootstrap_interval,
    bootstrap_weights,
    ratio_of_means_interval,
)


def generator(seed=0):
    return np.random.default_rng(seed)


def test_weights_are_the_shares_of_a_sample_with_replacement():
    weights = bootstrap_weights(5, 4000, generator())
    np.testing.assert_allclose(weights.sum(axis=1), 1.0)
    np.testing.assert_allclose(weights * 5, np.round(weights * 5), atol=1e-12)
    np.testing.assert_allclose(weights.mean(axis=0), 0.2, atol=0.01)
    np.testing.assert_allclose((weights * 5).var(axis=0), 0.8, atol=0.06)


@pytest.mark.parametrize(("n", "draws"), [(0, 5), (5, 0)])
def test_nothing_cannot_be_resampled(n, draws):
    with pytest.raises(ValueError, match="resample"):
        bootstrap_weights(n, draws, generator())


def test_the_interval_of_a_mean_has_the_width_of_theory():
    x = generator().normal(3.0, 2.0, size=400)
    interval = bootstrap_interval(x, 4000, generator(1))
    half = 1.96 * x.std() / 20
    np.testing.assert_allclose(interval.mean, x.mean())
    np.testing.assert_allclose(interval.lower, x.mean() - half, atol=0.02)
    np.testing.assert_allclose(interval.upper, x.mean() + half, atol=0.02)
    narrow = bootstrap_interval(x, 4000, generator(1), level=0.5)
    assert interval.lower < narrow.lower < narrow.upper < interval.upper


def test_every_column_is_treated_as_if_it_were_alone():
    x = generator().normal(size=(30, 3))
    x[:4, 1], x[:, 2] = np.nan, np.nan
    both = bootstrap_interval(x, 500, generator(1))
    alone = bootstrap_interval(x[:, 0], 500, generator(1))
    for ours, theirs in zip(both, alone, strict=True):
        np.testing.assert_allclose(ours[0], theirs, rtol=1e-12)
    np.testing.assert_array_equal(both.n, [30, 26, 0])
    np.testing.assert_allclose(both.mean[1], np.nanmean(x[:, 1]))
    assert both.lower[1] < both.mean[1] < both.upper[1]
    assert np.isnan([both.mean[2], both.lower[2], both.upper[2]]).all()


def test_replicates_without_any_value_are_left_out():
    interval = bootstrap_interval([np.nan, np.nan, np.nan, 2.0], 500, generator())
    np.testing.assert_allclose([interval.mean, interval.lower, interval.upper], 2.0)


def test_a_level_must_be_a_probability():
    with pytest.raises(ValueError, match="level"):
        bootstrap_interval([1.0, 2.0], 10, generator(), level=95)


def test_a_ratio_divides_means_and_never_averages_ratios():
    numerator, denominator = np.array([1.0, 1.0, 4.0]), np.array([0.001, 1.0, 5.0])
    result = ratio_of_means_interval(numerator, denominator, 500, generator())
    assert result.ratio == pytest.approx(6 / 6.001)
    assert result.n == 3


def test_conditions_without_both_parts_are_left_out_of_both():
    result = ratio_of_means_interval([1.0, np.nan, 3.0], [2.0, 100.0, np.nan], 50, generator())
    assert (result.ratio, result.n) == (0.5, 1)
    nothing = ratio_of_means_interval([np.nan], [1.0], 50, generator())
    assert np.isnan([nothing.ratio, nothing.lower, nothing.upper]).all()
    assert nothing.n == 0
    assert nothing.is_uninformative


def test_a_denominator_around_zero_is_flagged():
    rng = generator()
    score, room = rng.normal(0.2, 0.1, size=40), rng.normal(0.0, 1.0, size=40)
    assert ratio_of_means_interval(score, room, 1000, generator()).is_uninformative
    clear = ratio_of_means_interval(score, room + 5, 1000, generator())
    assert not clear.is_uninformative
    assert clear.lower < clear.ratio < clear.upper
    assert clear.denominator.lower < 5.0 < clear.denominator.upper
