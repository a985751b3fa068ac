"""Guide agreement: a slow loop, no shared control, planted truth."""

from __future__ import annotations

import numpy as np
import pytest

from foretell.analysis.quality import guide_agreement as module
from foretell.analysis.quality.guide_agreement import guide_agreement, guide_column
from foretell.core.errors import UnknownName
from foretell.core.halves import halve
from foretell.core.seeds import rng_for
from foretell.data.filters.evidence import log_view


def test_agreement_is_that_of_a_slow_loop(planted):
    data = planted(n=45, n_control=60)
    table = guide_agreement(data, repeats=2).set_index("condition")
    X = log_view(data).values().toarray()
    guide, label = data.obs["guide"].to_numpy(), data.obs["perturbation"].to_numpy()
    control = np.flatnonzero(label == "control")
    halves = []
    for r in range(2):
        rng = rng_for(halves="guides", context=data.contexts[0], repeat=r, seed=0)
        second = halve(np.zeros(len(control), int), rng)
        halves.append((X[control[~second]].mean(axis=0), X[control[second]].mean(axis=0)))
    for target in ("G0", "G3"):
        means = [X[guide == f"{target}_{k}"].mean(axis=0) for k in range(3)]
        r = [
            np.corrcoef(means[g] - a, means[h] - b)[0, 1]
            for g, h in ((0, 1), (0, 2), (1, 2))
            for one, other in halves
            for a, b in ((one, other), (other, one))
        ]
        row = table.loc[f"{target} in x"]
        assert row["agreement"] == pytest.approx(np.mean(r))
        assert (row["n_guides"], row["n_pairs"]) == (3, 3)
        assert set(label[guide == f"{target}_0"]) == {target}


def test_guides_of_an_effect_agree_and_the_others_do_not(planted):
    table = guide_agreement(planted(n=90), draws=300)
    assert table["agreement"][0] > 0.7
    assert table["above_null"][0] is True or bool(table["above_null"][0])
    assert (np.abs(table["agreement"][2:]) < 0.3).all()
    assert (table["low"] <= table["agreement"] + 1e-12).all()
    assert (table["high"] >= table["agreement"] - 1e-12).all()


def test_without_an_effect_nothing_agrees_though_a_shared_control_would(planted, monkeypatch):
    """With as many cells per guide as controls, a shared control gives a correlation of 0.5."""
    crossed, shared = [], []
    for seed in range(10):
        data = planted(n=60, n_control=24, seed=seed)
        crossed += guide_agreement(data, seed=seed)["agreement"][2:].tolist()
    for seed in range(10):
        data = planted(n=60, n_control=24, seed=seed)
        X = log_view(data).values().toarray()
        label, guide = data.obs["perturbation"].to_numpy(), data.obs["guide"].to_numpy()
        base = X[label == "control"].mean(axis=0)
        g, h = (X[guide == f"G3_{k}"].mean(axis=0) - base for k in (0, 1))
        shared.append(np.corrcoef(g, h)[0, 1])
    assert np.mean(shared) > 0.3
    assert abs(np.mean(crossed)) < 4 * np.std(crossed) / np.sqrt(len(crossed))


def test_the_column_of_guides_is_found_among_the_blocks(planted):
    assert guide_column(planted(blocks=("batch", "guide"))) == "guide"
    assert guide_column(planted(blocks=("batch",))) == "batch"
    assert guide_column(planted(blocks=())) is None


def test_what_cannot_be_compared_says_why(planted, make_adata, make_dataset):
    none = guide_agreement(planted(blocks=()))
    assert none["reason"].str.contains("name the guides in `blocks`").all()
    small = guide_agreement(planted(n=12), min_cells=10)
    assert (small["reason"] == "fewer than two guides").all()
    assert (small["status"] == "n/a").all()
    few = guide_agreement(planted(n=60, n_control=3))
    assert few["reason"].str.contains("fewer than 4 control").all()
    with pytest.raises(UnknownName, match="did you mean 'guide'"):
        guide_agreement(planted(), "guid")


def test_any_column_may_divide_the_conditions(planted):
    table = guide_agreement(planted(), "batch")
    assert (table["n_guides"] == 2).all()
    assert table["low"].isna().all()  # two of them have no interval
    assert table["agreement"][0] > 0.7


def test_a_relative_scale_is_compared_and_said_to_be_inflated(make_adata, make_dataset):
    adata = make_adata(["A", "B", "C"], n=4, n_control=0, scale="z", dense=True, n_genes=30)
    adata.X[adata.obs["perturbation"] == "A", :] += np.linspace(-3, 3, 30)
    data = make_dataset(adata, {"scale": "z", "observation": "samples", "control": "none"})
    table = guide_agreement(data)
    assert table["agreement"][0] > 0.7
    assert table["reason"][0] == module.SHARED_NOTE
