"""Judge: the same truth for everybody, no gift from shared controls, and nothing made up."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp

from foretell.bench.groups import Rules
from foretell.bench.judge import judge_repeat
from foretell.bench.references import CEILING, REFERENCES
from foretell.bench.truth import hold_out_truth
from foretell.core.dataset import Dataset
from foretell.core.errors import StoreProblem
from foretell.core.registry import find
from foretell.models.baselines.context_mean import ContextMean
from foretell.models.baselines.no_change import NoChange
from foretell.splits.make import make

METRICS = {m.name: m.declared for m in find("metrics")}


def judged(data, splits, answers, metrics=("pearson_delta", "mse"), **kw) -> pd.DataFrame:
    """Scores of one repeat as a table."""
    wanted = [METRICS[name] for name in metrics]
    rows = judge_repeat(data, splits, (), answers, wanted, Rules(**{"halves": 4} | kw))
    return pd.concat([pd.DataFrame(r).assign(model=label) for label, r in rows.items()])


def predicted(data, splits, model=None):
    model = model or ContextMean()
    return [model.fit(s.train_part(data)).predict(s.query(data)) for s in splits]


def null_screen(make_adata, make_dataset, n_control: int) -> Dataset:
    """Perturbations that do nothing: every cell is drawn alike."""
    labels = [f"T{i:02d}" for i in range(24)]
    adata = make_adata(labels, n=40, n_control=n_control, n_genes=1500, dense=True, seed=3)
    return make_dataset(adata)


@pytest.mark.parametrize(("n_control", "is_shared"), [(39, True), (80, False)])
def test_shared_controls_reward_an_uninformative_answer_and_halves_do_not(
    make_adata, make_dataset, n_control, is_shared
):
    """C scored cells, K shared controls: a correlation of sqrt(C / (C + K)) from nothing."""
    data = null_screen(make_adata, make_dataset, n_control)
    tables = []
    for seed in range(1 if is_shared else 6):
        splits = make(data, "unseen_perturbation", folds=3, seed=seed)
        tables.append(judged(data, splits, {"mean": predicted(data, splits)}, seed=seed, halves=2))
    rows = pd.concat(tables)
    rows = rows[(rows["model"] == "mean") & (rows["metric"] == "pearson_delta")]
    assert set(rows["shared_control"]) == {is_shared}
    if is_shared:
        expected = np.sqrt(20 / (20 + n_control))
        np.testing.assert_allclose(rows["inflation"], expected)
        assert abs(rows["value"].mean() - expected) < 0.03
    else:
        assert abs(rows["value"].mean()) < 0.03


@pytest.fixture(scope="module")
def data(make_adata, make_dataset) -> Dataset:
    """Targets that are measured and move a lot, alone and in pairs."""
    labels = ["G1", "G2", "G3", "G4", "G5", "G6", "G7", "G1+G2", "G3+G4"]
    adata = make_adata(labels, n=20, n_control=60, n_genes=40, dense=True)
    for gene in range(1, 8):
        hit = adata.obs["perturbation"].str.contains(f"G{gene}").to_numpy()
        adata.X[hit, gene] += 200.0
    return make_dataset(adata)


@pytest.fixture(scope="module")
def splits(data):
    return make(data, "unseen_perturbation", folds=3)


@pytest.mark.parametrize("task", ["unseen_perturbation", "unseen_combination"])
def test_targeted_genes_are_left_out_also_inside_combinations(data, task):
    splits = make(data, task, folds=2)
    answers = {"still": predicted(data, splits, NoChange())}
    masked, shown = (
        judged(data, splits, answers, policy=policy).set_index(["model", "metric"]).sort_index()
        for policy in ("mask", "as_predicted")
    )
    assert masked.loc[("still", "mse"), "value"].max() < 2
    n_targets = 1 if task == "unseen_perturbation" else 2
    expected = n_targets * 200.0**2 / 40
    np.testing.assert_allclose(shown.loc[("still", "mse"), "value"], expected, rtol=0.1)


def test_every_answer_is_scored_on_the_same_halves(data, splits):
    answer = predicted(data, splits)
    table = judged(
        data, splits, {"a": answer, "b": answer, "c": predicted(data, splits, NoChange())}
    )
    by_model = {
        m: t.drop(columns="model").reset_index(drop=True) for m, t in table.groupby("model")
    }
    pd.testing.assert_frame_equal(by_model["a"], by_model["b"])
    alone = judged(data, splits, {"a": answer})
    alone = alone[alone["model"] == "a"].drop(columns="model").reset_index(drop=True)
    pd.testing.assert_frame_equal(alone, by_model["a"])
    for model in ("a", "c", CEILING):
        assert by_model[model]["condition"].tolist() == by_model["a"]["condition"].tolist()


def test_a_failed_fold_is_a_row_and_touches_no_other_fold(data, splits):
    whole = predicted(data, splits)
    table = judged(data, splits, {"m": [whole[0], None, whole[2]], "w": whole})
    broken, good = table[table["model"] == "m"], table[table["model"] == "w"]
    assert set(broken.loc[broken["fold"] == 1, "status"]) == {"failed"}
    assert broken.loc[broken["fold"] == 1, "value"].isna().all()
    kept = ["condition", "metric", "value", "status"]
    for fold in (0, 2):
        one, other = (t.loc[t["fold"] == fold, kept].reset_index(drop=True) for t in (broken, good))
        pd.testing.assert_frame_equal(one, other)


def test_an_abstained_row_has_no_value_and_its_reason(data, splits):
    answers = predicted(data, splits)
    first = np.arange(len(answers[0])) == 0
    query = splits[0].query(data)
    answers[0] = query.answer(mean=answers[0].mean, abstain=first, reason="why")
    table = judged(data, splits, {"m": answers})
    row = table[(table["model"] == "m") & (table["status"] == "abstained")]
    assert len(row) == 2
    assert row["value"].isna().all()
    assert set(row["reason"]) == {"why"}


def test_a_prediction_of_other_genes_is_refused(data, splits):
    answers = predicted(data, splits)
    answers[1] = replace(answers[1], genes=answers[1].genes[::-1])
    with pytest.raises(StoreProblem, match="other genes") as caught:
        judged(data, splits, {"m": answers})
    assert caught.value.way_out


@pytest.mark.parametrize(
    ("make_it", "metric", "reason"),
    [
        (
            {"source": ["A", "B", "C"], "n": 10, "n_control": 60, "n_genes": 20},
            "pds_cosine",
            "fewer than 5 conditions to choose among (3)",
        ),
        (
            {"source": ["A", "B", "C"], "n": 10, "n_control": 60, "n_genes": 20},
            "de_auprc[abs_lfc]",
            "fewer than 5 differential genes (1)",
        ),
        (
            {"source": ["A", "B", "C"], "n": 3, "n_control": 60, "n_genes": 20},
            "de_auprc[abs_lfc]",
            "no test possible with 3 observations",
        ),
        (
            {"source": ["A", "B", "C"], "n": 5, "n_control": 0, "scale": "z", "dense": True},
            "de_auprc[abs_lfc]",
            "not defined on a relative scale",
        ),
    ],
)
def test_what_the_data_cannot_carry_is_not_available_with_its_count(
    make_dataset, make_it, metric, reason
):
    data = make_dataset(**make_it)
    splits = make(data, "unseen_perturbation", folds=3)
    table = judged(data, splits, {"m": predicted(data, splits)}, metrics=[metric])
    assert set(table["status"]) == {"n/a"}
    assert reason in set(table["reason"])
    assert table["value"].isna().all()
    assert set(table["model"]) == {"m", *REFERENCES}


def test_retrieval_ranks_among_all_folds_of_a_repeat(make_dataset):
    data = make_dataset([*"ABCDEF"], n=10, n_control=60, n_genes=20)
    splits = make(data, "unseen_perturbation", folds=6)
    table = judged(data, splits, {"m": predicted(data, splits)}, metrics=["pds_cosine"])
    assert set(table.loc[table["model"] == "m", "status"]) == {"ok"}
    steps = table.loc[table["model"] == "m", "value"] * 5 * 4  # ranks of 4 halves among 6
    np.testing.assert_allclose(steps, steps.round(), atol=1e-9)


@pytest.mark.parametrize("hole", [0.0, 0.4])
def test_halves_and_their_complements_make_up_the_whole(make_adata, make_dataset, hole):
    scale = "z" if hole else "counts"
    adata = make_adata([*"ABC"], n=9, n_control=60, n_genes=15, dense=True, scale=scale)
    adata.X[np.random.default_rng(0).random(adata.X.shape) < hole] = np.nan
    data = make_dataset(adata, {"scale": scale})
    split = make(data, "unseen_perturbation", folds=3)[0]
    held = hold_out_truth(data, split, data.perturbed, halves=5, seed=1)
    X = adata.X.toarray() if sp.issparse(adata.X) else adata.X
    for i, condition in enumerate(held.conditions):
        rows = X[(adata.obs["perturbation"] == str(condition.perturbation)).to_numpy()]
        np.testing.assert_allclose(held.mean[i], mean_of(rows))
        assert held.n[i] == 9
        for half in range(5):
            assert held.half_n[half, i] in (4, 5)
            at = np.array([i])
            pair = held.moments(half, at).mean[0], held.other(half, at).mean[0]
            assert is_a_division(rows, held.half_n[half, i], *pair)


def mean_of(rows: np.ndarray) -> np.ndarray:
    count = np.isfinite(rows).sum(axis=0)
    with np.errstate(invalid="ignore"):
        return np.nansum(rows, axis=0) / count


def is_a_division(rows, size, first, other) -> bool:
    """Try all divisions of a condition for the one that gives both means."""
    from itertools import combinations

    for chosen in combinations(range(len(rows)), size):
        inside = np.isin(np.arange(len(rows)), chosen)
        if np.allclose(mean_of(rows[inside]), first, equal_nan=True):
            return np.allclose(mean_of(rows[~inside]), other, equal_nan=True)
    return False


def test_the_truth_uses_the_truth_half_of_the_controls_only(make_adata, make_dataset):
    adata = make_adata([*"ABCD"], n=10, n_control=60, dense=True)
    data = make_dataset(adata)
    splits = make(data, "unseen_perturbation", folds=2)
    half = splits[0].control_half(data.contexts[0], "truth")
    held = hold_out_truth(data, splits[0], data.perturbed, halves=2, seed=0)
    control, _ = held.controls[data.contexts[0]]
    np.testing.assert_allclose(control.mean, adata.X[half].mean(axis=0))
    assert control.n == 30
    before = predicted(data, splits)
    scrambled = adata.copy()
    scrambled.X[half] = 0.0
    after = predicted(make_dataset(scrambled), splits)
    np.testing.assert_array_equal(before[0].mean, after[0].mean)
