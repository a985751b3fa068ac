"""What holds for every rule: it follows the seed, and neither rows nor spelling."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from anndata import AnnData

from foretell.contract.split_maker import split_makers
from foretell.core.dataset import Dataset
from foretell.core.errors import EmptySplit

MAKERS = dict(split_makers())
FOLLOWS_THE_FILE = "compat"  # published draws go by the order and spelling of the file
CASES = [
    pytest.param(maker, id=name)
    for name, maker in MAKERS.items()
    if FOLLOWS_THE_FILE not in dict(maker.options)
]
BY_ROWS = ("seen_condition", "simple")


def rebuilt(data: Dataset, order=None, spell=str) -> Dataset:
    obs = data.obs.copy()
    obs["perturbation"] = [spell(label) for label in obs["perturbation"].astype(str)]
    adata = AnnData(data.matrix.X, obs=obs)
    adata.var_names = data.file_genes
    if order is not None:
        adata = adata[order].copy()
    return Dataset.from_anndata(adata, data.mapping, name=data.name)


def sides(splits) -> list[list[list[str]]]:
    return [[[*map(str, s)] for s in (x.train, x.calibration, x.test)] for x in splits]


@pytest.mark.parametrize("maker", CASES)
def test_the_order_of_the_rows_changes_no_side(maker):
    data = maker.data()
    order = np.random.default_rng(1).permutation(data.n_obs)
    one, other = (maker(d, folds=3, calibration=0.25, seed=5) for d in (data, rebuilt(data, order)))
    if "contexts" in str(maker.options) or "encoding" in str(maker.options):
        return  # these read the model halves, which are drawn by position
    assert sides(one) == sides(other)


@pytest.mark.parametrize("maker", CASES)
def test_the_spelling_of_combinations_changes_no_split(maker):
    data = maker.data()
    respelled = rebuilt(data, spell=lambda label: "+".join(reversed(label.split("+"))))
    one, other = (maker(d, folds=3, calibration=0.25, seed=5) for d in (rebuilt(data), respelled))
    assert sides(one) == sides(other)


@pytest.mark.parametrize("maker", [pytest.param(m, id=n) for n, m in MAKERS.items()])
def test_other_seeds_draw_other_splits(maker):
    drawn = set()
    for seed in range(3):
        try:
            drawn.add(tuple(split.hash for split in maker(maker.data(), folds=3, seed=seed)))
        except EmptySplit:  # a small screen, a small subgroup
            drawn.add((seed,))
    assert len(drawn) == 3


@pytest.mark.parametrize("maker", [pytest.param(m, id=n) for n, m in MAKERS.items()])
def test_calibration_takes_nothing_from_the_test_side_of_folds(maker):
    if maker.chosen.is_drawn:
        return
    with_, without = (maker(maker.data(), folds=3, calibration=share) for share in (0.25, 0.0))
    assert {frozenset(s.test) for s in with_[:1]} == {frozenset(s.test) for s in without[:1]}
    for split in with_:
        assert set(split.train).isdisjoint(split.calibration)


def test_a_relative_scale_without_controls_is_divided_by_every_rule(make_dataset):
    labels = [*"ABCDEFGH", "A+B", "C+D", "E+F", "A+C"]
    columns = {"observation": "samples"}
    data = make_dataset(
        labels, columns, scale="z", n_control=0, n=3, dense=True, contexts=("x", "y", "z")
    )
    seen = set()
    for maker in MAKERS.values():
        if maker.data().name != "toy" or maker.rule in ("custom", "state_toml", "graded"):
            continue
        options = tuple(pair for pair in maker.options if pair[0] != "regulators")
        try:
            splits = replace(maker, options=options)(data, folds=3, calibration=0.2)
        except EmptySplit:
            continue
        seen.add(maker.rule)
        assert all(s.halves == () for s in splits)
        assert all(set(s.train) for s in splits)
    assert {"seen_condition", "simple", "few_shot_context", "gears_simulation"} <= seen
