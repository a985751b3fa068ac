"""A matrix by genes is written by rows out of memory, the same as in memory."""

from __future__ import annotations

from pathlib import Path

import anndata as ad
import h5py
import numpy as np
import pytest
import scipy.sparse as sp
from anndata.io import sparse_dataset

import foretell.data.readers.by_rows as module
from foretell.data.readers.by_rows import stored_by_rows


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORETELL_CACHE", str(tmp_path / "cache"))


def stored(X: sp.csc_matrix, path: Path) -> object:
    ad.AnnData(X).write_h5ad(path)
    return sparse_dataset(h5py.File(path)["X"])


@pytest.mark.parametrize(("piece", "bucket"), [(1, 1), (7, 20), (50, 3), (10**6, 10**6)])
@pytest.mark.parametrize("dtype", ["f4", "f8", "i4"])
def test_it_is_the_matrix_of_scipy_whatever_the_pieces(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, piece: int, bucket: int, dtype: str
) -> None:
    monkeypatch.setattr(module, "PIECE", piece)
    monkeypatch.setattr(module, "LARGEST_BUCKET", bucket)
    rng = np.random.default_rng(piece)
    dense = rng.poisson(0.4, (23, 17)) * (rng.random((23, 1)) > 0.3) * (rng.random(17) > 0.3)
    X = sp.csc_matrix(dense.astype(dtype))
    found = stored_by_rows(stored(X, tmp_path / "a.h5ad"), "key").to_memory()
    expected = X.tocsr()
    assert found.dtype == expected.dtype
    for part in ("data", "indices", "indptr"):
        np.testing.assert_array_equal(getattr(found, part), getattr(expected, part))


@pytest.mark.parametrize("shape", [(5, 3), (0, 3), (4, 0)])
def test_an_empty_matrix_stays_empty(tmp_path: Path, shape: tuple[int, int]) -> None:
    X = stored(sp.csc_matrix(shape, dtype="f4"), tmp_path / "a.h5ad")
    assert stored_by_rows(X, "key").shape == shape


def test_what_breaks_halfway_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    X = stored(sp.random(20, 10, 0.5, format="csc", dtype="f4"), tmp_path / "a.h5ad")
    with monkeypatch.context() as broken:
        broken.setattr(module, "_deal", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            stored_by_rows(X, "key")
    assert [f.suffix for f in (tmp_path / "cache" / "by_rows").iterdir()] in ([], [".lock"])
    assert stored_by_rows(X, "key").shape == (20, 10)
