"""The template of models: what it checks, forgets and hands through."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import pytest

from foretell.core.errors import BadModelOutput, EmptySplit, NotFitted, UnknownName
from foretell.core.model import Model, ModelInfo
from foretell.core.perturbation import Perturbation
from foretell.core.prediction import ABSTAINED, FALLBACK, SUPPORTED, Prediction
from foretell.core.query import QueryRow
from foretell.core.split import Split
from foretell.core.task import TaskName
from foretell.splits.make import make


@dataclass(eq=False)
class Odd(Model):
    """Answers the training mean, in the way that a test asks for."""

    info: ClassVar[ModelInfo] = ModelInfo(
        "odd", "baselines", "odd", (TaskName.UNSEEN_PERTURBATION,)
    )
    how: str = "well"

    def _fit(self, data, rng):
        self.shift_ = data.S.mean(axis=0)
        self.draw_ = rng.random()

    def _predict(self, query):
        shift = np.tile(self.shift_, (len(query), 1))
        good = query.answer(shift=shift)
        if self.how == "nan":
            return replace(good, mean=np.full_like(good.mean, np.nan))
        if self.how == "short":
            return query.select([0]).answer(shift=shift[:1])
        if self.how == "array":
            return shift
        if self.how == "nothing":
            return None
        if self.how == "shuffled genes":
            return replace(good, genes=query.genes[::-1])
        if self.how == "abstains":
            first = np.arange(len(query)) == 0
            return query.answer(shift=shift, abstain=first, reason="why")
        if self.how == "everything":
            return query.answer(
                shift=shift,
                fallback=np.arange(len(query)) == 0,
                reason="why",
                lower=good.mean - 1,
                upper=good.mean + 1,
                coverage=0.9,
                cells=np.repeat(good.mean, 2, axis=0),
                cell_row=np.repeat(np.arange(len(query)), 2),
            )
        return good


@pytest.fixture
def data(make_dataset):
    return make_dataset(["A", "B", "C", "D"], n_control=60)


@pytest.fixture
def split(data) -> Split:
    return make(data, "unseen_perturbation", folds=2)[0]


def answer(split, data, how: str, rows=None) -> Prediction:
    model = Odd(how=how).fit(split.train_part(data))
    query = split.query(data)
    return model.predict(query if rows is None else replace(query, rows=rows))


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ("nan", "NaN or infinity in 2 of 2 rows"),
        ("short", r"answered \(1, 8\) to a query of \(2, 8\)"),
        ("array", "a ndarray, not a Prediction"),
        ("nothing", "a NoneType, not a Prediction"),
        ("shuffled genes", "other genes"),
    ],
)
def test_a_broken_answer_is_refused_by_name_with_a_way_out(split, data, how, said):
    with pytest.raises(BadModelOutput, match=f"^odd answered .*{said}|^odd {said}") as caught:
        answer(split, data, how)
    assert caught.value.way_out


def test_a_row_that_abstains_may_be_nan_and_says_why(split, data):
    prediction = answer(split, data, "abstains")
    assert prediction.support.tolist() == [ABSTAINED, SUPPORTED]
    assert prediction.reasons == ("why", "")
    assert np.isnan(prediction.mean[0]).all()
    assert prediction.answered.tolist() == [False, True]


def test_control_rows_get_the_control_mean_and_the_others_keep_all_they_have(split, data):
    query = split.query(data)
    asked = (query.rows[0], QueryRow(Perturbation(), query.rows[0].context), query.rows[1])
    mixed, plain = answer(split, data, "everything", asked), answer(split, data, "everything")
    np.testing.assert_array_equal(mixed.mean[1], query.control[0])
    np.testing.assert_array_equal(mixed.shift[1], 0.0)
    np.testing.assert_array_equal(mixed.mean[[0, 2]], plain.mean)
    np.testing.assert_array_equal(mixed.lower[[0, 2]], plain.lower)
    np.testing.assert_array_equal(mixed.upper[1], query.control[0])
    assert mixed.support.tolist() == [FALLBACK, SUPPORTED, SUPPORTED]
    assert mixed.reasons == ("why", "", "")
    assert mixed.cell_row.tolist() == [0, 0, 2, 2]
    assert mixed.coverage == 0.9


def test_a_query_of_controls_only_never_reaches_the_model(split, data):
    context = split.test[0].context
    prediction = answer(split, data, "nan", (QueryRow(Perturbation(), context),))
    np.testing.assert_array_equal(prediction.shift, 0.0)


def test_a_prediction_can_be_cut_to_rows_in_any_order(split, data):
    whole = answer(split, data, "everything")
    part = whole.select([1, 0])
    np.testing.assert_array_equal(part.mean, whole.mean[::-1])
    np.testing.assert_array_equal(part.shift, whole.shift[::-1])
    np.testing.assert_array_equal(part.cells[part.cell_row == 0], whole.cells[whole.cell_row == 1])
    assert part.reasons == ("", "why")


def test_an_unfitted_model_says_what_to_do(split, data):
    with pytest.raises(NotFitted, match="odd is not fitted") as caught:
        Odd().predict(split.query(data))
    assert "fit" in caught.value.way_out


def test_a_model_needs_something_to_train_on(data):
    with pytest.raises(EmptySplit, match="odd was given no perturbed condition") as caught:
        Odd().fit(data.controls())
    assert caught.value.way_out


def test_other_genes_than_in_training_are_named(split, data):
    model = Odd().fit(split.train_part(data))
    query = split.query(data)
    other = replace(query, genes=np.array(["H0", *query.genes[1:]]))
    with pytest.raises(UnknownName, match="1 missing: G0") as caught:
        model.predict(other)
    assert "order" in caught.value.way_out


def test_a_second_fit_forgets_the_first(split, data):
    model = Odd().fit(split.train_part(data))
    model.extra_ = 1
    first = model.shift_
    model.fit(data.subset([*split.test, *data.controls().present]))
    assert not hasattr(model, "extra_")
    assert not np.array_equal(model.shift_, first)


def test_the_seed_decides_the_draws(split, data):
    train = split.train_part(data)
    draws = [Odd(seed=s).fit(train).draw_ for s in (1, 1, 2)]
    assert draws[0] == draws[1] != draws[2]
    assert Odd(how="nan").with_seed(5).seed == 5


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        ({"mean": np.zeros((2, 3))}, "shape"),
        ({"mean": np.zeros(8)}, "shape"),
        ({"lower": np.zeros((1, 8))}, "`lower`"),
        ({"lower": np.zeros((2, 8))}, "`upper`"),
        ({"lower": np.zeros((2, 8)), "upper": np.zeros((2, 8))}, "coverage"),
        ({"cells": np.zeros((4, 8))}, "cell_row"),
        ({"cells": np.zeros((4, 3)), "cell_row": np.zeros(4, int)}, "cells"),
    ],
)
def test_a_prediction_that_does_not_fit_itself_is_refused(split, data, harm, said):
    good = answer(split, data, "well")
    with pytest.raises(BadModelOutput, match=said) as caught:
        replace(good, **harm)
    assert caught.value.way_out
