"""Bands of a whole panel."""

import numpy as np
import pytest

from foretell.core.errors import UnknownName
from foretell.core.query import Query
from foretell.core.registry import make_model

MEAN = make_model("training_mean")


def names(n, first=0):
    return [f"P{i:03d}" for i in range(first, first + n)]


def test_a_panel_is_covered_at_once_where_bands_gene_by_gene_are_not(table, sides):
    rng = np.random.default_rng(0)
    together, alone = [], []
    for _ in range(12):
        data = table(rng.normal(size=(250, 20)), names(250))
        train, kept, asked = sides(data, names(100, 50), names(100, 150))
        truth, query = Query.of(data, asked), Query.of(data, asked)
        order = {c: i for i, c in enumerate(data.profiles().conditions)}
        truth = data.profiles().Y[[order[c] for c in asked]]
        for kind, found in (("simultaneous_bands", together), ("split_conformal", alone)):
            answer = make_model(kind, model=MEAN, scale="none").fit(train, kept).predict(query)
            found.append(((answer.lower <= truth) & (truth <= answer.upper)).all(axis=1).mean())
    assert np.mean(together) == pytest.approx(0.9, abs=0.03)
    assert np.mean(alone) < 0.3


def test_genes_outside_of_the_panel_get_no_band(table, sides):
    data = table(np.random.default_rng(1).normal(size=(90, 6)), names(90))
    train, kept, asked = sides(data, names(50, 20), names(20, 70))
    model = make_model("simultaneous_bands", model=MEAN, panel=("G4", "G1")).fit(train, kept)
    finite = np.isfinite(model.predict(Query.of(data, asked)).upper)
    assert finite.all(axis=0).tolist() == [False, True, False, False, True, False]
    assert not finite[:, [0, 2, 3, 5]].any()


def test_the_panel_is_of_the_genes_that_vary_most_unless_named(table, sides):
    data = table(np.random.default_rng(2).normal(size=(90, 4)) * [1, 9, 2, 5], names(90))
    train, kept, _ = sides(data, names(50, 20), names(20, 70))
    model = make_model("simultaneous_bands", model=MEAN, size=2).fit(train, kept)
    assert sorted(model.panel_.tolist()) == [1, 3]


def test_a_panel_gene_that_is_not_measured_is_named_with_its_neighbour(table, sides):
    data = table(np.zeros((30, 2)), names(30))
    train, kept, _ = sides(data, names(10, 10), names(10, 20))
    with pytest.raises(UnknownName, match="'g1' is not measured") as caught:
        make_model("simultaneous_bands", model=MEAN, panel=("g1",)).fit(train, kept)
    assert "G1" in caught.value.way_out
