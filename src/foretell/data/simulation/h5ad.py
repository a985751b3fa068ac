"""Write cells to an h5ad file as they are drawn."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from io import FileIO, RawIOBase
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from foretell.data.simulation.counts import CellBlock

if TYPE_CHECKING:
    from h5py import File, Group

__all__ = ["create_h5ad", "write_annotation", "write_counts"]

HDF5_CHUNK = 2**17
EMPTY_PARTS = ("obsm", "varm", "obsp", "varp", "layers")


@contextmanager
def create_h5ad(path: Path) -> Iterator[File]:
    """Open a new file that takes its name only when the block ends without an error."""
    import h5py

    partial = path.with_name(f".{path.name}.{uuid.uuid4().hex}.part")
    try:
        with partial.open("w+b", buffering=0) as raw:
            calm = _CalmFile(raw)
            with h5py.File(calm, "w") as file:
                file.attrs.update({"encoding-type": "anndata", "encoding-version": "0.1.0"})
                yield file
            if calm.problem is not None:
                raise calm.problem
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


class _CalmFile(RawIOBase):
    """A file that remembers its first failure to write instead of raising it.

    HDF5 does not survive a disk that fills up: it reports the failure once per open object, on
    standard error, and may take the process down when it ends. So it is told that all went well,
    and the failure is raised when the file is closed.
    """

    def __init__(self, raw: FileIO) -> None:
        self._raw, self._at = raw, 0
        self.problem: OSError | None = None

    def write(self, data: Any) -> int:
        view = memoryview(data).cast("B")
        done = 0
        while self.problem is None and done < len(view):
            done += self._try(os.pwrite, self._raw.fileno(), view[done:], self._at + done) or 0
        self._at += len(view)
        return len(view)

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer).cast("B")
        found = os.pread(self._raw.fileno(), len(view), self._at)
        view[: len(found)] = found
        view[len(found) :] = bytes(len(view) - len(found))  # what could not be written
        self._at += len(view)
        return len(view)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size()}[whence]
        self._at = start + offset
        return self._at

    def tell(self) -> int:
        return self._at

    def truncate(self, size: int | None = None, /) -> int:
        end = self._at if size is None else size
        self._try(self._raw.truncate, end)
        return end

    def flush(self) -> None:
        """Nothing is buffered here."""

    def _size(self) -> int:
        return os.fstat(self._raw.fileno()).st_size

    def _try(self, call: Callable[..., int], *arguments: Any) -> int | None:
        try:
            return call(*arguments)
        except OSError as error:
            self.problem = self.problem or error
            return None


def write_counts(file: File, blocks: Iterable[CellBlock], n_genes: int, chunk: int) -> None:
    """Append blocks of cells to `X`, a CSR matrix, at least `chunk` cells per write.

    Holds no more than `chunk` cells and one block.
    """
    group = file.create_group("X")
    for name, dtype in (("data", np.float32), ("indices", np.int32)):
        group.create_dataset(
            name, (0,), dtype, maxshape=(None,), chunks=(HDF5_CHUNK,), compression="gzip",
            compression_opts=1, shuffle=True,
        )  # fmt: skip
    lengths: list[np.ndarray] = []
    waiting: list[CellBlock] = []
    for block in blocks:
        waiting.append(block)
        lengths.append(block.lengths)
        if sum(map(len, waiting)) >= chunk:
            _flush(group, waiting)
    _flush(group, waiting)
    # 64 bits, as large screens have more than 2**31 non-zero counts.
    indptr = np.concatenate([[0], np.cumsum(np.concatenate(lengths))]).astype(np.int64)
    group.create_dataset("indptr", data=indptr)
    shape = np.array([indptr.size - 1, n_genes])
    group.attrs.update({"encoding-type": "csr_matrix", "encoding-version": "0.1.0", "shape": shape})


def write_annotation(file: File, **parts: Any) -> None:
    """Write `obs`, `var`, `uns`, and the empty parts that an h5ad file has."""
    from anndata.io import write_elem

    empty: dict[str, Any] = {name: {} for name in EMPTY_PARTS}
    for name, value in {**empty, **parts}.items():
        write_elem(file, name, value)


def _flush(group: Group, waiting: list[CellBlock]) -> None:
    """Append the waiting blocks to the file and forget them."""
    for name in ("data", "indices"):
        values = [getattr(block, name) for block in waiting]
        if values:
            dataset = group[name]
            old = dataset.shape[0]
            dataset.resize(old + sum(map(len, values)), axis=0)
            dataset[old:] = np.concatenate(values)
    waiting.clear()
