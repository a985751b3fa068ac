"""Effect size: lines of numpy, and the two faults that correlations cannot see."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from foretell.core.registry import find

METRICS = find("metrics")


@given(st.integers(0, 10_000))
def test_the_line_is_the_least_squares_line_of_numpy(draw, seed):
    truth, answer = draw(seed)
    for i, keep in enumerate(truth.mask):
        x, y = np.abs(truth.shift[i][keep]), np.abs(answer.shift[i][keep])
        slope, intercept = np.polyfit(x, y, 1)
        assert np.isclose(METRICS["effect_slope"](truth, answer)[i], slope)
        assert np.isclose(METRICS["effect_intercept"](truth, answer)[i], intercept)


@pytest.mark.parametrize("times", [0.25, 4.0])
def test_wrong_sizes_are_seen_in_either_direction(draw, times):
    truth, answer = draw(0)
    scaled = replace(answer, control=truth.control, mean=truth.control + times * truth.shift)
    np.testing.assert_allclose(METRICS["effect_slope"](truth, scaled), times)
    np.testing.assert_allclose(METRICS["effect_size_error"](truth, scaled), 0.75)
    np.testing.assert_allclose(METRICS["pearson_delta"](truth, scaled), 1.0)


def test_no_change_has_slope_zero_and_the_largest_error(draw):
    truth, answer = draw(1)
    nothing = replace(answer, mean=np.tile(answer.control, (len(truth.mean), 1)))
    assert (METRICS["effect_slope"](truth, nothing) == 0).all()
    assert (METRICS["effect_size_error"](truth, nothing) == 1).all()
