"""Bands on a real compound screen: they hold on average, and not among the strong."""

import numpy as np
import pytest

import foretell
from foretell.bench.coverage import coverage_by_stratum
from foretell.core.registry import make_model
from foretell.splits.make import make

HT115 = "chem_l1000_ht115_prnet"


@pytest.fixture(scope="module")
def rows(data_file):
    """Coverage over five folds of 354 conditions; the model says the same of every compound."""
    columns = {"kind": "compound", "scale": "intensity", "observation": "samples"}
    data = foretell.load(data_file(HT115), **columns)
    found = {name: [] for name in ("truth", "lower", "upper", "strength", "cluster")}
    for split in make(data, "unseen_perturbation", folds=5, calibration=0.25):
        model = make_model("split_conformal", model=make_model("context_mean"))
        query = split.query(data)
        answer = model.fit(split.train_part(data), split.calibration_part(data)).predict(query)
        profiles = split.test_part(data).profiles()
        order = {c: i for i, c in enumerate(profiles.conditions)}
        truth = profiles.Y[[order[c] for c in query.conditions]]
        found["truth"].append(truth)
        found["lower"].append(answer.lower)
        found["upper"].append(answer.upper)
        found["strength"].append(np.sqrt(((truth - query.control) ** 2).mean(axis=1)))
        found["cluster"].append([str(c.perturbation) for c in query.conditions])
    arrays = {name: np.concatenate(parts) for name, parts in found.items()}
    table = coverage_by_stratum(
        mask=np.ones(arrays["truth"].shape, dtype=bool),
        nominal=0.9,
        expression=arrays["truth"].mean(axis=0),
        rng=np.random.default_rng(0),
        **arrays,
    )
    return {(row.by, row.name): row for row in table}


def test_bands_hold_on_average_and_for_every_third_of_expression(rows):
    assert rows["all", "all"].coverage == pytest.approx(0.905, abs=0.03)
    held = [row for (by, _), row in rows.items() if by in ("all", "expression")]
    assert {row.verdict for row in held} == {"holds"}


def test_the_table_shows_that_they_do_not_hold_among_the_strong(rows):
    assert rows["strength", "low"].coverage > 0.95
    assert rows["strength", "high"].verdict == "falls short"
    assert rows["strength", "high"].coverage < 0.85
