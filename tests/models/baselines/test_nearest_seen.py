"""Nearest seen: which training conditions it copies, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from foretell.contract.dosed import dosed_dataset
from foretell.core.context import Condition, Context
from foretell.core.perturbation import Perturbation
from foretell.core.prediction import FALLBACK, SUPPORTED
from foretell.core.profiles import Profiles
from foretell.core.query import Controls, Query, QueryRow
from foretell.core.registry import make_model
from foretell.core.scale import Scale
from foretell.core.task import Task, TaskName
from foretell.splits.make import make

GENES = np.array(["g", "h"])


def condition(text: str) -> Condition:
    """Read ``A@1 x 24`` as a perturbation, a cell type and a time; ``after 3`` is a horizon."""
    text, _, horizon = text.partition(" after ")
    label, line, *time = text.split()
    items = {"cell_type": line} | ({"time": time[0]} if time else {})
    return Condition(
        Perturbation.parse(label), Context.of(**items), float(horizon) if horizon else None
    )


def ask(train: dict[str, float], asked: str, **fields) -> tuple[float, str]:
    """Return the shift of the first gene and the support; the shift of the second is 1."""
    conditions = tuple(map(condition, train))
    contexts = tuple(dict.fromkeys(c.context for c in conditions))
    profiles = Profiles(
        conditions=conditions,
        Y=np.array([[value, 1.0] for value in train.values()]),
        n=np.ones(len(train), dtype=int),
        contexts=contexts,
        context_index=np.array([contexts.index(c.context) for c in conditions]),
        control=np.zeros((len(contexts), 2)),
        control_n=np.zeros(len(contexts), dtype=int),
        genes=GENES,
        scale=Scale("z"),
    )
    model = make_model("nearest_seen", **fields)
    model.genes_ = GENES
    model._fit(profiles, np.random.default_rng(0))
    c = condition(asked)
    controls = Controls((c.context,), np.zeros((0, 2)), np.empty(0, int), np.zeros((1, 2)))
    row = QueryRow(c.perturbation, c.context, horizon_h=c.horizon_h)
    prediction = model.predict(Query((row,), controls, GENES, Scale("z")))
    assert prediction.mean[0, 1] == pytest.approx(1.0)
    return float(prediction.mean[0, 0]), str(prediction.support[0])


@pytest.mark.parametrize(
    ("train", "asked", "shift"),
    [
        ({"A@1 x": 1, "A@100 x": 2}, "A@5 x", 1),  # 5 times lower, 20 times higher
        ({"A@1 x": 1, "A@100 x": 2}, "A@20 x", 2),
        ({"A@1 x": 1, "A@100 x": 2}, "A@10 x", 1.5),  # a tie on the log scale
        ({"A@1 x": 1, "A@5 y": 2}, "A@5 x", 1),  # the same context first
        ({"A@1 x 2": 1, "A@5 x 24": 2}, "A@5 x 2", 1),  # one axis away, both: the same time first
        ({"A@1 x 2": 1, "A@9 x 24": 2}, "A@5 x 2", 1),  # dose and time are farther than dose
        ({"A x 2": 1, "A x 8": 2, "A x 24": 3}, "A x 10", 2),
        ({"A x 2": 1, "A x 24": 3}, "A x 13", 2),  # a tie in hours
        ({"A x after 2": 1, "A x after 24": 3}, "A x after 6", 1),
        ({"A+B x 2": 1, "A x 8": 3}, "A+B x 8", 1),
        ({"A@1+B@1 x": 1, "A@1+B@100 x": 2}, "A@1+B@2 x", 1),
        ({"A@0 x": 1, "A@100 x": 2}, "A@1 x", 2),  # on a log scale 0 is farther than all
        ({"A@1 x": 1, "A@2 x": 4, "B@1 x": 9}, "A@1 x", 1),  # seen itself
    ],
)
def test_the_nearest_is_copied(train, asked, shift):
    assert ask(train, asked) == (pytest.approx(shift), SUPPORTED)


def test_doses_can_be_compared_on_a_linear_scale():
    train = {"A@0 x": 1, "A@100 x": 2}
    assert ask(train, "A@1 x", dose_scale="linear")[0] == 1
    assert ask({"A@1 x": 1, "A@100 x": 2}, "A@20 x", dose_scale="linear")[0] == 1


def test_a_perturbation_seen_elsewhere_only_is_marked_and_answered_from_there():
    train = {"A@1 y": 1, "A@100 y": 2, "B@1 x": 9}
    assert ask(train, "A@50 x") == (2, FALLBACK)


def test_a_perturbation_never_seen_gets_the_mean_shift_and_is_marked():
    assert ask({"A@1 x": 1, "B@1 x": 3}, "C@1 x") == (2, FALLBACK)
    assert ask({"A@1 x": 1, "B@1 x": 3}, "A@1+B@1 x") == (2, FALLBACK)


def test_a_context_item_can_be_named_as_time():
    train = {"A x 2": 1, "A x 24": 3, "B x 8": 7}
    assert ask(train, "A x 20", time="time") == (3, SUPPORTED)


@pytest.mark.parametrize("task", ["unseen_dose", "unseen_time"])
@pytest.mark.parametrize("wanted", ["all", "interpolate", "extrapolate"])
def test_every_row_of_its_tasks_is_supported(task, wanted):
    data = dosed_dataset()
    for split in make(data, task, options={"ask": wanted}, folds=3):
        model = make_model("nearest_seen").fit(split.train_part(data))
        assert (model.predict(split.query(data)).support == SUPPORTED).all()


def test_it_is_the_floor_of_doses_and_times_and_beats_the_context_mean_where_these_are_steep():
    data, errors = dosed_dataset(), {"nearest_seen": [], "context_mean": []}
    assert Task(TaskName.UNSEEN_DOSE).floor == Task(TaskName.UNSEEN_TIME).floor == "nearest_seen"
    for split in make(data, "unseen_dose", options={"ask": "extrapolate"}, folds=3):
        truth = split.test_part(data).profiles()
        level = dict(zip(truth.conditions, truth.Y, strict=True))
        for name, found in errors.items():
            mean = make_model(name).fit(split.train_part(data)).predict(split.query(data)).mean
            found += [np.abs(m - level[c]).mean() for c, m in zip(split.test, mean, strict=True)]
    assert np.mean(errors["nearest_seen"]) < np.mean(errors["context_mean"])
