"""Damage: parts that disagree, files that hold themselves, and errors of every kind."""

from __future__ import annotations

import struct

import h5py
import numpy as np
import pytest

from foretell.core.dataset import Dataset
from foretell.core.errors import BadMapping, UnreadableFile
from foretell.core.mapping import ColumnMapping
from foretell.data.readers.faults import reading
from foretell.data.readers.links import refuse_loops
from foretell.data.readers.read import read
from foretell.data.readers.screen import read_screen
from foretell.data.readers.sparse import check_stored, checked


@pytest.mark.parametrize("error", [OverflowError("x"), struct.error("x"), RecursionError("x")])
def test_whatever_a_library_raises_becomes_an_error_of_ours(error, tmp_path):
    path = tmp_path / "x.h5ad"
    path.write_bytes(b"1234")
    with (
        pytest.raises(UnreadableFile, match="not a readable thing") as found,
        reading(path, "thing"),
    ):
        raise error
    assert found.value.__cause__ is error
    assert "4 bytes" in found.value.way_out


def test_an_error_of_ours_passes_and_a_long_message_is_cut(tmp_path):
    ours = BadMapping("a", "b")
    with pytest.raises(BadMapping) as found, reading(tmp_path, "thing"):
        raise ours
    assert found.value is ours
    with pytest.raises(UnreadableFile) as cut, reading(tmp_path, "thing"):
        raise ValueError("x" * 10_000)
    assert len(str(cut.value)) < 700


def test_an_interrupt_is_no_fault(tmp_path):
    with pytest.raises(KeyboardInterrupt), reading(tmp_path, "thing"):
        raise KeyboardInterrupt


@pytest.mark.parametrize("where", ["X", "logs"])
@pytest.mark.parametrize("column", [-1, 8, 10**9])
def test_a_column_that_is_not_there_is_found_in_x_and_in_layers(make_adata, where, column):
    adata = make_adata()
    adata.layers["logs"] = adata.X.copy()
    assert checked(adata) is adata
    matrix = adata.X if where == "X" else adata.layers["logs"]
    matrix.indices[3] = column
    with pytest.raises(ValueError, match=f"parts of {where} do not fit"):
        checked(adata)


PARTS = {"data": np.ones(4), "indices": np.array([0, 1, 1, 2]), "indptr": np.array([0, 1, 3, 4])}


def stored(tmp_path, form="csr", **changed):
    file = h5py.File(tmp_path / "x.h5", "w")
    for name, values in (PARTS | changed).items():
        file[f"X/{name}"] = values
    file["X"].attrs.update({"shape": (3, 3), "encoding-type": f"{form}_matrix"})
    return file["X"]


def test_parts_that_fit_are_accepted_by_rows_and_by_genes(tmp_path):
    for form in ("csr", "csc"):
        item = stored(tmp_path, form)
        check_stored(item)
        item.file.close()


@pytest.mark.parametrize(
    "changed",
    [
        {"data": np.ones(5)},
        {"indices": np.array([0, 1, 1])},
        {"indices": np.array([0.0, 1.0, 1.0, 2.0])},
        {"indptr": np.array([0, 1, 4])},
        {"indptr": np.array([1, 1, 3, 4])},
        {"indptr": np.array([0, 3, 1, 4])},
        {"indptr": np.array([0, 3, 1, 4], dtype=np.uint32)},
        {"indptr": np.array([0, 1, 3, 3])},
    ],
)
def test_parts_that_do_not_fit_are_refused(tmp_path, changed):
    with pytest.raises(ValueError, match="do not fit together"):
        check_stored(stored(tmp_path, **changed))


def test_a_piece_that_was_never_written_is_missed(tmp_path):
    item = stored(tmp_path)
    del item["data"]
    item.create_dataset("data", (4,), "f4", chunks=(2,))
    with pytest.raises(ValueError, match="2 of 2 pieces of /X/data are missing"):
        check_stored(item)
    item["data"][:2] = 1
    with pytest.raises(ValueError, match="1 of 2"):
        check_stored(item)
    item["data"][2:] = 1
    check_stored(item)


@pytest.mark.parametrize("dtype", [np.uint8, np.int32])
def test_pointers_that_fall_are_found_in_memory_too(make_adata, dtype):
    adata = make_adata()
    assert adata.X.nnz > 255
    adata.X.indptr = adata.X.indptr.astype(dtype)
    adata.X.indptr[4] = 0
    with pytest.raises(ValueError, match="pointers do not rise"):
        checked(adata)


@pytest.mark.parametrize("column", [-3, 8, 5000, 10**8])
@pytest.mark.parametrize("by_genes", [False, True])
def test_a_wrong_place_on_disk_is_refused_before_anything_is_summed(
    make_adata, tmp_path, monkeypatch, column, by_genes
):
    """Compiled sums would write wherever it points to."""
    monkeypatch.setenv("FORETELL_CACHE", str(tmp_path / "cache"))
    adata = make_adata()
    adata.X = adata.X.tocsc() if by_genes else adata.X
    adata.write_h5ad(tmp_path / "x.h5ad")
    with h5py.File(tmp_path / "x.h5ad", "r+") as file:
        file["X/indices"][20] = column * (10 if by_genes else 1)
    with pytest.raises(UnreadableFile, match="column|beyond"):
        read_screen(tmp_path / "x.h5ad", ColumnMapping(), on_disk=True).profiles()


def test_a_wrong_place_in_memory_is_refused(make_adata):
    adata = make_adata()
    adata.X.indices[3] = 10**9
    with pytest.raises(UnreadableFile, match="column 1000000000, and there are 8 genes"):
        Dataset.from_anndata(adata, ColumnMapping())


def test_groups_that_hold_one_another_are_refused_and_deep_ones_are_read(make_adata, tmp_path):
    path = tmp_path / "x.h5ad"
    make_adata().write_h5ad(path)
    with h5py.File(path, "r+") as file:
        file.create_group("uns/" + "/".join("abcdefghij"))
        refuse_loops(file, path)
        file["uns/a/b/c/again"] = file["uns"]
        with pytest.raises(UnreadableFile, match="nested without end"):
            refuse_loops(file, path)
    with pytest.raises(UnreadableFile, match="nested without end"):
        read(path)


def test_raw_is_seen_without_being_read(make_adata, tmp_path):
    adata = make_adata()
    adata.raw = adata.copy()
    adata.write_h5ad(tmp_path / "x.h5ad")
    found = read(tmp_path / "x.h5ad", on_disk=True)
    assert found.raw.shape == adata.shape
    assert hasattr(found.raw.X, "group")  # a handle, no values
