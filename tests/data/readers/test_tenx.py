"""Counts of Cell Ranger: files of both versions, folders, guides beside genes."""

from __future__ import annotations

import gzip
from pathlib import Path

import h5py
import numpy as np
import pytest
import scipy.io
import scipy.sparse as sp

import foretell
from foretell.core.errors import UnknownName, UnreadableFile
from foretell.core.layout import TableLayout
from foretell.data.readers.read import read

COUNTS = np.random.default_rng(0).poisson(1.0, (12, 6))  # cells x features
BARCODES = [f"CELL{i}-1" for i in range(12)]
IDS = ["ENSG1", "ENSG2", "ENSG3", "ENSG4", "guide_a", "CD3_prot"]
SYMBOLS = ["TP53", "MATR3", "MATR3", "GATA1", "sgA", "CD3"]
TYPES = ["Gene Expression"] * 4 + ["CRISPR Guide Capture", "Antibody Capture"]


def write_h5(path: Path, *, version: int = 3, types: list[str] = TYPES) -> Path:
    """Write counts as Cell Ranger does: features x cells, by columns."""
    stored = sp.csc_matrix(COUNTS.T)
    with h5py.File(path, "w") as file:
        group = file.create_group("matrix" if version == 3 else "GRCh38")
        for name in ("data", "indices", "indptr"):
            group[name] = getattr(stored, name)
        group["shape"], group["barcodes"] = stored.shape, np.array(BARCODES, dtype="S")
        if version == 2:
            group["genes"] = np.array(IDS, dtype="S")
            group["gene_names"] = np.array(SYMBOLS, dtype="S")
            return path
        features = group.create_group("features")
        for name, values in (("id", IDS), ("name", SYMBOLS), ("feature_type", types)):
            features[name] = np.array(values, dtype="S")
        features["genome"] = np.array(["GRCh38"] * 6, dtype="S")
    return path


def write_folder(folder: Path, *, version: int = 3, prefix: str = "", turned: bool = False) -> Path:
    """Write the three files, gzipped in version 3."""
    folder.mkdir()
    end = ".gz" if version == 3 else ""
    columns = [IDS, SYMBOLS] + ([TYPES] if version == 3 else [])
    texts = {
        "features.tsv" if version == 3 else "genes.tsv": zip(*columns, strict=True),
        "barcodes.tsv": [[b] for b in BARCODES],
    }
    for name, rows in texts.items():
        raw = "".join("\t".join(row) + "\n" for row in rows).encode()
        (folder / f"{prefix}{name}{end}").write_bytes(gzip.compress(raw) if end else raw)
    matrix = folder / f"{prefix}matrix.mtx"
    scipy.io.mmwrite(matrix, sp.coo_matrix(COUNTS if turned else COUNTS.T))
    if end:
        matrix.with_name(f"{matrix.name}.gz").write_bytes(gzip.compress(matrix.read_bytes()))
        matrix.unlink()
    return folder


@pytest.mark.parametrize("form", ["file", "folder"])
def test_guides_are_no_genes_and_shared_symbols_give_way_to_ids(tmp_path: Path, form: str) -> None:
    path = write_h5(tmp_path / "a.h5") if form == "file" else write_folder(tmp_path / "a")
    adata = read(path)
    assert list(adata.var_names) == ["TP53", "ENSG2", "ENSG3", "GATA1"]
    assert list(adata.var["gene_symbol"]) == SYMBOLS[:4]
    assert list(adata.var["gene_id"]) == IDS[:4]
    assert list(adata.obs_names) == BARCODES
    np.testing.assert_array_equal(adata.X.toarray(), COUNTS[:, :4])
    np.testing.assert_array_equal(adata.obsm["guide_counts"].toarray(), COUNTS[:, 4:5])
    np.testing.assert_array_equal(adata.obsm["antibody_capture_counts"].toarray(), COUNTS[:, 5:])
    assert list(adata.uns["guide_names"]) == ["sgA"]
    assert set(adata.var["feature_types"]) == {"Gene Expression"}


@pytest.mark.parametrize("form", ["file", "folder"])
def test_version_2_has_no_types_and_all_features_are_genes(tmp_path: Path, form: str) -> None:
    path = (
        write_h5(tmp_path / "a.h5", version=2)
        if form == "file"
        else write_folder(tmp_path / "a", version=2)
    )
    np.testing.assert_array_equal(read(path).X.toarray(), COUNTS)


def test_a_file_of_one_type_keeps_it_whatever_it_is(tmp_path: Path) -> None:
    adata = read(write_h5(tmp_path / "a.h5", types=["Antibody Capture"] * 6))
    assert adata.shape == (12, 6)
    assert not adata.obsm


@pytest.mark.parametrize("turned", [False, True])
def test_a_prefix_and_cells_as_rows_are_understood(tmp_path: Path, turned: bool) -> None:
    folder = write_folder(tmp_path / "GSM1", prefix="GSM1_s_", turned=turned)
    np.testing.assert_array_equal(read(folder).X.toarray(), COUNTS[:, :4])


def test_two_genomes_of_version_2_are_named(tmp_path: Path) -> None:
    write_h5(tmp_path / "a.h5", version=2)
    with h5py.File(tmp_path / "a.h5", "r+") as file:
        file.copy("GRCh38", "mm10")
    with pytest.raises(UnreadableFile, match="GRCh38, mm10"):
        read(tmp_path / "a.h5")


@pytest.mark.parametrize("name", ["barcodes.tsv.gz", "features.tsv.gz"])
def test_a_missing_file_of_a_folder_is_named(tmp_path: Path, name: str) -> None:
    (write_folder(tmp_path / "a") / name).unlink()
    with pytest.raises(UnreadableFile, match=name.removesuffix(".gz")):
        read(tmp_path / "a")


@pytest.mark.parametrize("name", ["barcodes.tsv.gz", "features.tsv.gz", "matrix.mtx.gz"])
def test_a_truncated_file_of_a_folder_is_named(tmp_path: Path, name: str) -> None:
    file = write_folder(tmp_path / "a") / name
    file.write_bytes(file.read_bytes()[:-12])
    with pytest.raises(UnreadableFile, match=name.partition(".")[0]):
        read(tmp_path / "a")


def test_names_of_other_counts_are_refused(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "a", version=2)
    (folder / "barcodes.tsv").write_text("CELL0-1\n")
    with pytest.raises(UnreadableFile, match="12 cells.*are 6 and 1"):
        read(folder)


def test_several_samples_in_one_folder_are_refused(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "a", prefix="s1_")
    (folder / "s2_matrix.mtx.gz").write_bytes((folder / "s1_matrix.mtx.gz").read_bytes())
    with pytest.raises(UnreadableFile, match="several matrices"):
        read(folder)


def test_a_table_of_cells_makes_counts_a_data_set(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "run.1")
    rows = ["cell,perturbation", *(f"{b},{'control' if i < 6 else 'TP53'}"
                                   for i, b in enumerate(BARCODES[:11]))]  # fmt: skip
    (tmp_path / "cells.csv").write_text("\n".join([*rows, "ELSE-1,GATA1\n"]))
    layout = TableLayout(obs="cells.csv")
    data = foretell.load(folder, layout=layout, no_call="nan")
    assert data.name == "run.1"
    assert data.dropped == {"no call": 1}
    np.testing.assert_allclose(data.profiles().Y[0], COUNTS[6:11, :4].mean(axis=0))
    before = data.fingerprint
    (tmp_path / "cells.csv").write_text("\n".join([*rows[:-1], "CELL10-1,control\n"]))
    assert foretell.load(folder, layout=layout, no_call="nan").fingerprint != before


def test_a_table_of_other_cells_is_refused_with_a_name_of_each(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "a")
    (tmp_path / "cells.csv").write_text("cell,perturbation\nCELL0-2,x\nCELL1-2,y\n")
    with pytest.raises(UnknownName, match="'CELL0-1' here and 'CELL0-2' there"):
        read(folder, layout=TableLayout(obs="cells.csv"))
