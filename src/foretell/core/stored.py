"""StoredArray: a flat array of an HDF5 file, read past the library where it is stored plainly."""

from __future__ import annotations

import os
from typing import Any, BinaryIO, Self

import numpy as np

__all__ = ["StoredArray"]


class StoredArray:
    """Read ranges of a one-dimensional HDF5 dataset into a buffer.

    Chunks without a filter lie in the file as they are in memory, and are read from where they
    lie: half the time of going through the library, which copies them twice. Everything else
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
            if last > first:
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

    @property
    def _chunk(self) -> int:
        return int(self.dataset.chunks[0])


def _chunk_offsets(dataset: Any) -> np.ndarray | None:
    """Return where every chunk begins in the file, or None where the library has to read."""
    plain = (
        dataset.chunks is not None
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
