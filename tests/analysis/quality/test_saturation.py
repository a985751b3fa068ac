"""Saturation: projections that come true, and curves that grow where there is something."""

from __future__ import annotations

import numpy as np
import pytest

from foretell.analysis.quality.saturation import saturation, saturation_curve
from foretell.data.filters.evidence import log_view


def test_the_projection_is_what_twice_the_cells_give(planted):
    """Half of the cells and controls project to all of them, over repeated screens."""
    projected, measured = [], []
    for seed in range(12):
        small = saturation(planted(seed=seed, n=30, n_control=60), repeats=4)
        large = saturation(planted(seed=seed, n=60, n_control=120), repeats=4)
        projected.append(small["reproducibility"][1])
        measured.append(large["split_half"][1])
    error = np.std(np.subtract(projected, measured)) / np.sqrt(len(measured))
    assert np.mean(projected) == pytest.approx(np.mean(measured), abs=4 * error + 0.02)


def test_strong_effects_are_reproducible_and_none_are_not(planted):
    table = saturation(planted(n=80))
    assert table["reproducibility"][0] > 0.9
    assert table["more_help"][0] is False
    assert (np.abs(table["reproducibility"][2:]) < 0.4).all()
    assert (table["gain"] - (table["at_double"] - table["reproducibility"])).abs().max() < 1e-12


def test_a_weak_effect_with_few_cells_asks_for_more(planted):
    answers = [
        bool(saturation(planted(seed=s, n=10, n_control=60))["more_help"][1]) for s in range(8)
    ]
    assert np.mean(answers) >= 0.5


def test_halves_share_neither_cells_nor_controls(planted):
    values = [saturation(planted(seed=s, n=12, n_control=12))["split_half"][2:] for s in range(12)]
    found = np.concatenate(values)
    assert abs(found.mean()) < 4 * found.std() / np.sqrt(len(found))


def test_a_curve_is_that_of_a_slow_loop_at_its_last_point(planted):
    """With all cells dealt, the point of 40 cells per half uses all 80 of them."""
    data = planted(n=80, n_control=100)
    curve = saturation_curve(data)
    last = curve[curve["n_cells"] == 40].set_index("condition")
    assert set(curve["n_cells"]) == {5, 10, 20, 40}
    assert len(last) == 4
    X = log_view(data).values().toarray()
    label = data.obs["perturbation"].to_numpy()
    whole = X[label == "G0"].mean(axis=0) - X[label == "control"].mean(axis=0)
    assert 0.5 < last.loc["G0 in x", "reproducibility"] <= 1.0
    assert last.loc["G0 in x", "n_de"] <= (np.abs(whole) > 0.02).sum()


def test_curves_grow_with_cells_where_there_is_an_effect(planted):
    curve = saturation_curve(planted(n=160, n_control=200)).set_index(["condition", "n_cells"])
    weak = curve.loc["G1 in x"]
    assert weak["reproducibility"].iloc[-1] > weak["reproducibility"].iloc[0] + 0.1
    assert weak["n_de"].iloc[-1] > weak["n_de"].iloc[0]
    assert (curve.loc["G2 in x"]["n_de"] <= 3).all()


def test_moments_of_nested_parts_are_those_of_the_whole(planted):
    from foretell.analysis.quality.saturation import _cumulated

    rng = np.random.default_rng(0)
    parts = [rng.normal(5, 2, (k, 3)) for k in (4, 1, 7)]
    n = np.array([[len(p) for p in parts]])
    mean = np.array([[p.mean(axis=0) for p in parts]])
    with np.errstate(invalid="ignore"):
        variance = np.array(
            [[p.var(axis=0, ddof=1) if len(p) > 1 else np.full(3, np.nan) for p in parts]]
        )
    joined = _cumulated(n, mean, variance, axis=1)
    for i in range(3):
        whole = np.vstack(parts[: i + 1])
        np.testing.assert_allclose(joined.mean[0, i], whole.mean(axis=0))
        np.testing.assert_allclose(joined.variance[0, i], whole.var(axis=0, ddof=1))


def test_only_so_many_conditions_are_followed(planted):
    curve = saturation_curve(planted(), most=2)
    assert curve["condition"].nunique() == 2
    assert curve.equals(saturation_curve(planted(), most=2))


def test_what_cannot_be_divided_says_why(planted, relative):
    table = saturation(relative)
    assert table["reason"].str.contains("relative scale").all()
    assert table["more_help"].isna().all()
    assert saturation_curve(relative).empty
    single = saturation(planted(n=1, n_control=10, observation="samples", blocks=()))
    assert (single["reason"] == "a single observation cannot be divided").all()
    assert saturation_curve(planted(n=4)).empty
