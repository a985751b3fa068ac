"""Curves, against scikit-learn on tests of scipy."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import auc, average_precision_score, precision_recall_curve, roc_auc_score

from foretell.core.registry import find

METRICS = find("metrics")
SEEDS = st.integers(0, 10_000)


def trapezoid(labels, values):
    precision, recall, _ = precision_recall_curve(labels, values)
    return auc(recall, precision)


def at_recall(share):
    def value(labels, values):
        for bar in np.sort(np.unique(values))[::-1]:
            passed = values >= bar
            if labels[passed].sum() >= share * labels.sum() - 1e-9:
                return labels[passed].mean()
        raise AssertionError

    return value


SIZE = {
    "de_auprc[abs_lfc]": average_precision_score,
    "de_auprc[abs_lfc,trapezoid]": trapezoid,
    "de_auroc": roc_auc_score,
    "de_precision_at_recall25": at_recall(0.25),
    "de_precision_at_recall50": at_recall(0.5),
    "de_precision_at_recall75": at_recall(0.75),
}


@pytest.mark.parametrize("name", SIZE)
@given(seed=SEEDS)
def test_curves_of_shifts_are_those_of_scikit_learn(draw, name, seed):
    truth, answer = draw(seed)
    for i, keep in enumerate(truth.mask):
        labels, size = truth.tests.called[i][keep], np.abs(answer.shift[i][keep])
        expected = SIZE[name](labels, size) if 0 < labels.sum() < len(labels) else np.nan
        if 0 < labels.sum() < len(labels) or not labels.any():
            np.testing.assert_allclose(METRICS[name](truth, answer)[i], expected)


@pytest.mark.parametrize("name", ["de_auprc[fdr]", "de_auprc[t]"])
@given(seed=SEEDS)
def test_curves_of_tests_are_those_of_scikit_learn_with_ties(draw, name, seed):
    truth, answer = draw(seed)
    score = -np.log10(answer.tests.q) if "fdr" in name else np.abs(answer.tests.statistic)
    for i, keep in enumerate(truth.mask):
        labels = truth.tests.called[i][keep]
        expected = np.nan
        if labels.any():
            expected = average_precision_score(labels, np.round(score[i][keep], 9))
        np.testing.assert_allclose(METRICS[name](truth, answer)[i], expected)


def test_a_mean_without_cell_noise_loses_nothing(draw):
    """The true means score as high as they rank the genes: they are never tested."""
    truth, answer = draw(0)
    from dataclasses import replace

    given_ = replace(answer, control=truth.control, mean=truth.mean, tests=None, calls=None)
    for i, keep in enumerate(truth.mask):
        labels, size = truth.tests.called[i][keep], np.abs(truth.shift[i][keep])
        found = METRICS["de_auprc[abs_lfc]"](truth, given_)[i]
        np.testing.assert_allclose(found, average_precision_score(labels, size))
