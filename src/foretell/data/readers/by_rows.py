"""By rows: a sparse matrix that a file stores by genes (CSC), once written by observations."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

import numpy as np

from foretell.core.errors import UnreadableFile
from foretell.data.fetch import cache_folder

__all__ = ["stored_by_rows"]

PIECE = 1 << 19  # stored values that are worked on at once: some 30 MB of temporary arrays
LARGEST_BUCKET = 1 << 21  # stored values of rows that are put in order together: some 80 MB


def stored_by_rows(X: Any, key: str) -> Any:
    """Return a CSR handle for a CSC matrix on disk, written to the cache folder the first time.

    Memory is bounded by constants and one number per row and column: values are read once in
    their order, dealt into buckets of neighbouring rows, and each bucket is sorted. It takes about
    twice the disk space of the matrix without compression while it runs, once that afterwards.

    Parameters
    ----------
    X : CSC matrix in an HDF5 file or a zarr store.
    key : names the content; a second call with it reads what the first has written.
    """
    import h5py
    from anndata.io import sparse_dataset
    from filelock import FileLock

    path = cache_folder() / "by_rows" / f"{key}.h5"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(f"{path}.lock"):
            if not path.is_file():
                _write(X, path)
    except OSError as error:
        raise UnreadableFile(
            f"a matrix that is stored by genes (CSC) cannot be written by observations to {path} "
            f"({error})",
            "make room, name another folder in FORETELL_CACHE, or write the file with "
            "adata.X = adata.X.tocsr()",
        ) from error
    return sparse_dataset(h5py.File(path, "r")["X"])


def _write(X: Any, path: Path) -> None:
    """Write under another name first: what is named by its content is complete."""
    import h5py

    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        with h5py.File(part, "w") as file, TemporaryFile(dir=path.parent) as dealt:
            group = file.create_group("X")
            group.attrs.update({"encoding-type": "csr_matrix", "encoding-version": "0.1.0"})
            group.attrs["shape"] = np.asarray(X.shape, dtype=np.int64)
            _transpose(X, group, dealt)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _transpose(X: Any, group: Any, dealt: IO[bytes]) -> None:
    n_obs, n_genes = X.shape
    indptr = np.zeros(n_obs + 1, dtype=np.int64)
    for rows, _, _ in _pieces(X, values=False):
        if rows.min() < 0 or rows.max() >= n_obs:
            raise UnreadableFile(
                f"a stored value of {X.group.name} stands beyond the {n_obs} observations",
                "the file is damaged: compare size and checksum with the source, fetch it again",
            )
        indptr[1:] += np.bincount(rows, minlength=n_obs)
    np.cumsum(indptr, out=indptr)
    at, indices = (np.int32 if size < 2**31 else np.int64 for size in (n_obs, n_genes))
    dtype = X.group["data"].dtype
    entry = np.dtype([("row", at), ("column", indices), ("value", dtype)])
    n_stored = int(indptr[-1])
    chunks = (min(PIECE, n_stored),) if n_stored else None
    group.create_dataset("indptr", data=indptr)
    group.create_dataset("indices", (n_stored,), indices, chunks=chunks)
    group.create_dataset("data", (n_stored,), dtype, chunks=chunks)
    borders = _borders(indptr)
    _deal(X, indptr, borders, dealt, entry)
    for first, last in zip(borders, borders[1:], strict=False):
        start, stop = int(indptr[first]), int(indptr[last])
        dealt.seek(start * entry.itemsize)
        found = np.frombuffer(dealt.read((stop - start) * entry.itemsize), dtype=entry)
        order = np.argsort(found["row"], kind="stable")  # columns arrive in order already
        group["indices"][start:stop] = found["column"][order]
        group["data"][start:stop] = found["value"][order]


def _pieces(X: Any, values: bool = True) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Yield rows, columns and values of runs of stored values."""
    starts = np.asarray(X.group["indptr"][:])
    for start in range(0, int(starts[-1]), PIECE):
        stop = min(start + PIECE, int(starts[-1]))
        rows = np.asarray(X.group["indices"][start:stop])
        if not values:
            yield rows, rows, rows
            continue
        columns = np.searchsorted(starts, np.arange(start, stop), side="right") - 1
        yield rows, columns, np.asarray(X.group["data"][start:stop])


def _borders(indptr: np.ndarray) -> list[int]:
    """Rows at which buckets of at most `LARGEST_BUCKET` values begin, and the end."""
    borders, last = [0], len(indptr) - 1
    while borders[-1] < last:
        most = int(np.searchsorted(indptr, indptr[borders[-1]] + LARGEST_BUCKET, side="right")) - 1
        borders.append(min(max(most, borders[-1] + 1), last))
    return borders


def _deal(
    X: Any, indptr: np.ndarray, borders: list[int], dealt: IO[bytes], entry: np.dtype[Any]
) -> None:
    """Write entries to their bucket's place in a scratch file, in the order of columns."""
    cursor = indptr[borders[:-1]].copy()
    for rows, columns, values in _pieces(X):
        bucket = np.searchsorted(borders, rows, side="right") - 1
        order = np.argsort(bucket, kind="stable")
        entries = np.empty(len(rows), dtype=entry)
        entries["row"], entries["column"], entries["value"] = rows, columns, values
        entries, bucket = entries[order], bucket[order]
        present, starts = np.unique(bucket, return_index=True)
        for b, part in zip(present, np.split(entries, starts[1:]), strict=True):
            dealt.seek(int(cursor[b]) * entry.itemsize)
            dealt.write(part.tobytes())
            cursor[b] += len(part)
