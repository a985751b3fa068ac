"""Score files: from paths to numbers, through a cache that is never needed."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import anndata
import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_matrix

from foretell.bench import score_files
from foretell.bench.score_cache import TruthCache
from foretell.bench.score_files import ScoreSettings, score_as_files
from foretell.core.errors import BadMapping, UnknownName

GENES = [f"G{i:02d}" for i in range(40)]
LABELS = GENES[:10]
COLUMNS = {"perturbation": "target", "control": ("ctrl",), "scale": "log1p"}


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """A real and a predicted file, with a cache of their own."""
    monkeypatch.setenv("FORETELL_CACHE", str(tmp_path / "cache"))
    rng = np.random.default_rng(0)
    labels = np.repeat(["ctrl", *LABELS], [90, *[30] * 10])
    shift = {"ctrl": np.zeros(40)} | {name: rng.normal(0, 0.6, 40) for name in LABELS}
    for name in ("real", "pred"):
        noise = rng.normal(0, 0.4, (len(labels), 40))
        X = np.maximum(2.0 + np.array([shift[label] for label in labels]) + noise, 0.0)
        obs = pd.DataFrame({"target": labels}, index=[f"{name}{i}" for i in range(len(labels))])
        obs["split"] = np.where(obs["target"].isin(LABELS[:3]), "train", "test")
        adata = anndata.AnnData(csr_matrix(X), obs=obs, var=pd.DataFrame(index=GENES))
        adata.write_h5ad(tmp_path / f"{name}.h5ad")
    return tmp_path / "real.h5ad", tmp_path / "pred.h5ad"


def scored(files: tuple[Path, Path], train: Path | None = None, **settings: Any) -> Any:
    chosen = {"columns": COLUMNS, "halves": 4, "metrics": ("pearson_delta", "mse")} | settings
    return score_files.score_files(*files, ScoreSettings(**chosen), train)


def test_the_second_prediction_finds_the_truth_measured(
    files: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = scored(files)

    def fail(*args: object, **columns: object) -> None:
        raise AssertionError("the truth was measured again")

    monkeypatch.setattr(score_files, "load", fail)
    again = scored(files)
    pd.testing.assert_frame_equal(first.table, again.table, check_exact=True)
    with pytest.raises(AssertionError, match="measured again"):
        scored(files, seed=1)
    with pytest.raises(AssertionError, match="measured again"):
        scored(files, use_cache=False)


def test_another_content_is_another_truth(files: tuple[Path, Path]) -> None:
    first = scored(files)
    adata = anndata.read_h5ad(files[0])
    adata.X = adata.X * 0.9
    adata.write_h5ad(files[0])
    assert not first.table["value"].equals(scored(files).table["value"])


def test_the_same_content_elsewhere_is_the_same_truth(
    files: tuple[Path, Path], tmp_path: Path
) -> None:
    scored(files)
    cache = TruthCache(tmp_path / "cache" / "truths")
    before = {p.name for p in cache.folder.iterdir() if p.is_dir()}
    (tmp_path / "moved").mkdir()
    moved = files[0].rename(tmp_path / "moved" / "real.h5ad")
    scored((moved, files[1]))
    assert {p.name for p in cache.folder.iterdir() if p.is_dir()} == before


def test_a_damaged_cache_is_measured_anew(files: tuple[Path, Path], tmp_path: Path) -> None:
    first = scored(files)
    folder = next(p for p in (tmp_path / "cache" / "truths").iterdir() if p.is_dir())
    for damaged in (folder / "half_mean.0.npy", folder / "tree.json"):
        damaged.write_bytes(damaged.read_bytes()[:100])
        pd.testing.assert_frame_equal(first.table, scored(files).table)


def test_a_cache_that_cannot_be_written_is_no_loss(
    files: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = scored(files, use_cache=False)
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("FORETELL_CACHE", str(tmp_path / "file"))
    pd.testing.assert_frame_equal(first.table, scored(files).table)


def test_old_truths_go_first(files: tuple[Path, Path], tmp_path: Path) -> None:
    for seed in range(6):
        scored(files, seed=seed, metrics=("mse",))
        for i, folder in enumerate(sorted((tmp_path / "cache" / "truths").glob("[!.d]*"))):
            os.utime(folder, (i, i))
    kept = [p for p in (tmp_path / "cache" / "truths").iterdir() if p.is_dir()]
    assert len(kept) == 4


def test_a_column_may_say_what_is_training(files: tuple[Path, Path]) -> None:
    found = scored(files, train_column="split=train", metrics=("pearson_delta_perturbed",))
    assert found.floor == "mean of 3 training shifts"
    assert found.table["condition"].nunique() == 7
    assert np.isfinite(found.board.loc[0, "value"])
    with pytest.raises(UnknownName, match="no column 'splitt'"):
        scored(files, train_column="splitt=train")
    with pytest.raises(UnknownName, match="did you mean 'train'"):
        scored(files, train_column="split=trian")
    with pytest.raises(BadMapping, match="COLUMN=VALUE"):
        scored(files, train_column="split")


def test_a_condition_cannot_be_training_and_test(files: tuple[Path, Path]) -> None:
    adata = anndata.read_h5ad(files[0])
    split = adata.obs["split"].astype(str).to_numpy().copy()
    split[np.flatnonzero(adata.obs["target"] == "G00")[:5]] = "test"
    adata.obs["split"] = split
    adata.write_h5ad(files[0])
    with pytest.raises(BadMapping, match="1 conditions are training and test in 'split': G00"):
        scored(files, train_column="split=train")


def test_a_file_may_hold_the_training_conditions(files: tuple[Path, Path], tmp_path: Path) -> None:
    adata = anndata.read_h5ad(files[0])
    rows = adata.obs["target"].isin(["ctrl", *LABELS[:3]]).to_numpy()
    adata[rows].copy().write_h5ad(tmp_path / "train.h5ad")
    one = scored(files, tmp_path / "train.h5ad", metrics=("pearson_delta_perturbed",))
    two = scored(files, train_column="split=train", metrics=("pearson_delta_perturbed",))
    assert one.board["value"].to_numpy() == pytest.approx(two.board["value"].to_numpy())
    turned = adata[rows].copy()[:, GENES[::-1]].copy()
    turned.write_h5ad(tmp_path / "turned.h5ad")
    three = scored(files, tmp_path / "turned.h5ad", metrics=("pearson_delta_perturbed",))
    assert one.board["value"].to_numpy() == pytest.approx(three.board["value"].to_numpy())


def test_columns_that_are_not_named_are_found_out(files: tuple[Path, Path]) -> None:
    named = scored(files)
    found = scored(files, columns={"control": ("ctrl",), "perturbation": "target"})
    assert found.about["scale"] == "intensity"  # nothing of it looks like log1p of counts
    assert found.board["value"].to_numpy() == pytest.approx(named.board["value"].to_numpy())


def test_another_evaluator_reads_the_same_files(files: tuple[Path, Path]) -> None:
    found = score_as_files("cell-eval", *files, "target", "ctrl", profile="vcc")
    assert set(found.table["metric"]) == {"mae", "discrimination_score_l1", "overlap_at_N"}
    systema = score_as_files("systema", *files, "target", "ctrl", "split=train")
    assert set(systema.table["perturbation"]) == set(LABELS[3:])
    with pytest.raises(BadMapping, match="train"):
        score_as_files("systema", *files, "target", "ctrl")
