"""Leave-one-out predictions of the baselines equal those of a fit without the condition."""

import numpy as np
import pytest

from foretell.contract.toy import toy_dataset
from foretell.core.query import Query
from foretell.core.registry import make_model

CASES = [
    ("no_change", {}),
    ("training_mean", {}),
    ("training_mean", {"weight": "observation"}),
    ("context_mean", {}),
    ("context_mean", {"weight": "observation"}),
    ("perturbation_mean", {}),
    ("perturbation_mean", {"weight": "observation"}),
    ("additive", {}),
    ("additive", {"missing": "zero"}),
    ("additive", {"missing": "abstain"}),
]


def refitted(model, train):
    """Fit once for every condition, without it."""
    answers = []
    for left in train.profiles().conditions:
        rest = train.subset(c for c in train.present if c != left)
        fitted = model.with_seed(0).fit(rest)
        answers.append(fitted.predict(Query.of(train, [left])).mean[0])
    return np.array(answers)


def part(data, *, contexts=3, order=(1, 2), alone=0):
    """Some conditions of the toy; the first `alone` perturbations in one context only."""
    chosen = data.contexts[:contexts]
    kept = [c for c in data.perturbed if c.context in chosen and c.perturbation.order in order]
    rare = sorted({c.perturbation for c in kept}, key=str)[:alone]
    kept = [c for c in kept if c.perturbation not in rare or c.context == chosen[0]]
    return data.subset(c for c in data.present if c.is_control or c in kept)


@pytest.mark.parametrize(("name", "fields"), CASES)
@pytest.mark.parametrize(
    "train",
    [{"alone": 4}, {"contexts": 1}, {"contexts": 1, "order": (2,)}, {"contexts": 2, "order": (1,)}],
    ids=["three contexts", "one context", "pairs only", "singles only"],
)
def test_the_left_out_prediction_is_that_of_a_refit(name, fields, train):
    data = part(toy_dataset(), **train)
    model = make_model(name, **fields)
    expected = refitted(model, data)
    found = model.fit(data).leave_one_out()
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9)


def test_what_was_not_measured_is_left_out_gene_by_gene(make_adata, make_dataset):
    adata = make_adata(("A", "B", "C"), scale="z", dense=True, n=1)
    adata.X[adata.obs["perturbation"].to_numpy() == "A", 0] = np.nan
    data = make_dataset(adata, {"scale": "z", "observation": "samples"})
    model = make_model("training_mean")
    np.testing.assert_allclose(model.fit(data).leave_one_out(), refitted(model, data))


def test_a_model_that_was_loaded_has_none(tmp_path):
    model = make_model("training_mean").fit(toy_dataset())
    model.save(tmp_path / "model")
    assert model.leave_one_out() is not None
    assert type(model).load(tmp_path / "model").leave_one_out() is None
