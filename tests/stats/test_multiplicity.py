import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import false_discovery_control

from foretell.stats.multiplicity import benjamini_hochberg


@settings(max_examples=50, deadline=None)
@given(arrays(float, st.integers(1, 30), elements=st.floats(0, 1)))
def test_adjusted_values_equal_scipy(p):
    np.testing.assert_allclose(benjamini_hochberg(p), false_discovery_control(p), rtol=1e-14)


@pytest.mark.parametrize("axis", [0, 1, 2, -1])
def test_families_run_along_any_axis(axis):
    p = np.random.default_rng(0).random((4, 5, 6)) ** 3
    expected = false_discovery_control(p, axis=axis)
    np.testing.assert_allclose(benjamini_hochberg(p, axis=axis), expected, rtol=1e-14)


def test_tests_that_were_not_made_do_not_count():
    p = np.random.default_rng(0).random((3, 40)) ** 3
    p[0, ::3], p[1, :39], p[2] = np.nan, np.nan, np.nan
    q = benjamini_hochberg(p)
    made = ~np.isnan(p)
    np.testing.assert_array_equal(np.isnan(q), ~made)
    for row in (0, 1):
        expected = false_discovery_control(p[row, made[row]])
        np.testing.assert_allclose(q[row, made[row]], expected, rtol=1e-14)


def test_the_input_is_untouched_and_empty_families_stay_empty():
    p = np.array([0.04, 0.01, np.nan])
    benjamini_hochberg(p)
    np.testing.assert_array_equal(p, [0.04, 0.01, np.nan])
    assert benjamini_hochberg(np.empty((3, 0))).shape == (3, 0)


def test_values_that_are_no_probabilities_are_refused():
    with pytest.raises(ValueError, match="0, 1"):
        benjamini_hochberg([0.5, 1.5])
