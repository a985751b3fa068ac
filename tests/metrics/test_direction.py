"""Direction, against counting signs."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from foretell.core.registry import find

METRICS = find("metrics")
SEEDS = st.integers(0, 10_000)


def share(own, predicted):
    """Share of right signs, zeros of the prediction by half."""
    moved = own != 0
    match = np.where(predicted == 0, 0.5, np.sign(predicted) == np.sign(own))
    return match[moved].mean() if moved.any() else np.nan


@given(SEEDS, st.booleans())
def test_direction_is_the_share_of_right_signs(draw, seed, ties):
    truth, answer = draw(seed, ties=ties)
    own, predicted = np.round(truth.shift, 9), np.round(answer.shift, 9)
    for i, keep in enumerate(truth.mask):
        found = METRICS["direction_match"](truth, answer)[i]
        assert np.isclose(found, share(own[i][keep], predicted[i][keep]))
        called = truth.tests.called[i]
        found = METRICS["direction_match_degs"](truth, answer)[i]
        np.testing.assert_allclose(found, share(own[i][called], predicted[i][called]))
        if not ties:
            top = np.argsort(-np.abs(own[i][keep]))[:20]
            found = METRICS["direction_match_top20"](truth, answer)[i]
            assert np.isclose(found, share(own[i][keep][top], predicted[i][keep][top]))
