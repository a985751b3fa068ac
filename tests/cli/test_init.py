"""`foretell init`: a study that parses, runs, and says what it was made from."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import typer
from typer.testing import CliRunner

from foretell.bench.runner import run as bench
from foretell.bench.study_file import parse_study, read_study
from foretell.cli.init import init
from foretell.core.errors import BadStudy, UnknownName

if TYPE_CHECKING:
    from click.testing import Result

Run = Callable[..., "Result"]
Make = Callable[..., Any]


@pytest.fixture
def run() -> Run:
    app = typer.Typer()
    app.command()(init)

    def call(*words: Any) -> Result:
        return CliRunner().invoke(app, [str(word) for word in words])

    return call


@pytest.fixture
def screen_file(tmp_path: Path, make_adata: Make) -> Path:
    path = tmp_path / "screen.h5ad"
    labels = [*"ABCDEF", "A+B", "C+D", "E+F"]
    make_adata(labels, n=20, n_control=50, contexts=("x", "y")).write_h5ad(path)
    return path


def test_the_study_parses_and_asks_all_that_can_be_asked(
    run: Run, screen_file: Path, tmp_path: Path
) -> None:
    study_file = tmp_path / "study.toml"
    done = run(study_file, "--from", screen_file)
    assert done.exit_code == 0, done.output
    study = read_study(study_file)
    (dataset,) = study.datasets
    assert [str(split.task) for split in dataset.splits] == [
        "unseen_perturbation",
        "unseen_combination (2 parts seen)",
        "unseen_combination (1 part seen)",
        "unseen_combination (0 parts seen)",
        "unseen_context",
        "seen_condition",
    ]
    assert [type(step).__name__ for step in dataset.steps] == ["Normalize", "Log1p"]
    assert dataset.mapping.context == ("cell_type",)
    assert {"context_mean", "additive", "perturbation_mean"} <= {m.label for m in study.models}
    text = study_file.read_text()
    assert "# sure: " in text
    assert "provenance = " in text
    assert "unseen_dose: no doses are known" in text


@pytest.mark.slow
def test_the_study_runs(run: Run, screen_file: Path, tmp_path: Path) -> None:
    study_file = tmp_path / "study.toml"
    run(
        study_file,
        "--from",
        screen_file,
        "--task",
        "unseen_perturbation",
        "--task",
        "unseen_context",
    )
    text = study_file.read_text().replace("seed = 1", "seed = 1\nhalves = 2\ndraws = 20")
    text = text.replace("repeats = 3", "repeats = 1")
    results = bench(parse_study(text, name="small"), out=tmp_path / "out", jobs=1)
    board = results.leaderboard
    assert set(board["split"]) == {"unseen_perturbation", "unseen_context"}
    assert not (board["status"] == "failed").any()
    ran = board[(board["metric"] == "pearson_delta") & (board["status"] == "ok")]
    assert ran["value"].notna().all()
    for split, floor in (
        ("unseen_perturbation", "context_mean"),
        ("unseen_context", "perturbation_mean"),
    ):
        assert floor in set(ran.loc[ran["split"] == split, "model"])


def test_only_the_wanted_tasks_are_written(run: Run, screen_file: Path, tmp_path: Path) -> None:
    study_file = tmp_path / "study.toml"
    run(study_file, "--from", screen_file, "--task", "unseen_context")
    (dataset,) = read_study(study_file).datasets
    assert [str(split.task) for split in dataset.splits] == ["unseen_context"]
    missing = run(tmp_path / "other.toml", "--from", screen_file, "--task", "unseen_dose")
    assert isinstance(missing.exception, BadStudy)
    assert not (tmp_path / "other.toml").exists()
    unknown = run(tmp_path / "other.toml", "--from", screen_file, "--task", "unseen_contxt")
    assert isinstance(unknown.exception, UnknownName)


def test_a_file_that_is_there_is_kept_unless_forced(
    run: Run, screen_file: Path, tmp_path: Path
) -> None:
    study_file = tmp_path / "study.toml"
    study_file.write_text("mine")
    done = run(study_file, "--from", screen_file)
    assert isinstance(done.exception, BadStudy)
    assert "--force" in done.exception.way_out
    assert study_file.read_text() == "mine"
    assert run(study_file, "--from", screen_file, "--force").exit_code == 0
    assert read_study(study_file).datasets
    assert [path.name for path in tmp_path.glob(".*part")] == []


def test_several_files_stand_in_one_study(
    run: Run, screen_file: Path, tmp_path: Path, make_adata: Make
) -> None:
    second = tmp_path / "log values.h5ad"
    make_adata([*"ABCD"], n=20, n_control=50, scale="log1p").write_h5ad(second)
    done = run(tmp_path / "study.toml", "--from", screen_file, "--from", second)
    assert done.exit_code == 0, done.output
    study = read_study(tmp_path / "study.toml")
    assert [dataset.name for dataset in study.datasets] == ["screen", "log values"]
    assert study.datasets[1].steps == ()


def test_a_relative_scale_is_scored_against_the_perturbed_mean(
    run: Run, tmp_path: Path, make_adata: Make
) -> None:
    path = tmp_path / "effects.h5ad"
    make_adata([*"ABCDEFGH"], n=1, n_control=0, n_genes=40, scale="z", dense=True).write_h5ad(path)
    assert run(tmp_path / "study.toml", "--from", path).exit_code == 0
    study = read_study(tmp_path / "study.toml")
    assert study.primary == "pearson_delta_perturbed"
    assert "de_auprc[abs_lfc]" not in study.metrics


def test_an_unclear_answer_stands_in_the_study_as_a_question(
    run: Run, tmp_path: Path, make_adata: Make
) -> None:
    path = tmp_path / "two.h5ad"
    make_adata(["DMSO", "untreated", *"ABC"], n=50, n_control=0).write_h5ad(path)
    done = run(tmp_path / "study.toml", "--from", path)
    assert done.exit_code == 3
    assert "decide: control of two" in done.output
    assert "# decide (control): " in (tmp_path / "study.toml").read_text()


def test_no_study_is_written_from_what_is_no_screen(
    run: Run, tmp_path: Path, make_adata: Make
) -> None:
    path = tmp_path / "treated_only.h5ad"
    make_adata([*"ABC"], n_control=0).write_h5ad(path)
    done = run(tmp_path / "study.toml", "--from", path)
    assert isinstance(done.exception, BadStudy)
    assert "no observation is a control" in done.exception.problem
    assert not (tmp_path / "study.toml").exists()


def test_answers_hold_for_the_study(run: Run, screen_file: Path, tmp_path: Path) -> None:
    words = ["--set", "min_cells=10", "--set", 'kind="knockout"', "--context", "cell_type"]
    done = run(tmp_path / "study.toml", "--from", screen_file, *words)
    assert done.exit_code == 0, done.output
    (dataset,) = read_study(tmp_path / "study.toml").datasets
    assert (dataset.mapping.min_cells, dataset.mapping.kind) == (10, "knockout")
