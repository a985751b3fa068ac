"""The whole look: what is no screen is called so, what is said wins, what is wrong is said."""

from __future__ import annotations

import json
import time
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import foretell
from foretell.core.errors import BadMapping, UnknownName, UnreadableFile
from foretell.core.layout import TableLayout
from foretell.core.matrix import Matrix
from foretell.data.inspect import effects, judge
from foretell.data.inspect.inspect import inspect
from foretell.data.inspect.sample import Sample
from foretell.splits import make

Screen = Callable[..., Any]


def test_an_embedding_is_called_one(screen: Screen) -> None:
    adata = screen(["a", "b"], genes=[f"latent_{i}" for i in range(20)])
    adata.obs = adata.obs[[]]
    found = inspect(adata)
    assert found.guesses["screen"].value == "embedding"
    assert (found.exit_code, found.columns) == (2, {})


def test_expression_without_perturbations_is_called_so(screen: Screen) -> None:
    adata = screen(["a", "b"], column="barcode", cell_type="mDC", leiden=lambda _, i: str(i % 3))
    found = inspect(adata)
    assert found.guesses["screen"].value == "expression"
    assert not found.is_screen


def test_a_file_of_controls_only_is_called_so(screen: Screen) -> None:
    found = inspect(screen(["control"], cell_type="x"))
    assert found.guesses["screen"].value == "controls only"
    assert found.exit_code == 2


def test_what_is_said_wins_and_the_rest_is_guessed_around_it(screen: Screen) -> None:
    adata = screen(["neg", "A", "B"], column="label", other=lambda _, i: "xy"[i % 2])
    assert not inspect(adata, quick=True).is_usable
    said = {"perturbation": "label", "control": "neg", "context": ["other"]}
    found = inspect(adata, said=said, quick=True)
    assert found.is_usable
    assert found.columns["context"] == "other"
    assert found.guesses["control"].evidence == ("you said so",)
    assert found.columns["scale"] == "counts"


def test_a_field_or_column_that_does_not_exist_is_refused(screen: Screen) -> None:
    adata = screen(["control", "A"])
    with pytest.raises(UnknownName, match="contxt"):
        inspect(adata, said={"contxt": "a"})
    with pytest.raises(UnknownName, match="perturbtion"):
        inspect(adata, said={"perturbation": "perturbtion"})


def test_a_wrong_answer_becomes_an_error_with_a_way_out(screen: Screen) -> None:
    found = inspect(screen(["control", "A", "B"]), said={"control": ["nothing"]}, quick=True)
    assert found.exit_code == 2
    assert all(remark.way_out for remark in found.remarks if remark.level == "error")


def test_amounts_without_controls_cannot_be_used(screen: Screen) -> None:
    found = inspect(screen(["A", "B"]), quick=True)
    assert found.exit_code == 2
    assert any("no observation is a control" in remark.text for remark in found.remarks)


def test_a_layer_of_paired_controls_is_pointed_out(screen: Screen) -> None:
    adata = screen(["A", "B"])
    adata.layers["control_x1"] = adata.X.copy()
    found = inspect(adata, quick=True)
    assert any("layer 'control_x1'" in remark.way_out for remark in found.remarks)


def test_duplicates_and_empty_rows_are_counted(screen: Screen) -> None:
    adata = screen(["control", "A", "B"], genes=[f"G{i}" for i in range(60)])
    X = adata.X.toarray()
    X[1] = X[0]
    X[5] = 0
    X[:, 7] = 0
    adata.X = X
    texts = [remark.text for remark in inspect(adata, quick=True).remarks]
    assert "1 rows are exact copies of another row" in texts
    assert "1 observations hold only zeros" in texts
    assert any("1 of 60 genes are zero" in text for text in texts)


def test_repeated_names_are_an_error(screen: Screen) -> None:
    adata = screen(["control", "A", "B"])
    adata.obs_names = ["x"] * adata.n_obs
    found = inspect(adata, quick=True)
    assert found.exit_code == 2
    assert [r.text for r in found.remarks if r.level == "error"] == [
        "89 names of observations are repeated: x"
    ]


def test_not_a_number_among_amounts_is_an_error(screen: Screen) -> None:
    adata = screen(["control", "A", "B"], scale="log1p")
    X = adata.X.toarray()
    X[3, 3] = np.nan
    adata.X = X
    found = inspect(adata, quick=True)
    assert found.columns["scale"] == "log1p"
    assert [r.level for r in found.remarks if "NaN" in r.text] == ["error"]


def test_a_mask_layer_says_which_pairs_were_measured(screen: Screen) -> None:
    adata = screen(["A", "B", "C"], n=1, genes=[f"G{i}" for i in range(60)])
    rng = np.random.default_rng(0)
    tested = rng.random(adata.shape) < 0.3
    adata.X = (tested & (rng.random(adata.shape) < 0.5)) * rng.choice([-1.0, 1.0], adata.shape)
    adata.layers["tested"] = tested.astype(float)
    found = inspect(adata, quick=True)
    assert (found.columns["censored"], found.columns["listed"]) == ("unknown", "tested")
    del adata.layers["tested"]
    assert "censored" not in inspect(adata, quick=True).columns  # a sign of 0 is a value
    adata.X = adata.X * rng.normal(2, 0.3, adata.shape)
    assert inspect(adata, quick=True).columns["censored"] == "small"


def test_effects_are_found_where_they_were_planted(screen: Screen) -> None:
    adata = screen(["control", "A", "B"], n=100, genes=[f"G{i}" for i in range(60)])
    X = adata.X.toarray()
    X[100:200, :10] += 20  # A moves ten genes, B none
    adata.X = X
    found = inspect(adata).judgement
    assert found is not None
    assert (found.effects.n_tested, found.effects.n_differ) == (2, 1)


def test_effects_are_left_out_when_asked_or_too_large(
    screen: Screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    adata = screen(["control", "A", "B"])
    quick = inspect(adata, quick=True).judgement
    assert quick is not None
    assert "--quick" in quick.effects.why_not
    monkeypatch.setattr(effects, "MOST_STORED", 10)
    large = inspect(adata).judgement
    assert large is not None
    assert "--full" in large.effects.why_not
    full = inspect(adata, full=True).judgement
    assert full is not None
    assert full.effects.n_tested == 2


def test_controls_that_can_be_divided_are_those_that_splits_divide() -> None:
    expected = {"cells": make.MIN_CONTROL_CELLS, "samples": make.MIN_CONTROL_SAMPLES}
    assert expected == judge.CONTROLS


@pytest.mark.parametrize("combined", [False, True])
def test_a_task_is_possible_where_splits_can_be_made(screen: Screen, combined: bool) -> None:
    labels = ["control", "A", "B", "C", "D", *(["A+B", "C+D", "A+C"] if combined else [])]
    adata = screen(
        labels,
        n=48,
        cell_type=lambda label, i: "xy"[i % 2] if label != "D" else "x",
        dose=lambda label, i: [1.0, 2.0][i // 2 % 2],
        time_h=lambda label, i: 0 if label == "control" else [6, 24][i // 4 % 2],
    )
    found = inspect(adata, quick=True)
    assert found.judgement is not None
    assert found.dataset is not None
    for v in found.judgement.tasks:
        try:
            folds = max(2, v.n_units)
            splits = make.make(found.dataset, v.task, folds=folds, allow_leaks=True)
        except foretell.core.errors.ForetellError:
            assert not v.is_possible, v
            continue
        tested = {c for split in splits for c in split.test}
        assert v.is_possible, v
        assert len(tested) <= v.n_conditions
        if "at most" not in v.why:
            assert len(tested) == v.n_conditions


def test_what_is_written_reads_back_as_what_was_found(screen: Screen, tmp_path: Path) -> None:
    adata = screen(["control", "A", "B"], n=60, **{"cell type": 'T cell "x"', "batch": "b"})
    path = tmp_path / "my screen.h5ad"
    adata.write_h5ad(path)
    found = inspect(path, said={"context": "cell type"}, quick=True)
    table = tomllib.loads(found.toml)
    assert table["columns"] == found.columns
    assert table["file"] == str(path)
    called = eval(found.python, {"foretell": foretell})
    assert called.n_obs == adata.n_obs
    assert json.loads(json.dumps(found.to_dict()))["columns"] == found.columns
    assert found.command.startswith("foretell data inspect")


def test_the_command_gives_the_same_answers(screen: Screen, tmp_path: Path) -> None:
    import shlex

    import typer
    from typer.testing import CliRunner

    from foretell.cli.inspect import inspect as command

    adata = screen(["control", *"ABCDEFGHIJ"], cell_type=lambda _, i: "xy"[i % 2])[:302].copy()
    path = tmp_path / "screen.h5ad"
    adata.write_h5ad(path)
    found = inspect(path, quick=True)
    assert "min_cells" in found.columns
    app = typer.Typer()
    app.command()(command)
    words = shlex.split(found.command)[3:]
    done = CliRunner().invoke(app, [*words, "--json", "--quick"])
    again = json.loads(done.stdout)
    assert again["columns"] == found.columns
    evidence = {n: again["guesses"][n]["evidence"] for n in found.columns}
    assert all(e == ["you said so"] for e in evidence.values())


def test_a_look_changes_nothing(screen: Screen) -> None:
    adata = screen(["control", "A", "B"])
    adata.obs_names = ["x"] * adata.n_obs
    before, X = adata.obs.copy(), adata.X.copy()
    inspect(adata)
    assert adata.obs.equals(before)
    assert (adata.X != X).nnz == 0


def test_a_table_is_looked_at_through_its_layout(tmp_path: Path) -> None:
    rows = ["perturbation,gene,log2fc,cell_type"]
    rng = np.random.default_rng(1)
    rows += [
        f"{p},{g},{rng.normal():.4f},K562"
        for p in ("AARS", "MYC", "TP53")
        for g in ("AARS", "B2M", "C3")
    ]
    path = tmp_path / "effects.csv"
    path.write_text("\n".join(rows))
    layout = TableLayout(gene="gene", value="log2fc", about=("perturbation", "cell_type"))
    found = inspect(path, layout=layout, quick=True)
    assert found.columns["scale"] in ("log_ratio", "z")
    assert found.columns["observation"] == "samples"
    about = ["perturbation", "cell_type"]
    written = {"gene": "gene", "value": "log2fc", "about": about}
    assert tomllib.loads(found.toml)["layout"] == written
    unsaid = inspect(path, quick=True)
    assert unsaid.guesses["layout"].confidence == "likely"
    assert unsaid.layout == layout


def test_a_network_is_no_table_of_effects(tmp_path: Path) -> None:
    path = tmp_path / "edges.csv"
    path.write_text("source,target,weight\nA,B,1\nB,C,-1\n")
    with pytest.raises(foretell.core.errors.BadMapping):
        inspect(path)


def test_a_file_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    broken = tmp_path / "broken.h5ad"
    broken.write_bytes(b"not a file")
    with pytest.raises(UnreadableFile):
        inspect(broken)
    with pytest.raises(UnreadableFile):
        inspect(tmp_path / "missing.h5ad")


def test_a_file_on_disk_is_read_in_a_few_runs_of_rows(
    screen: Screen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    adata = screen(["control", *"ABCDEFGH"], n=1000)
    adata.layers["spliced"] = adata.X.copy()
    path = tmp_path / "large.h5ad"
    adata.write_h5ad(path)
    stored = []
    blocks = Matrix.blocks

    def watched(self: Matrix, *args: Any) -> Any:
        stored.append(getattr(self.X, "nnz", None))
        return blocks(self, *args)

    monkeypatch.setattr(Matrix, "blocks", watched)
    sizes = []
    made = Sample.__init__

    def counted(self: Sample, *args: Any, **kw: Any) -> None:
        made(self, *args, **kw)
        sizes.append(len(self.rows))

    monkeypatch.setattr(Sample, "__init__", counted)
    assert inspect(path, quick=True).is_usable
    assert sizes == [1000, 1000]  # X and one layer
    assert set(stored) == {0}  # labels are checked beside an empty matrix


@pytest.mark.slow
def test_three_hundred_thousand_cells_take_seconds(tmp_path: Path) -> None:
    import pandas as pd
    from anndata import AnnData
    from scipy.sparse import csr_matrix

    n, g, k = 300_000, 5000, 250
    rng = np.random.default_rng(0)
    names = rng.choice(["control"] * 20 + [f"G{i}" for i in range(400)], n)
    columns = np.sort(rng.integers(0, g - k, (n, k)), axis=1) + np.arange(k)
    parts = (rng.geometric(0.5, n * k).astype(np.float32), columns.ravel(), np.arange(n + 1) * k)
    obs = pd.DataFrame({"perturbation": pd.Categorical(names)}, index=[f"c{i}" for i in range(n)])
    var = pd.DataFrame(index=[f"G{i}" for i in range(g)])
    path = tmp_path / "large.h5ad"
    AnnData(csr_matrix(parts, shape=(n, g)), obs=obs, var=var).write_h5ad(path)
    start = time.perf_counter()
    found = inspect(path)
    assert time.perf_counter() - start < 30  # 7 s alone on one core; others may be working
    assert found.judgement is not None
    assert found.judgement.effects.n_tested == 400


def test_targets_in_several_columns_of_a_wide_table_are_found(tmp_path: Path) -> None:
    genes = [f"G{i}" for i in range(12)]
    table = pd.DataFrame(np.random.default_rng(0).random((6, 12)), columns=genes)
    table.insert(0, "gene_1", genes[:6])
    table.insert(1, "gene_2", genes[6:])
    table.to_parquet(tmp_path / "duals.parquet")
    found = inspect(tmp_path / "duals.parquet", quick=True)
    assert found.layout == TableLayout(perturbation=("gene_1", "gene_2"))
    assert found.columns["perturbation"] == "perturbation"


def test_a_list_of_edges_is_called_that(tmp_path: Path) -> None:
    edges = pd.DataFrame({"source": ["A", "B"], "target": ["B", "C"], "weight": [1.0, -1.0]})
    edges.to_parquet(tmp_path / "network.parquet")
    with pytest.raises(BadMapping) as caught:
        inspect(tmp_path / "network.parquet", quick=True)
    assert "a list of edges" in caught.value.way_out
