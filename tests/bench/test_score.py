"""Score: predictions made elsewhere are judged as in a study, and every oddity has its rule."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import anndata
import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_matrix

from foretell.bench.halves import half_rows
from foretell.bench.score import ScoredPrediction, measure_truth, score_against
from foretell.bench.score_answers import evaluate, not_applicable
from foretell.bench.score_calls import quick_tests
from foretell.bench.score_halves import codes_of, half_moments
from foretell.bench.score_scorer import Same
from foretell.core.dataset import Dataset
from foretell.core.errors import BadMapping, BadValues, EmptySplit, UnknownName
from foretell.core.mapping import ColumnMapping
from foretell.core.metric import Answer
from foretell.core.registry import find
from foretell.data.readers.predictions.outside import Outside, outside_of
from foretell.stats.gene_tests import gene_tests

GENES = [f"G{i:02d}" for i in range(60)]
LABELS = [*GENES[:10], "G10+G11", "drug"]
METRICS = ("pearson_delta", "mse", "pds_cosine", "de_overlap", "transpose_pds_l2")


def made_screen(
    effect: float = 1.0, cells: int = 40, controls: int = 160, seed: int = 0
) -> anndata.AnnData:
    """Log values of counts, with effects on a third of the genes."""
    rng = np.random.default_rng(seed)
    level = rng.uniform(0.5, 4.0, len(GENES))
    labels = np.repeat(["control", *LABELS], [controls, *[cells] * len(LABELS)])
    change = {"control": np.ones(len(GENES))}
    for label in LABELS:
        moved = rng.random(len(GENES)) < 1 / 3
        change[label] = np.where(moved, np.exp(effect * rng.normal(0, 1, len(GENES))), 1.0)
    counts = rng.poisson(
        rng.gamma(2.0, 0.5, (len(labels), len(GENES)))
        * level
        * np.array([change[label] for label in labels])
    )
    X = np.log1p(1e4 * counts / counts.sum(axis=1, keepdims=True))
    obs = pd.DataFrame({"perturbation": labels}, index=[f"c{i}" for i in range(len(labels))])
    made = anndata.AnnData(csr_matrix(X), obs=obs, var=pd.DataFrame(index=GENES))
    made.layers["counts"] = csr_matrix(counts.astype(float))
    return made


def dataset_of(adata: anndata.AnnData, **columns: Any) -> Dataset:
    mapping = ColumnMapping(**({"scale": "log1p_cp10k", "min_cells": 2} | columns))
    return Dataset.from_anndata(adata, mapping, name="screen")


def outside(mean: np.ndarray, labels: list[str], genes: list[str] | None = None) -> Outside:
    obs = pd.DataFrame({"perturbation": labels}, index=[str(i) for i in range(len(labels))])
    adata = anndata.AnnData(mean, obs=obs, var=pd.DataFrame(index=genes or GENES))
    return outside_of(adata, ("perturbation",), layout="cell-eval")


@pytest.fixture(scope="module")
def real() -> Dataset:
    return dataset_of(made_screen())


@pytest.fixture(scope="module")
def truth(real: Dataset) -> Any:
    return measure_truth(real, halves=6)


@pytest.fixture(scope="module")
def means(real: Dataset) -> np.ndarray:
    """True mean profiles of another draw of the same screen would be; here, of all cells."""
    position = {c.perturbation.label(kind=False): i for i, c in enumerate(real.perturbed)}
    return np.array([real.profiles().Y[position[label]] for label in LABELS])


def score(truth: Any, given: Outside, **settings: Any) -> ScoredPrediction:
    return score_against(truth, given, **({"metrics": METRICS} | settings))


def value(scored: ScoredPrediction, metric: str, column: str = "value") -> float:
    board = scored.board.set_index("metric")
    return float(board.loc[metric, column])


# --- the fast ways are the slow ways -------------------------------------------------------------


def test_half_moments_are_those_of_the_rows(real: Dataset) -> None:
    conditions = real.perturbed
    found = half_moments(real, conditions, 3, seed=0)
    codes, X = codes_of(real, conditions), real.values().toarray()
    for half, rows in enumerate(half_rows(real, conditions, codes, 3, 0, 0)):
        for i in range(len(conditions)):
            first, other = X[rows & (codes == i)], X[~rows & (codes == i)]
            assert found.half_mean[half, i] == pytest.approx(first.mean(axis=0), rel=1e-12)
            assert found.half_variance[half, i] == pytest.approx(first.var(axis=0, ddof=1))
            assert found.other(half)[i] == pytest.approx(other.mean(axis=0), rel=1e-11)
            assert found.half_n[half, i] == len(first)


def test_half_moments_do_not_depend_on_where_the_matrix_lies(real: Dataset, tmp_path: Path) -> None:
    from foretell.data.load import load

    made_screen().write_h5ad(tmp_path / "screen.h5ad")
    stored = load(tmp_path / "screen.h5ad", scale="log1p_cp10k", on_disk=True)
    one = half_moments(real, real.perturbed, 2, seed=0)
    two = half_moments(stored, stored.perturbed, 2, seed=0)
    assert one.half_mean == pytest.approx(two.half_mean, rel=1e-12)
    assert one.half_variance == pytest.approx(two.half_variance, rel=1e-9)


@pytest.mark.parametrize("case", ["plain", "no spread", "two cells", "one cell"])
def test_quick_tests_call_what_the_tests_call(case: str) -> None:
    rng = np.random.default_rng(0)
    k, g = 90, 50
    control, variance = rng.uniform(1, 2, g), rng.uniform(0.1, 0.5, (k, g))
    mean = control + rng.normal(0, 0.15, (k, g))
    n = np.full(k, {"plain": 40, "no spread": 40, "two cells": 2, "one cell": 1}[case])
    base = (control, rng.uniform(0.1, 0.5, g), 200)
    if case == "no spread":
        variance[:, :5], base[1][:5] = 0.0, 0.0
        mean[:, 0] = control[0]
    if case == "one cell":
        variance[:] = np.nan
    mask = rng.random((k, g)) < 0.95
    quick, slow = (
        quick_tests(mean, variance, n, base, mask),
        gene_tests(mean, variance, n, *base, mask),
    )
    assert np.array_equal(quick.called, slow.called)
    assert np.allclose(quick.statistic, slow.statistic, rtol=1e-12, equal_nan=True)
    assert quick.q[quick.called] == pytest.approx(slow.q[slow.called], rel=1e-12)
    assert quick.called.any() == (case in ("plain", "no spread"))


def test_quick_tests_call_what_the_tests_call_in_sparse_counts_too() -> None:
    rng = np.random.default_rng(1)
    rate = rng.uniform(0.01, 1.0, 80)
    control = rng.poisson(rate, (300, 80)).astype(float)
    moved = rng.choice([0.3, 1.0, 3.0], (6, 80), p=[0.1, 0.8, 0.1])
    cells = [rng.poisson(rate * f, (12, 80)).astype(float) for f in moved]
    mean = np.array([x.mean(axis=0) for x in cells])
    variance = np.array([x.var(axis=0, ddof=1) for x in cells])
    base = (control.mean(axis=0), control.var(axis=0, ddof=1), 300)
    n, mask = np.full(6, 12), np.ones((6, 80), dtype=bool)
    quick, slow = (
        quick_tests(mean, variance, n, base, mask),
        gene_tests(mean, variance, n, *base, mask),
    )
    uncorrected = gene_tests(mean, variance, n, *base, mask, skewed=False)
    assert quick.name == slow.name
    assert np.array_equal(quick.called, slow.called)
    assert quick.called.any()
    assert uncorrected.called.sum() > slow.called.sum()


def test_every_metric_is_the_registered_one(truth: Any, means: np.ndarray) -> None:
    held, known = truth[0], find("metrics")
    names = [
        n
        for n in known.names
        if known[n].needs <= {"variance", "pool", "predicted_pool", "tests"}
        and known[n].level != "network"
        and known[n].refers_to != "perturbed"
    ]
    assert len(names) > 40
    metrics = [known[n] for n in names]
    order = [LABELS.index(c.perturbation.label(kind=False)) for c in held.conditions]
    mean = held.control.mean + 0.5 * (means[order] - held.control.mean)
    reasons = {m.name: not_applicable(m, held) for m in metrics}
    found = evaluate(held, {"a": Same(mean)}, {"a": metrics}, reasons)["a"]
    for half in (0, 3):
        side = held.truth(half, control=None, tests=True)
        answer = Answer(
            mean,
            held.control.mean,
            held.floor,
            pool=mean - held.control.mean,
            own=np.arange(len(mean)),
        )
        for metric in metrics:
            expected = np.where(reasons[metric.name] == "", metric(side, answer), np.nan)
            assert np.allclose(
                found[metric.name][half], expected, rtol=1e-9, atol=1e-12, equal_nan=True
            ), metric.name


# --- what the numbers mean -----------------------------------------------------------------------


def test_no_change_is_the_floor_and_another_draw_is_near_the_ceiling(truth: Any) -> None:
    control = truth[0].control.mean
    nothing = score(truth, outside(np.tile(control, (len(LABELS), 1)), LABELS))
    assert value(nothing, "pearson_delta") == 0.0
    assert value(nothing, "pearson_delta", "calibrated") == 0.0
    assert value(nothing, "pds_cosine") == 0.5
    again = dataset_of(made_screen(seed=0, cells=40)).profiles()  # the same cells: all of them
    labels = [c.perturbation.label(kind=False) for c in again.conditions]
    copy = score(truth, outside(again.Y, labels))
    assert value(copy, "pearson_delta") > value(copy, "pearson_delta", "ceiling")
    assert value(copy, "pearson_delta", "calibrated") > 1.0  # half of its cells are the truth
    assert 0.3 < value(copy, "de_overlap", "ceiling") < 1.0


def test_a_shared_control_pays_and_divided_controls_do_not() -> None:
    null = dataset_of(made_screen(effect=0.0, cells=60, controls=60))
    truth = measure_truth(null, halves=8)
    other = dataset_of(made_screen(effect=0.0, cells=400, controls=40, seed=0))
    level = other.profiles().Y.mean(axis=0)  # the population's mean, of other cells
    scored = score(truth, outside(np.tile(level, (len(LABELS), 1)), LABELS))
    shared, divided = value(scored, "pearson_delta"), value(scored, "pearson_delta", "crossed")
    assert shared > 0.35
    assert shared == pytest.approx(value(scored, "pearson_delta", "inflation"), abs=0.2)
    assert abs(divided) < 0.12


def test_training_conditions_make_the_floor_and_are_not_scored(real: Dataset) -> None:
    train = real.subset([c for c in real.present if c.is_control or "G00" in str(c)])
    truth = measure_truth(real, train.profiles(), halves=2)
    names = [c.perturbation.label(kind=False) for c in truth[0].conditions]
    assert "G00" not in names
    assert truth[0].is_trained_here
    floor = train.profiles().Y.mean(axis=0)
    assert truth[0].floor == pytest.approx(floor)
    scored = score(
        truth,
        outside(np.tile(floor, (len(names), 1)), names),
        metrics=("pearson_delta", "pearson_delta_perturbed"),
    )
    for metric in ("pearson_delta", "pearson_delta_perturbed"):
        assert value(scored, metric) == pytest.approx(value(scored, metric, "floor"), abs=1e-9)
    with pytest.raises(EmptySplit, match="every condition"):
        measure_truth(real, real.profiles())


def test_the_oracle_is_the_mean_of_the_others(truth: Any, means: np.ndarray) -> None:
    held = truth[0]
    order = [LABELS.index(c.perturbation.label(kind=False)) for c in held.conditions]
    Y = means[order]
    assert held.oracle[0] == pytest.approx(Y[1:].mean(axis=0))


# --- odd inputs ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def guess(means: np.ndarray) -> np.ndarray:
    return np.asarray(means + np.random.default_rng(5).normal(0, 0.1, means.shape))


def test_genes_may_stand_in_any_order_and_more_may_be_there(truth: Any, guess: np.ndarray) -> None:
    plain = score(truth, outside(guess, LABELS)).board["value"]
    turned = score(truth, outside(guess[:, ::-1], LABELS, GENES[::-1]))
    assert turned.board["value"].to_numpy() == pytest.approx(plain.to_numpy(), nan_ok=True)
    assert any("another order" in note for note in turned.notes)
    more = score(truth, outside(np.c_[guess, guess[:, :1]], LABELS, [*GENES, "X"]))
    assert more.board["value"].to_numpy() == pytest.approx(plain.to_numpy(), nan_ok=True)
    assert any("1 predicted genes are not in the truth" in note for note in more.notes)


def test_genes_that_were_not_predicted_hold_the_floor(truth: Any, guess: np.ndarray) -> None:
    some = score(truth, outside(guess[:, 5:], LABELS, GENES[5:]))
    assert any("5 genes were not predicted" in note for note in some.notes)
    filled = guess.copy()
    filled[:, :5] = truth[0].control.mean[:5]
    same = score(truth, outside(filled, LABELS))
    assert some.board["value"].to_numpy() == pytest.approx(same.board["value"].to_numpy())
    with pytest.raises(BadMapping, match="20 of 60 real genes were predicted"):
        score(truth, outside(guess[:, :20], LABELS, GENES[:20]))
    with pytest.raises(BadMapping, match="names a gene twice"):
        score(truth, outside(guess, LABELS, [*GENES[:-1], "G00"]))


def test_what_was_not_predicted_scores_as_the_floor_and_is_counted(
    truth: Any, guess: np.ndarray
) -> None:
    scored = score(truth, outside(guess[2:], LABELS[2:]))
    missing = scored.table[scored.table["status"] == "missing"]
    assert {name[:3] for name in missing["condition"]} == {"G00", "G01"}
    assert value(scored, "pearson_delta", "n_missing") == 2
    rows = missing.dropna(subset=["value"])
    assert rows["value"].to_numpy() == pytest.approx(rows["floor"].to_numpy())
    assert any("not predicted, scored as the floor" in note for note in scored.notes)
    with pytest.raises(UnknownName, match="none of 12 conditions was predicted"):
        score(truth, outside(guess[:1], ["X"]))


def test_conditions_beyond_the_truth_are_left_out_and_named(truth: Any, guess: np.ndarray) -> None:
    scored = score(truth, outside(np.r_[guess, guess[:1]], [*LABELS, "X99"]))
    assert any("X99" in note for note in scored.notes)


def test_a_row_of_nan_is_missing_and_a_single_nan_holds_the_floor(
    truth: Any, guess: np.ndarray
) -> None:
    guess = guess.copy()
    guess[0], guess[1, 7] = np.nan, np.nan
    scored = score(truth, outside(guess, LABELS))
    assert value(scored, "mse", "n_missing") == 1
    assert any("1 single values are NaN" in note for note in scored.notes)
    guess[2, 3] = np.inf
    with pytest.raises(BadValues, match="infinite"):
        score(truth, outside(guess, LABELS))


@pytest.mark.parametrize("spelled", ["G11+G10", "G10_G11", "G10|G11", "G11 + G10"])
def test_a_combination_may_be_spelled_in_any_way(
    spelled: str, truth: Any, guess: np.ndarray
) -> None:
    plain = score(truth, outside(guess, LABELS)).board["value"].to_numpy()
    labels = [spelled if label == "G10+G11" else label for label in LABELS]
    assert score(truth, outside(guess, labels)).board["value"].to_numpy() == pytest.approx(plain)


def test_parts_that_say_control_are_no_parts(guess: np.ndarray) -> None:
    real = dataset_of(made_screen(), control=("control", "ctrl"))
    truth = measure_truth(real, halves=2)
    labels = [label if "+" in label else f"ctrl+{label}" for label in LABELS]
    plain = score(truth, outside(guess, LABELS)).board["value"].to_numpy()
    assert score(truth, outside(guess, labels)).board["value"].to_numpy() == pytest.approx(plain)


def test_one_condition_under_two_spellings_is_refused(truth: Any, guess: np.ndarray) -> None:
    with pytest.raises(BadMapping, match="twice"):
        score(truth, outside(np.r_[guess, guess[:1]], [*LABELS, "G11+G10"]))


def test_counts_are_refused_and_converted_where_asked(truth: Any) -> None:
    adata = made_screen()
    log = outside_of(adata, ("perturbation",), layout="cell-eval")
    adata.X = adata.layers["counts"]
    counts = outside_of(adata, ("perturbation",), layout="cell-eval")
    with pytest.raises(BadValues, match="--normalise"):
        score(truth, counts)
    plain = score(truth, log).board["value"].to_numpy()
    converted = score(truth, counts, normalise=True)
    assert converted.board["value"].to_numpy() == pytest.approx(plain, rel=1e-9)
    held = replace(truth[0], scale=type(truth[0].scale)("log1p"))
    with pytest.raises(BadValues, match="what cells were scaled to"):
        score((held,), counts, normalise=True)


def test_predicted_controls_are_never_used_unless_asked(truth: Any, guess: np.ndarray) -> None:
    control = truth[0].control.mean
    plain = score(truth, outside(guess, LABELS)).board["value"].to_numpy()
    shifted = outside(np.r_[guess, control[None] + 1.0], [*LABELS, "control"])
    assert score(truth, shifted).board["value"].to_numpy() == pytest.approx(plain)
    used = score(truth, shifted, predicted_controls=True)
    assert value(used, "de_overlap") != pytest.approx(plain[3])
    assert np.isnan(value(used, "pearson_delta", "crossed"))


def test_identical_profiles_are_chance_in_a_retrieval(truth: Any) -> None:
    same = np.tile(truth[0].oracle[0], (len(LABELS), 1))
    scored = score(truth, outside(same, LABELS))
    assert value(scored, "transpose_pds_l2") == pytest.approx(0.5)


def test_a_single_cell_is_dropped_and_few_cells_are_scored() -> None:
    adata = made_screen()
    drop = np.flatnonzero(np.asarray(adata.obs["perturbation"]) == "G00")[1:]
    few = np.flatnonzero(np.asarray(adata.obs["perturbation"]) == "G01")[2:]
    keep = np.setdiff1d(np.arange(adata.n_obs), np.r_[drop, few])
    truth = measure_truth(dataset_of(adata[keep].copy()), halves=3)
    labels = [c.perturbation.label(kind=False) for c in truth[0].conditions]
    assert "G00" not in labels
    scored = score(truth, outside(np.tile(truth[0].oracle[0], (len(LABELS), 1)), LABELS))
    two = scored.table[scored.table["condition"].str.startswith("G01")].set_index("metric")
    assert two.loc["mse", "n_obs"] == 2
    assert np.isfinite(two.loc["mse", "value"])
    assert "no test possible with 2" in two.loc["de_overlap", "reason"]


def test_without_differential_genes_their_metrics_are_not_available(guess: np.ndarray) -> None:
    null = measure_truth(dataset_of(made_screen(effect=0.0)), halves=2)
    scored = score(null, outside(guess, LABELS), metrics=("de_overlap", "mse"))
    assert value(scored, "de_overlap", "n_na") == len(LABELS)
    assert "fewer than 5 differential genes" in scored.board.loc[0, "reason"]


def test_what_a_prediction_lacks_is_said(truth: Any, guess: np.ndarray) -> None:
    names = ("edistance", "interval_width", "pearson_delta_perturbed")
    known = [n for n in names if n in find("metrics").names]
    scored = score(truth, outside(guess, LABELS), metrics=known)
    assert (scored.board["n_na"] == len(LABELS)).all()
    assert (scored.board["reason"] != "").all()
    with pytest.raises(UnknownName, match="did you mean"):
        score(truth, outside(guess, LABELS), metrics=("pearson_delt",))


def test_contexts_are_scored_apart_and_averaged(guess: np.ndarray) -> None:
    one, two = made_screen(seed=1), made_screen(seed=2)
    one.obs["cell"], two.obs["cell"] = "K", "L"
    both = anndata.concat([one, two], index_unique="-")
    truth = measure_truth(dataset_of(both, context=("cell",)), halves=2)
    assert len(truth) == 2
    scored = score(truth, outside(guess, LABELS))
    assert any("has no column cell" in note for note in scored.notes)
    assert scored.table["context"].nunique() == 2
    assert value(scored, "mse", "n_conditions") == 2 * len(LABELS)
    obs = pd.DataFrame({"perturbation": LABELS * 2, "cell": ["K"] * 12 + ["L"] * 12})
    obs.index = obs.index.astype(str)
    adata = anndata.AnnData(np.r_[guess, guess + 1], obs=obs, var=pd.DataFrame(index=GENES))
    given = outside_of(adata, ("perturbation", "cell"), layout="cell-eval")
    apart = score(truth, given).table.query("metric == 'mse'").groupby("context")["value"].mean()
    assert apart.max() > apart.min() + 0.5


def test_a_relative_scale_has_no_halves_and_no_inflation() -> None:
    rng = np.random.default_rng(0)
    S = rng.normal(0, 2, (12, 60))
    obs = pd.DataFrame({"perturbation": LABELS}, index=LABELS)
    adata = anndata.AnnData(S, obs=obs, var=pd.DataFrame(index=GENES))
    mapping = ColumnMapping(scale="z", observation="samples")
    truth = measure_truth(Dataset.from_anndata(adata, mapping, name="z"), halves=20)
    assert truth[0].n_halves == 1
    scored = score(truth, outside(0.5 * S, LABELS))
    assert value(scored, "pearson_delta") == pytest.approx(1.0)
    assert value(scored, "pearson_delta", "n_na") == 0
    assert np.isnan(value(scored, "pearson_delta", "ceiling"))
    assert value(scored, "de_overlap", "n_na") == 12
