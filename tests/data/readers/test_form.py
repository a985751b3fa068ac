"""Forms that are not read: each is known for what it is, and there is a way out."""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile
from pathlib import Path

import h5py
import numpy as np
import pytest

from foretell.core.errors import UnreadableFile
from foretell.data.readers.read import read


def zipped(*names: str) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return held.getvalue()


def tarred() -> bytes:
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("matrix.mtx"))
    return held.getvalue()


def an_array() -> bytes:
    held = io.BytesIO()
    np.save(held, np.arange(3))
    return held.getvalue()


FOREIGN = {
    "screen.h5ad": (b"\x89PNG\r\n\x1a\n" + bytes(50), "PNG image", "data"),
    "page.h5ad": (b"\n<!DOCTYPE html><html>", "web page", "fetch it again"),
    "lfs.h5ad": (b"version https://git-lfs.github.com/spec/v1\n", "pointer", "git lfs pull"),
    "a.rds": (gzip.compress(b"X\n\0\0\0\x03" + bytes(50)), "R object", "writeH5AD"),
    "b.rds": (b"BZh91AY&SY" + bytes(9), "bzip2", "bunzip2"),
    "c.rds": (gzip.compress(b"A\n3\n262657\n"), "R object", "writeH5AD"),
    "d.RData": (gzip.compress(b"RDX3\nX\n" + bytes(50)), "R object", "writeH5AD"),
    "a.xlsx": (zipped("xl/workbook.xml"), "Excel", "csv"),
    "a.npz": (zipped("X.npy"), "without names", "AnnData"),
    "a.zip": (zipped("readme.txt"), "zip archive", "unzip"),
    "a.tar.gz": (gzip.compress(tarred()), "tar archive", "tar -xf"),
    "a.h5ad.gz": (gzip.compress(b"\x89HDF\r\n\x1a\n\0"), "compressed", "gunzip a.h5ad.gz"),
    "a.npy": (an_array(), "without names", "AnnData"),
    "matrix.mtx": (b"%%MatrixMarket matrix coordinate", "without names", "folder"),
    "a.csv.xz": (b"\xfd7zXZ\0", "xz", "unxz"),
    "a.feather": (b"ARROW1\0\0", "feather", "to_parquet"),
    "a.pdf": (b"%PDF-1.7", "PDF", "data"),
    "a.dat": (b"some text", "no form", ".csv"),
    "a.bin": (bytes(range(256)), "no form", ".csv"),
    "empty.csv": (b"", "is empty", "again"),
    "empty.parquet": (b"", "is empty", "again"),
    "a.csv": (b"a\0b\0", "no form", "csv"),
}  # fmt: skip


@pytest.mark.parametrize("name", FOREIGN)
def test_a_foreign_form_is_named_with_the_way_to_one_that_is_read(
    tmp_path: Path, name: str
) -> None:
    content, what, way_out = FOREIGN[name]
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UnreadableFile, match=what) as caught:
        read(tmp_path / name)
    assert way_out in caught.value.way_out
    assert name in caught.value.problem


HDF5 = {
    "loom": (["row_attrs/x", "col_attrs/x"], "loom", "read_loom"),
    "h5mu": (["mod/rna/x"], "MuData", "read_h5mu"),
    "h5Seurat": (["assays/x", "meta.data/x"], "SeuratDisk", "Convert"),
    "molecule": (["barcode_idx", "umi"], "molecules", "filtered_feature_bc_matrix"),
    "other": (["x"], "without `obs` and `var`", "AnnData"),
    "incomplete 10x": (["matrix/x"], "not a readable 10x file", "again"),
}


@pytest.mark.parametrize("kind", HDF5)
@pytest.mark.parametrize("suffix", ["h5ad", "h5"])
def test_other_files_of_hdf5_are_told_apart_by_what_is_inside(
    tmp_path: Path, kind: str, suffix: str
) -> None:
    names, what, way_out = HDF5[kind]
    path = tmp_path / f"a.{suffix}"
    with h5py.File(path, "w") as file:
        for name in names:
            file[name] = 1
        if kind == "loom":
            file["matrix"] = np.zeros((2, 2))
    with pytest.raises(UnreadableFile, match=what) as caught:
        read(path)
    assert way_out in caught.value.way_out


def test_the_content_and_not_the_name_says_what_a_file_is(make_adata, tmp_path: Path) -> None:
    make_adata().write_h5ad(tmp_path / "a.h5ad")
    for name in ("a.h5", "a.csv", "a"):
        (tmp_path / name).write_bytes((tmp_path / "a.h5ad").read_bytes())
        assert read(tmp_path / name).shape == (36, 8)


def test_a_folder_that_is_no_store_lists_what_may_be_meant(make_adata, tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="no zarr store") as caught:
        read(tmp_path)
    assert "barcodes" in caught.value.way_out
    make_adata().write_h5ad(tmp_path / "inside.h5ad")
    with pytest.raises(UnreadableFile) as caught:
        read(tmp_path)
    assert "inside.h5ad" in caught.value.way_out
