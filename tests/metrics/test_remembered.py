"""Remembered: work is done once for each truth and answer, and goes when they go."""

from __future__ import annotations

import gc
import weakref
from dataclasses import replace

import numpy as np

from foretell.contract.truths import example_truth, perfect
from foretell.core.metric import Answer, Truth
from foretell.metrics.remembered import remembered
from foretell.metrics.sides import predicted

asked: list[str] = []


@remembered
def noted(truth: Truth, answer: Answer | None = None, word: str = "") -> np.ndarray:
    """Note that work was done."""
    asked.append(word)
    return truth.mean if answer is None else answer.mean


def test_work_is_done_once_for_each_truth_answer_and_word():
    asked.clear()
    first, second = example_truth(), example_truth()
    answer = perfect(first)
    for _ in range(2):
        assert noted(first) is first.mean
        assert noted(second) is second.mean
        assert noted(first, answer) is answer.mean
        assert noted(second, answer, "b") is answer.mean
    assert asked == ["", "", "", "b"]


def test_nothing_keeps_a_truth_or_an_answer_alive():
    truth = example_truth()
    answer = perfect(truth)
    noted(truth)
    noted(truth, answer)
    predicted(truth, answer)
    known = [weakref.ref(truth), weakref.ref(answer)]
    del truth, answer
    gc.collect()
    assert [ref() for ref in known] == [None, None]


def test_truths_in_which_the_same_genes_count_share_what_was_predicted():
    truth = example_truth()
    answer = perfect(truth)
    again = replace(truth, mean=truth.mean + 1.0, mask=truth.mask.copy())
    assert predicted(again, answer) is predicted(truth, answer)
    fewer = replace(truth, mask=truth.mask & (np.arange(truth.mask.shape[1]) > 5))
    assert np.array_equal(predicted(fewer, answer).mask, fewer.mask)
    assert np.array_equal(predicted(truth, answer).mask, truth.mask)
