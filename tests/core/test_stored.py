"""Flat arrays read past HDF5 are the same as through it, and those of zarr the same as whole."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anndata as ad
import h5py
import numpy as np
import pytest
import scipy.sparse as sp
import zarr
from anndata.io import sparse_dataset

import foretell.core.stored as module
from foretell.core.stored import StoredArray, lies_on_disk

LAYOUTS: dict[str, dict[str, Any]] = {
    "chunked": {"chunks": (97,)},
    "contiguous": {},
    "compressed": {"chunks": (97,), "compression": "gzip"},
    "shuffled": {"chunks": (97,), "shuffle": True},
    "larger chunk than array": {"chunks": (4000,), "maxshape": (None,)},
}


def stored(path: Path, values: np.ndarray, layout: str) -> h5py.Dataset:
    """Write an array and open it again."""
    with h5py.File(path, "w") as file:
        file.create_dataset("x", data=values, **LAYOUTS[layout])
    return h5py.File(path)["x"]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("dtype", ["f4", "f8", "i4", "u2", ">f4"])
def test_every_range_is_read_as_the_library_reads_it(
    layout: str, dtype: str, tmp_path: Path
) -> None:
    values = np.arange(1000).astype(dtype)
    dataset = stored(tmp_path / "x.h5", values, layout)
    buffer = np.empty(1000, dtype=dtype)
    rng = np.random.default_rng(0)
    with StoredArray(dataset) as array:
        for _ in range(50):
            first, last = np.sort(rng.integers(0, 1001, 2))
            found = array.read(int(first), int(last), buffer)
            np.testing.assert_array_equal(found, values[first:last])


def test_a_plain_chunked_array_does_not_go_through_the_library(tmp_path: Path) -> None:
    dataset = stored(tmp_path / "x.h5", np.arange(1000.0), "chunked")
    buffer = np.empty(1000)
    with StoredArray(dataset) as array:
        array.dataset = None if array._offsets is None else _Silent(dataset)
        np.testing.assert_array_equal(array.read(100, 900, buffer), np.arange(100.0, 900.0))


class _Silent:
    """Everything of a dataset but its reading."""

    def __init__(self, dataset: h5py.Dataset) -> None:
        self.dtype, self.chunks, self.file = dataset.dtype, dataset.chunks, dataset.file


@pytest.mark.parametrize("chunks_at_once", [1, 4])
@pytest.mark.parametrize("version", [2, 3])
def test_every_range_of_a_zarr_array_is_read(
    tmp_path: Path, version: int, chunks_at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CHUNKS_AT_ONCE", chunks_at_once)
    values = np.arange(1000, dtype="i4")
    dataset = zarr.create_array(
        str(tmp_path / "x.zarr"), shape=(1000,), chunks=(97,), dtype="i4", zarr_format=version
    )
    dataset[:] = values
    buffer = np.empty(1000, dtype="i4")
    rng = np.random.default_rng(0)
    with StoredArray(dataset) as array:
        for _ in range(20):
            first, last = np.sort(rng.integers(0, 1001, 2))
            found = array.read(int(first), int(last), buffer)
            np.testing.assert_array_equal(found, values[first:last])


def test_a_handle_on_a_file_is_told_from_what_is_in_memory(tmp_path: Path) -> None:
    X = sp.csr_matrix(np.eye(3))
    ad.AnnData(X, layers={"dense": X.toarray()}).write_h5ad(tmp_path / "x.h5ad")
    with h5py.File(tmp_path / "x.h5ad") as file:
        assert lies_on_disk(sparse_dataset(file["X"]))
        assert lies_on_disk(file["layers/dense"])
    assert lies_on_disk(zarr.zeros((2, 2)))
    for held in (X, X.toarray(), sp.csr_array(X), None):
        assert not lies_on_disk(held)


def test_chunks_that_were_never_written_go_through_the_library(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "x.h5", "w") as file:
        dataset = file.create_dataset("x", shape=(1000,), dtype="f8", chunks=(100,), fillvalue=7)
        dataset[300:500] = 1.0
    with StoredArray(h5py.File(tmp_path / "x.h5")["x"]) as array:
        found = array.read(250, 350, np.empty(1000))
    np.testing.assert_array_equal(found, np.r_[np.full(50, 7.0), np.ones(50)])


def test_a_file_that_ends_early_is_an_error_and_not_a_number(tmp_path: Path) -> None:
    dataset = stored(tmp_path / "x.h5", np.arange(100_000.0), "chunked")
    with StoredArray(dataset) as array:
        with (tmp_path / "x.h5").open("r+b") as file:
            file.truncate(200_000)
        with pytest.raises(OSError, match="ends within its data"):
            array.read(0, 100_000, np.empty(100_000))
