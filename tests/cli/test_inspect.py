"""`foretell data inspect`: a readable answer, exit codes, answers on the command line."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from foretell.cli.inspect import inspect

if TYPE_CHECKING:
    from click.testing import Result

Run = Callable[..., "Result"]


@pytest.fixture
def run() -> Run:
    app = typer.Typer()
    app.command()(inspect)

    def call(*words: Any) -> Result:
        return CliRunner().invoke(app, [str(word) for word in words])

    return call


@pytest.fixture
def screen_file(tmp_path: Path, make_adata: Callable[..., Any]) -> Path:
    path = tmp_path / "screen.h5ad"
    make_adata(n=30, n_control=50).write_h5ad(path)
    return path


def test_a_clear_file_is_explained_and_ends_with_zero(run: Run, screen_file: Path) -> None:
    done = run(screen_file)
    assert done.exit_code == 0, done.output
    for word in ("perturbation", "counts", "sure", "What can be asked", "unseen_perturbation"):
        assert word in done.output
    assert "foretell init study.toml --from" in done.output


def test_the_printed_mapping_is_toml_that_loads(run: Run, screen_file: Path) -> None:
    from foretell.data.load import load

    lines = run(screen_file).output.splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("file = "))
    table = tomllib.loads("\n".join(lines[start : start + 2]))
    assert table["columns"]["context"] == "cell_type"
    assert load(table["file"], **table["columns"]).n_obs == 170


def test_json_holds_all_of_it(run: Run, screen_file: Path) -> None:
    done = run(screen_file, "--json", "--quick")
    found = json.loads(done.stdout)
    assert found["exit_code"] == 0
    assert found["guesses"]["scale"]["value"] == "counts"
    assert found["judgement"]["n_conditions"] == 4
    assert {task["task"] for task in found["judgement"]["tasks"]} >= {"unseen_perturbation"}


def test_an_unclear_file_ends_with_three_and_asks(
    run: Run, tmp_path: Path, make_adata: Callable[..., Any]
) -> None:
    adata = make_adata(["DMSO", "untreated", "JQ1"], n=50, n_control=0)
    path = tmp_path / "two_controls.h5ad"
    adata.write_h5ad(path)
    done = run(path, "--quick")
    assert done.exit_code == 3
    assert "please decide: control" in done.output
    assert run(path, "--quick", "--control", "DMSO", "--control", "untreated").exit_code == 0


def test_answers_replace_guesses(run: Run, tmp_path: Path, make_adata: Callable[..., Any]) -> None:
    adata = make_adata(n=30, n_control=50)
    adata.obs = adata.obs.rename(columns={"perturbation": "what"})
    adata.obs["what"] = adata.obs["what"].astype(str).replace("control", "zero")
    path = tmp_path / "odd.h5ad"
    adata.write_h5ad(path)
    assert run(path, "--quick").exit_code == 2
    words = ["--perturbation", "what", "--control", "zero", "--set", "min_cells=5", "--json"]
    found = json.loads(run(path, "--quick", *words).stdout)
    assert found["exit_code"] == 0
    assert found["columns"]["control"] == "zero"
    assert found["columns"]["min_cells"] == 5


def test_a_file_that_is_no_screen_ends_with_two_and_says_so(run: Run, tmp_path: Path) -> None:
    import pandas as pd
    from anndata import AnnData

    path = tmp_path / "vectors.h5ad"
    var = pd.DataFrame(index=[f"d{i}" for i in range(8)])
    AnnData(np.random.default_rng(0).normal(size=(20, 8)), var=var).write_h5ad(path)
    done = run(path)
    assert done.exit_code == 2
    assert "no perturbation screen (embedding)" in done.output
    assert "--perturbation COLUMN" in done.output


def test_what_cannot_be_read_ends_with_two_and_a_way_out(run: Run, tmp_path: Path) -> None:
    done = run(tmp_path / "missing.h5ad")
    assert done.exit_code == 2
    assert "->" in done.stderr
    wrong = run(tmp_path / "missing.h5ad", "--set", "nothing")
    assert wrong.exit_code == 2
    assert "FIELD=VALUE" in wrong.stderr


def test_an_answer_that_names_no_column_is_refused_with_the_nearest(
    run: Run, screen_file: Path
) -> None:
    done = run(screen_file, "--context", "cel_type")
    assert done.exit_code == 2
    assert "did you mean 'cell_type'?" in done.stderr
