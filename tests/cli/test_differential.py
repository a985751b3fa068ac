"""The command that tests genes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from typer.testing import CliRunner

from foretell.cli.data import data
from foretell.core.errors import UnknownName


@pytest.fixture
def file(make_adata: Callable[..., Any], tmp_path: Path) -> Path:
    adata = make_adata(["G0", "G1", "other"], n=20, n_control=50, n_genes=20)
    X = adata.X.toarray()
    X[(adata.obs["perturbation"] == "G0").to_numpy(), 0] = 0
    adata.X = X
    adata.write_h5ad(tmp_path / "screen.h5ad")
    return tmp_path / "screen.h5ad"


def run(*arguments: object) -> Any:
    return CliRunner().invoke(data, ["differential", *[str(a) for a in arguments]])


@pytest.mark.parametrize("suffix", [".parquet", ".csv"])
def test_it_prints_a_summary_and_writes_the_table(file: Path, tmp_path: Path, suffix: str) -> None:
    out = tmp_path / f"table{suffix}"
    done = run(file, "--test", "moderated", "--out", out, "--columns", "kind=knockout")
    assert done.exit_code == 0, done.output
    assert "G0 down" in done.output
    assert "not measured" in done.output
    assert "moderated t, skewness corrected, q < 0.05" in done.output
    table = pd.read_parquet(out) if suffix == ".parquet" else pd.read_csv(out)
    assert len(table) == 3 * 20
    best = table.sort_values("p").iloc[0]
    assert best["gene"] == "G0"
    assert best["condition"].startswith("G0")
    assert best["called"]
    assert best["on_target"]


def test_options_reach_the_test(file: Path, tmp_path: Path) -> None:
    out = tmp_path / "table.parquet"
    done = run(
        *(file, "--test", "permutation", "--draws", 99, "--fold-change", "ratio_of_means"),
        *("--pseudocount", 0.5, "--fdr", 0.2, "--out", out, "--only-called", "--on-disk"),
    )
    assert done.exit_code == 0, done.output
    assert "permutation, q < 0.2" in done.output
    assert "pseudocount of 0.5" in done.output
    table = pd.read_parquet(out)
    assert table["called"].all()
    assert table["p"].min() == pytest.approx(0.01)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [(("--test", "t"), "no test 't'"), (("--out", "table.xlsx"), "no table is written as '.xlsx'")],
)
def test_what_there_is_not_is_explained(file: Path, arguments: tuple[str, ...], says: str) -> None:
    done = run(file, *arguments)
    assert isinstance(done.exception, UnknownName)
    assert says in str(done.exception)
