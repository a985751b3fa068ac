"""Zarr stores: formats 2 and 3, folder and zip, memory and disk give the same numbers."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anndata as ad
import numpy as np
import pytest

import foretell
from foretell.core.errors import UnreadableFile
from foretell.core.matrix import Matrix
from foretell.data.find import file_hash
from foretell.data.readers.read import read

MakeAdata = Callable[..., ad.AnnData]
COLUMNS = {"context": "cell_type"}
pytestmark = pytest.mark.filterwarnings(
    "ignore:Writing zarr v2", "ignore:.*Consolidated metadata", "ignore:zarr v3 autosharding"
)


def write(adata: ad.AnnData, path: Path, version: int, form: str) -> Path:
    """Write a store; with `form` ``zip`` inside a folder, ``flat zip`` at the root."""
    with ad.settings.override(zarr_write_format=version):
        adata.write_zarr(path)
    if form == "folder":
        return path
    where = {"zip": (path.parent, path.name), "flat zip": (path, None)}[form]
    return Path(shutil.make_archive(str(path), "zip", *where))


@pytest.mark.parametrize("form", ["folder", "zip", "flat zip"])
@pytest.mark.parametrize("version", [2, 3])
@pytest.mark.parametrize("dense", [True, False])
def test_both_formats_read_alike_from_memory_and_disk(
    make_adata: MakeAdata, tmp_path: Path, version: int, form: str, dense: bool
) -> None:
    adata = make_adata(contexts=("x", "y"), dense=dense)
    adata.write_h5ad(tmp_path / "a.h5ad")
    expected = foretell.load(tmp_path / "a.h5ad", **COLUMNS).profiles()
    store = write(adata, tmp_path / "a.zarr", version, form)
    for on_disk in (False, True):
        data = foretell.load(store, on_disk=on_disk, **COLUMNS)
        assert data.name == "a"
        assert data.matrix.on_disk == on_disk
        np.testing.assert_array_equal(data.profiles().Y, expected.Y)
        np.testing.assert_array_equal(data.profiles().control, expected.control)


@pytest.mark.parametrize("block_bytes", [1, 700, 2**25])
@pytest.mark.parametrize("layer", [None, "dense", "by_genes"])
def test_every_run_of_rows_is_read_as_stored(
    make_adata: MakeAdata, tmp_path: Path, block_bytes: int, layer: str | None, monkeypatch: Any
) -> None:
    monkeypatch.setenv("FORETELL_CACHE", str(tmp_path / "cache"))
    adata = make_adata()
    adata.layers["dense"], adata.layers["by_genes"] = adata.X.toarray(), adata.X.tocsc()
    store = write(adata, tmp_path / "a.zarr", 3, "folder")
    data = foretell.load(store, on_disk=True, layer=layer, **COLUMNS)
    rows = np.array([0, 1, 2, 7, 8, 20, 35])
    found = [X.toarray() if hasattr(X, "indptr") else X.copy()
             for X, _ in data.matrix.blocks(rows, block_bytes)]  # fmt: skip
    np.testing.assert_array_equal(np.vstack(found), adata.X.toarray()[rows])


def test_blocks_of_a_dense_store_are_whole_chunks(tmp_path: Path) -> None:
    import zarr

    X = zarr.create_array(
        str(tmp_path / "x.zarr"), shape=(1000, 50), chunks=(70, 25), dtype="float32"
    )
    X[:] = np.arange(50_000, dtype=np.float32).reshape(1000, 50)
    matrix = Matrix(X)
    assert matrix.on_disk
    assert matrix.rows_per_block(100 * 8 * 50) == 70
    assert matrix.rows_per_block(150 * 8 * 50) == 140
    assert matrix.rows_per_block(20 * 8 * 50) == 70
    assert matrix.rows_per_block(400) == 1
    read_back = np.vstack([block for block, _ in matrix.blocks(np.arange(1000), 20 * 8 * 50)])
    np.testing.assert_array_equal(read_back, X[:])


def test_a_store_stays_as_it_is_and_its_hash_follows_its_content(
    make_adata: MakeAdata, tmp_path: Path
) -> None:
    store = write(make_adata(), tmp_path / "a.zarr", 3, "folder")
    state = {f: (f.read_bytes(), f.stat().st_mtime_ns) for f in store.rglob("*") if f.is_file()}
    for on_disk in (False, True):
        foretell.load(store, on_disk=on_disk, **COLUMNS).profiles()
    now = {f: (f.read_bytes(), f.stat().st_mtime_ns) for f in store.rglob("*") if f.is_file()}
    assert now == state
    before = file_hash(store)
    shutil.copytree(store, tmp_path / "copy.zarr")
    assert file_hash(tmp_path / "copy.zarr") == before
    chunk = next(f for f in sorted(store.rglob("*")) if f.is_file() and "data" in str(f.parent))
    chunk.write_bytes(chunk.read_bytes() + b"x")
    assert file_hash(store) != before
    chunk.rename(chunk.with_name("other"))
    assert file_hash(store) != before


@pytest.mark.parametrize("on_disk", [False, True])
@pytest.mark.parametrize("gone", ["X/data/c", "X/indptr", "obs", "zarr.json"])
def test_a_store_with_a_missing_part_is_refused_and_not_read_as_zeros(
    make_adata: MakeAdata, tmp_path: Path, gone: str, on_disk: bool
) -> None:
    store = write(make_adata(), tmp_path / "a.zarr", 3, "folder")
    part = store / gone
    shutil.rmtree(part) if part.is_dir() else part.unlink()
    with pytest.raises(UnreadableFile) as caught:
        read(store, on_disk=on_disk)
    assert caught.value.way_out


def test_a_store_of_something_else_says_what_it_is(tmp_path: Path) -> None:
    import zarr

    zarr.open_group(str(tmp_path / "a.zarr"), mode="w").create_group("mod")
    with pytest.raises(UnreadableFile, match="MuData"):
        read(tmp_path / "a.zarr")


def test_a_truncated_zip_is_refused(make_adata: MakeAdata, tmp_path: Path) -> None:
    store = write(make_adata(), tmp_path / "a.zarr", 3, "zip")
    store.write_bytes(store.read_bytes()[:-100])
    with pytest.raises(UnreadableFile):
        read(store)
