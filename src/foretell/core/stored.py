"""StoredArray: a flat array of an HDF5 file or a zarr store, read into memory that is reused."""

from __future__ import annotations

import os
from typing import Any, BinaryIO, Self

import numpy as np

__all__ = ["StoredArray", "lies_on_disk"]

CHUNKS_AT_ONCE = 4
LIBRARIES = ("h5py", "zarr")  # whose arrays are handles: nothing is in memory until it is sliced


def lies_on_disk(X: Any) -> bool:
    """Tell whether a matrix is a handle on a file: an array of h5py or zarr, or a sparse one."""
    stored = getattr(X, "group", X)
    return type(stored).__module__.partition(".")[0] in LIBRARIES


class StoredArray:
    """Read ranges of a one-dimensional array of an HDF5 file or a zarr store into a buffer.

    Chunks of HDF5 without a filter lie in the file as they are in memory, and are read from where
    they lie: half the time of going through the library, which copies them twice. Everything else
    (compressed, of another byte order, partly written, not a plain file) goes through the library.
    A context manager: the file is open inside only.
    """

    def __init__(self, dataset: Any) -> None:
        self.dataset = dataset
        self._offsets = _chunk_offsets(dataset)
        self._file: BinaryIO | None = None

    def __enter__(self) -> Self:
        if self._offsets is not None:
            self._file = open(self.dataset.file.filename, "rb", buffering=0)  # noqa: PTH123, SIM115
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the values."""
        dtype: np.dtype[Any] = self.dataset.dtype
        return dtype

    def read(self, first: int, last: int, into: np.ndarray) -> np.ndarray:
        """Read values ``first:last`` into the beginning of a buffer of the same type."""
        found = into[: last - first]
        if self._file is None or self._offsets is None:
            if not hasattr(self.dataset, "read_direct"):
                self._read_chunks(first, last, found)
            elif last > first:
                self.dataset.read_direct(into, np.s_[first:last], np.s_[0 : last - first])
            return found
        target, size, chunk = memoryview(found.data).cast("B"), self.dtype.itemsize, self._chunk
        for start in range(first // chunk * chunk, last, chunk):
            a, b = max(first, start), min(last, start + chunk)
            place = int(self._offsets[start // chunk]) + (a - start) * size
            part = target[(a - first) * size : (b - first) * size]
            if os.preadv(self._file.fileno(), [part], place) != len(part):
                raise OSError(f"{self.dataset.file.filename} ends within its data")
        return found

    def _read_chunks(self, first: int, last: int, found: np.ndarray) -> None:
        """Read a zarr array a few chunks at a time: it returns copies, which stay small so."""
        step = CHUNKS_AT_ONCE * self._chunk
        for start in range(first // self._chunk * self._chunk, last, step):
            a, b = max(first, start), min(last, start + step)
            found[a - first : b - first] = self.dataset[a:b]

    @property
    def _chunk(self) -> int:
        return int(self.dataset.chunks[0])


def _chunk_offsets(dataset: Any) -> np.ndarray | None:
    """Return where every chunk begins in the file, or None where the library has to read."""
    plain = (
        hasattr(dataset, "read_direct")  # of h5py, not of zarr
        and dataset.chunks is not None
        and len(dataset.chunks) == 1
        and dataset.id.get_create_plist().get_nfilters() == 0
        and dataset.dtype.isnative
        and dataset.dtype.kind in "iuf"
        and dataset.file.driver == "sec2"
        and dataset.file.userblock_size == 0
        and hasattr(dataset.id, "chunk_iter")
        and hasattr(os, "preadv")
    )
    if not plain:
        return None
    offsets = np.full(-(-dataset.shape[0] // dataset.chunks[0]), -1, dtype=np.int64)

    def note(chunk: Any) -> None:
        offsets[chunk.chunk_offset[0] // dataset.chunks[0]] = chunk.byte_offset

    dataset.id.chunk_iter(note)
    return offsets if (offsets >= 0).all() else None
