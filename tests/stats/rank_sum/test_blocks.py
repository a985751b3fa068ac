"""Rank sums from blocks and from disk: the same bits as in memory."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anndata
import numpy as np
import pytest
import scipy.sparse as sp

from foretell.core.errors import BadValues
from foretell.core.matrix import Matrix
from foretell.stats.rank_sum import blocks as module
from foretell.stats.rank_sum.blocks import rank_sum_blocks, rank_sum_matrix
from foretell.stats.rank_sum.rank_sum import RankSum, rank_sum

N, G, N_GROUPS = 240, 30, 4


@pytest.fixture(params=["f4", "f8", "i4"])
def screen(request: pytest.FixtureRequest) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    X = rng.normal(0, 3, (N, G)) * (rng.random((N, G)) < rng.random(G))
    codes = rng.integers(-1, N_GROUPS, N)
    control = (codes < 0) & (rng.random(N) < 0.8)
    return X.astype(request.param), codes, control


def same(a: RankSum, b: RankSum) -> None:
    for name in ("u", "z", "p", "n", "n_control"):
        np.testing.assert_array_equal(getattr(a, name), getattr(b, name))


def in_blocks(X: Any, step: int) -> Iterator[tuple[Any, slice]]:
    for start in range(0, X.shape[0], step):
        yield X[start : start + step], slice(start, min(start + step, X.shape[0]))


@pytest.mark.parametrize("bucket_values", [10**9, 900, 1])
@pytest.mark.parametrize("step", [7, 240])
def test_blocks_give_the_same_bits(screen: Any, bucket_values: int, step: int) -> None:
    X, codes, control = screen
    expected = rank_sum(X, codes, N_GROUPS, control)
    for form in (X, sp.csr_matrix(X)):
        found = rank_sum_blocks(
            in_blocks(form, step), G, codes, N_GROUPS, control, bucket_values=bucket_values
        )
        same(found, expected)
    found = rank_sum_blocks(in_blocks(X, step), G, codes, N_GROUPS, bucket_values=bucket_values)
    same(found, rank_sum(X, codes, N_GROUPS))


def test_several_labellings_come_through_blocks(screen: Any) -> None:
    X, codes, control = screen
    many = np.stack([codes, codes[::-1]])
    both = np.stack([control, control[::-1]])
    found = rank_sum_blocks(in_blocks(X, 50), G, many, N_GROUPS, both, bucket_values=700)
    same(found, rank_sum(X, many, N_GROUPS, both))


@pytest.mark.parametrize("form", ["csr", "csc", "dense"])
@pytest.mark.parametrize("store", ["h5ad", "zarr"])
def test_files_give_the_same_bits(screen: Any, tmp_path: Path, form: str, store: str) -> None:
    X, codes, control = screen
    made = {"csr": sp.csr_matrix, "csc": sp.csc_matrix, "dense": np.asarray}[form](X)
    path = tmp_path / f"screen.{store}"
    if store == "h5ad":
        anndata.AnnData(made).write_h5ad(path)
        import h5py

        opened = h5py.File(path)["X"]
    else:
        import zarr

        anndata.AnnData(made).write_zarr(path)
        opened = zarr.open(str(path), mode="r")["X"]
    stored = opened if form == "dense" else anndata.io.sparse_dataset(opened)
    matrix = Matrix(stored)
    assert matrix.on_disk
    expected = rank_sum(X, codes, N_GROUPS, control)
    same(rank_sum_matrix(matrix, codes, N_GROUPS, control, bucket_values=800), expected)
    same(rank_sum_matrix(Matrix(made), codes, N_GROUPS, control), expected)


def test_nan_in_a_later_range_names_the_gene_of_the_whole(screen: Any, tmp_path: Path) -> None:
    X, codes, control = screen
    X = X.astype("f4")
    X[np.flatnonzero(control)[0], 28] = np.nan
    with pytest.raises(BadValues, match="gene 28"):
        rank_sum_blocks(
            in_blocks(X, 50), G, codes, N_GROUPS, control, bucket_values=300, folder=tmp_path
        )
    assert list(tmp_path.iterdir()) == []


def test_temporary_files_are_removed_at_the_end_and_on_error(screen: Any, tmp_path: Path) -> None:
    X, codes, control = screen
    seen = []

    def watched() -> Iterator[tuple[Any, slice]]:
        for block in in_blocks(X, 60):
            seen.append([path for path in tmp_path.rglob("*") if path.is_file()])
            yield block

    settings = {"bucket_values": 500, "folder": tmp_path}
    rank_sum_blocks(watched(), G, codes, N_GROUPS, control, **settings)
    assert len(seen[-1]) > 3  # there were some
    assert list(tmp_path.iterdir()) == []

    def broken() -> Iterator[tuple[Any, slice]]:
        yield from in_blocks(X[:120], 60)
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="the disk is gone"):
        rank_sum_blocks(broken(), G, codes, N_GROUPS, control, **settings)
    assert list(tmp_path.iterdir()) == []


def test_small_data_make_no_files(screen: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    X, codes, control = screen
    monkeypatch.setattr(tempfile, "TemporaryDirectory", None)  # calling it would fail
    same(
        rank_sum_blocks(in_blocks(X, 60), G, codes, N_GROUPS, control),
        rank_sum(X, codes, N_GROUPS, control),
    )


def test_a_block_whose_memory_is_used_again_is_not_kept(screen: Any) -> None:
    X, codes, control = screen

    def reused() -> Iterator[tuple[Any, slice]]:
        for block, where in in_blocks(sp.csr_matrix(X), 60):
            yield block, where
            block.data[:] = 99  # what a reader does with its buffer

    same(
        rank_sum_blocks(reused(), G, codes, N_GROUPS, control),
        rank_sum(X, codes, N_GROUPS, control),
    )


def test_missing_rows_are_noticed(screen: Any) -> None:
    X, codes, control = screen
    with pytest.raises(BadValues, match="give each observation once"):
        rank_sum_blocks(in_blocks(X[:200], 60), G, codes, N_GROUPS, control)


def test_no_blocks_are_no_tests() -> None:
    found = rank_sum_blocks([], 3, np.zeros(0, int), 2, np.zeros(0, bool))
    assert np.isnan(found.p).all()


def test_ranges_follow_what_is_stored() -> None:
    X = sp.csr_matrix(np.pad(np.ones((10, 2)), ((0, 0), (8, 0))))  # all in the last two genes
    cuts = module._cuts(X, 20, 10)
    assert cuts[0] == 0
    assert cuts[-1] == 10
    assert 8 in cuts or 9 in cuts
