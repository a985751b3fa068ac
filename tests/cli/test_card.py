"""The command that writes a data card."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from foretell.cli.card import card
from foretell.core.errors import BadMapping, UnknownName

app = typer.Typer()
app.command()(card)


@pytest.fixture
def file(make_adata: Callable[..., Any], tmp_path: Path) -> Path:
    adata = make_adata(["G0", "G1", "G2"], n=12, n_control=50, n_genes=20)
    adata.obs["guide"] = [f"{p}_{i % 2}" for i, p in enumerate(adata.obs["perturbation"])]
    adata.obs["line"] = np.where(adata.obs["cell_type"] == "x", "L", "L")
    adata.write_h5ad(tmp_path / "screen.h5ad")
    return tmp_path / "screen.h5ad"


def run(*arguments: object) -> Any:
    return CliRunner().invoke(app, [str(a) for a in arguments])


def test_it_writes_page_markdown_and_json(file: Path, tmp_path: Path) -> None:
    out, md, js = (tmp_path / name for name in ("c.html", "c.md", "c.json"))
    done = run(
        file,
        "--out",
        out,
        "--markdown",
        md,
        "--json",
        js,
        "--draws",
        19,
        "--columns",
        "kind=knockout",
        "--columns",
        "blocks=guide,batch",
    )
    assert done.exit_code == 0, done.output
    made = json.loads(js.read_text("utf-8"))
    assert made["facts"]["mapping"]["blocks"] == ["guide", "batch"]
    assert made["facts"]["guides"] == "guide"
    assert made["facts"]["draws"] == 19
    assert len(made["tables"]["effects"]) == 3
    assert "<!DOCTYPE html>" in out.read_text("utf-8")
    assert md.read_text("utf-8").startswith("# screen: data card")


def test_without_a_place_it_prints_markdown(file: Path) -> None:
    done = run(file, "--draws", 19, "--on-disk")
    assert done.exit_code == 0, done.output
    assert "## What it is worth" in done.output


@pytest.mark.parametrize(
    ("text", "error", "says"),
    [("kind", BadMapping, "key=value"), ("knd=x", UnknownName, "no field 'knd'")],
)
def test_a_column_that_is_misspelt_is_explained(
    file: Path, text: str, error: type[Exception], says: str
) -> None:
    done = run(file, "--columns", text)
    assert isinstance(done.exception, error)
    assert says in str(done.exception)


def test_a_file_that_is_no_screen_is_refused(tmp_path: Path) -> None:
    import anndata

    anndata.AnnData(np.ones((5, 4))).write_h5ad(tmp_path / "none.h5ad")
    done = run(tmp_path / "none.h5ad")
    assert isinstance(done.exception, BadMapping)
    assert done.exception.way_out
