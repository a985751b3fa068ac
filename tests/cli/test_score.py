"""The verb score: one command, one report."""

from __future__ import annotations

import json
from pathlib import Path

import anndata
import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from foretell.cli.app import app
from foretell.core.errors import BadMapping

GENES = [f"G{i:02d}" for i in range(30)]


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    monkeypatch.setenv("FORETELL_CACHE", str(tmp_path / "cache"))
    rng = np.random.default_rng(0)
    labels = np.repeat(["ctrl", *GENES[:9]], [60, *[24] * 9])
    shift = {"ctrl": np.zeros(30)} | {name: rng.normal(0, 0.8, 30) for name in GENES[:9]}
    for name in ("real", "pred"):
        noise = rng.normal(0, 0.3, (len(labels), 30))
        X = np.maximum(2.0 + np.array([shift[label] for label in labels]) + noise, 0.0)
        obs = pd.DataFrame({"target": labels}, index=[f"{name}{i}" for i in range(len(labels))])
        adata = anndata.AnnData(X, obs=obs, var=pd.DataFrame(index=GENES))
        adata.write_h5ad(tmp_path / f"{name}.h5ad")
    return tmp_path / "real.h5ad", tmp_path / "pred.h5ad"


def run(files: tuple[Path, Path], *more: str) -> str:
    command = ["score", "--real", str(files[0]), "--pred", str(files[1]), "--perturbation"]
    command += ["target", "--control", "ctrl", "--scale", "log1p", "--halves", "3", *more]
    done = CliRunner().invoke(app, command, catch_exceptions=False)
    assert done.exit_code == 0
    return done.output


def test_page_and_tables_are_written(files: tuple[Path, Path], tmp_path: Path) -> None:
    shown = run(files, "--out", str(tmp_path / "out"), "--metrics", "pearson_delta,pds_*,mse")
    assert "pds_l1" in shown
    assert "floor: no change" in shown
    page = (tmp_path / "out" / "score.html").read_text()
    assert "Content-Security-Policy" in page
    assert "expected inflation" in page
    assert "pearson_delta" in page
    record = json.loads((tmp_path / "out" / "score.json").read_text())
    board = pd.read_csv(tmp_path / "out" / "board.csv").set_index("metric")
    assert board.loc["pearson_delta", "value"] == pytest.approx(record["board"][0]["value"])
    table = pd.read_parquet(tmp_path / "out" / "scores.parquet")
    mean = table.query("metric == 'pearson_delta'")["value"].mean()
    assert mean == pytest.approx(record["board"][0]["value"])


def test_another_evaluator_speaks_beside_it(files: tuple[Path, Path], tmp_path: Path) -> None:
    more = ("--compat", "pereggrn", "--out", str(tmp_path / "out"), "--metrics", "mse")
    shown = run(files, *more)
    assert "as PEREGGRN 146e517 has it, defects included" in shown
    assert (tmp_path / "out" / "pereggrn.csv").is_file()


def test_an_unknown_policy_is_named(files: tuple[Path, Path]) -> None:
    with pytest.raises(BadMapping, match="did you mean 'mask'"):
        run(files, "--policy", "masks")
