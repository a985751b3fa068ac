"""Metrics of called genes in cases where the value is known."""

from dataclasses import replace

import numpy as np
import pytest

from foretell.contract.truths import MASKED, example_truth, perfect
from foretell.metrics.calls import fdp_of_calls


def test_proportions_are_counted_among_genes_that_count():
    truth = example_truth()
    true = truth.tests.called & truth.mask
    calls = true.copy()
    wrong = np.flatnonzero(~true[0])[MASKED : MASKED + 4]  # the first are masked
    calls[0, wrong] = True
    calls[1, np.flatnonzero(true[1])[:2]] = False
    calls[:, :MASKED] = True
    answer = replace(perfect(truth), calls=calls)
    n = true.sum(axis=1)
    assert fdp_of_calls(truth, answer)[0] == pytest.approx(4 / (n[0] + 4))
    assert fdp_of_calls(truth, answer)[1] == 0.0


def test_calling_nothing_is_never_false():
    truth = example_truth()
    answer = replace(perfect(truth), calls=np.zeros(truth.mean.shape, dtype=bool))
    assert (fdp_of_calls(truth, answer) == 0.0).all()


def test_calling_everything_is_false_as_often_as_genes_do_not_differ():
    truth = example_truth()
    answer = replace(perfect(truth), calls=np.ones(truth.mean.shape, dtype=bool))
    true = truth.tests.called & truth.mask
    expected = 1 - true.sum(axis=1) / truth.mask.sum(axis=1)
    np.testing.assert_allclose(fdp_of_calls(truth, answer), expected)
