"""Labels of change: what moves, and which way."""

import numpy as np

from foretell.core.metric import Answer, Truth
from foretell.metrics.labels import change_auroc, direction_auroc


def test_label_metrics_ask_what_changes_and_which_way():
    truth = Truth(
        mean=np.array([[1.0, -1.0, 0.0, 0.0, 1.0]]),
        control=np.zeros(5),
        reference=np.zeros(5),
        mask=np.array([[True, True, True, True, False]]),
        n_obs=np.array([1]),
    )
    zero = np.zeros(5)
    right = Answer(np.array([[0.3, -0.2, 0.1, 0.0, -9.0]]), zero, zero)
    wrong_way = Answer(-right.mean, zero, zero)
    assert change_auroc(truth, right) == change_auroc(truth, wrong_way) == 1
    assert direction_auroc(truth, right) == 1
    assert direction_auroc(truth, wrong_way) == 0
    assert change_auroc(truth, Answer(np.array([[0, 0, 0.1, 0.1, 0.0]]), zero, zero)) == 0
