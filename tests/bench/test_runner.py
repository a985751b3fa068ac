"""Runner: only what is missing is run, and equal studies give equal numbers."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from troubled import Troubled, events, numbers, run_tiny, tiny_study

from foretell.bench.references import COUNTS, INTERPOLATED
from foretell.bench.results import Results
from foretell.bench.runner import plan_study, progress, run
from foretell.bench.store import Store
from foretell.core.errors import BadStudy, StoreProblem, UnreadableFile
from foretell.models.baselines.training_mean import TrainingMean


def same(one, other) -> None:
    for a, b in zip(numbers(one), numbers(other), strict=True):
        pd.testing.assert_frame_equal(a, b, check_exact=True)


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    return tmp_path_factory.mktemp("study")


@pytest.fixture(scope="module")
def first(out):
    return run_tiny(out, ("a", TrainingMean()))


def new_runs(out, *models, **changes) -> list[tuple[str, int]]:
    """Run again in the same store; return (model, fold) of what ran."""
    before = len(events(out, "run"))
    run_tiny(out, *models, **changes)
    return sorted((e["model"], e["fold"]) for e in events(out, "run")[before:])


def test_a_finished_study_is_not_run_again(out, first):
    assert new_runs(out, ("a", TrainingMean())) == []
    same(Results.load(out), first)
    assert [e["missing"] for e in events(out, "start")[-2:]] == [0, 0]


def test_a_changed_field_runs_only_this_model_again(out, first):
    models = [("a", TrainingMean()), ("b", Troubled())]
    assert new_runs(out, *models) == [("b", 0), ("b", 1)]
    models[1] = ("b", Troubled(share=0.5))
    assert new_runs(out, *models) == [("b", 0), ("b", 1)]
    models[1] = ("b", Troubled())
    assert new_runs(out, *models) == []


def test_another_label_is_no_other_model(out, first):
    assert new_runs(out, ("another name", TrainingMean())) == []


def test_another_metric_runs_no_fit_again(out, first):
    assert new_runs(out, ("a", TrainingMean()), metrics=("pearson_delta", "mse", "mae")) == []
    assert events(out, "start")[-1]["missing"] == 1
    assert {"mae"} <= set(Results.load(out).evaluation.frame["metric"])


def test_another_number_of_halves_runs_no_fit_again(out, first):
    assert new_runs(out, ("a", TrainingMean()), halves=4) == []


def test_another_seed_runs_everything_again(out, first):
    everything = [(m, f) for m in ("a", "context_mean", "no_change") for f in (0, 1)]
    assert new_runs(out, ("a", TrainingMean()), seed=5) == everything


def test_other_data_run_everything_again(out, first):
    changes = {"text": {"n_genes = 30": "n_genes = 31"}}
    assert len(new_runs(out, ("a", TrainingMean()), **changes)) == 6


@pytest.mark.parametrize("jobs", [1, 2])
def test_another_store_and_another_number_of_processes_give_the_same_numbers(tmp_path, first, jobs):
    fresh = run_tiny(
        tmp_path / "out",
        ("a", TrainingMean()),
        run_with={"jobs": jobs, "store": tmp_path / "elsewhere"},
    )
    same(fresh, first)
    assert not (tmp_path / "out" / "store").exists()


def test_the_tables_are_read_back_as_they_were(out, tmp_path):
    made = run_tiny(tmp_path, ("a", TrainingMean()), ("raises", Troubled(how="raises")))
    same(Results.load(tmp_path), made)
    assert Results.load(tmp_path).study == made.study
    assert Results.load(tmp_path).splits == made.splits


@pytest.mark.parametrize(
    "file",
    ["study.json", "splits.json", "evaluation.parquet", "leaderboard.parquet", "runs.parquet"],
)
@pytest.mark.parametrize("harm", ["gone", "cut"])
def test_damaged_tables_are_named_and_made_anew(out, first, file, harm):
    path = out / file
    if harm == "gone":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(StoreProblem, match=str(out)) as caught:
        Results.load(out)
    assert "foretell bench" in caught.value.way_out
    assert new_runs(out, ("a", TrainingMean())) == []
    same(Results.load(out), first)


def test_progress_counts_without_running(tmp_path):
    study, store = tiny_study(("raises", Troubled(how="raises"))), Store(tmp_path / "store")
    before = progress(study, store)
    assert (before.runs, before.done, before.failed, before.scored) == (6, 0, 0, 0)
    run(study, out=tmp_path / "out", store=store.root)
    after = progress(study, store)
    assert (after.done, after.failed, after.scored) == (4, 2, 6)
    assert after.is_complete
    assert not before.is_complete


def test_a_file_that_changes_while_a_study_runs_ends_it(tmp_path, make_adata):
    """The plan was made for one content: results of another may not enter under its name."""
    labels = [*"ABCDEF"]
    make_adata(labels).write_h5ad(tmp_path / "x.h5ad")
    study = file_study(tmp_path / "x.h5ad", "{}")

    def swap(event):
        if event.kind == "start" and event.fields["stage"] == "runs":
            make_adata(labels, seed=9).write_h5ad(tmp_path / "x.h5ad")

    with pytest.raises(UnreadableFile, match=r"x\.h5ad has changed") as caught:
        run(study, out=tmp_path / "out", listener=swap)
    assert "again" in caught.value.way_out
    assert not list((tmp_path / "out" / "store" / "runs").glob("*/*"))
    assert run(study, out=tmp_path / "out").runs["status"].tolist() == ["done"] * 4


def file_study(path, columns: str):
    """Return the tiny study, on a file."""
    simulated = tiny_study().text.partition("simulate")[2].partition("\n")[0]
    text = {f"simulate{simulated}": f'file = "{path}"\ncolumns = {columns}', 'name = "sim"\n': ""}
    return tiny_study(text=text)


def test_odd_labels_go_all_the_way(tmp_path, make_adata):
    labels = ["β-actin/кот🐈", "x" * 3000, "IL-2+", "A:knockout@3 uM~6h", r"\+", "a\nb", "control2"]
    make_adata(labels, n_control=50).write_h5ad(tmp_path / "odd.h5ad")
    study = file_study(tmp_path / "odd.h5ad", '{ context = "cell_type", delimiter = "" }')
    found = run(study, out=tmp_path / "out")
    conditions = set(found.evaluation.frame["condition"])
    assert len(conditions) == len(labels)
    assert "β-actin/кот🐈 in x" in conditions
    same(Results.load(tmp_path / "out"), found)


def test_one_data_set_cannot_be_split_twice_alike(tmp_path):
    study = tiny_study(
        text={"folds = 2": 'folds = 2\n[[datasets.splits]]\ntask = "unseen_perturbation"'}
    )
    with pytest.raises(BadStudy, match="sim is split twice") as caught:
        plan_study(study, Store(tmp_path))
    assert "repeats" in caught.value.way_out


def test_equal_runs_of_two_studies_are_shared(out, first, tmp_path):
    before = {p.name for p in (out / "store" / "runs").glob("*/*")}
    run_tiny(tmp_path, ("a", TrainingMean()), name="other", run_with={"store": out / "store"})
    assert {p.name for p in (out / "store" / "runs").glob("*/*")} == before
    frame = Results.load(tmp_path).evaluation.frame
    models = ~frame["model"].isin([INTERPOLATED, COUNTS])  # these need more than a few conditions
    assert np.isfinite(frame.loc[models, "value"]).all()
