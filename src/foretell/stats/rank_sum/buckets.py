"""Buckets: rows that arrive in blocks, kept by ranges of genes until all have arrived."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

__all__ = ["Buckets"]

Part = tuple[NDArray[np.int32], NDArray[np.int32], NDArray[Any]]  # lengths of rows, columns, values


class Buckets:
    """Split CSR blocks by ranges of genes; a context manager.

    With one range the parts stay in memory. With more, each range has a file in a temporary
    folder, which is removed at the end, and on any error.

    Parameters
    ----------
    cuts : (n_buckets + 1,) first gene of every range, and the number of genes.
    folder : where the temporary folder is made; None = where the system keeps such files.
    """

    def __init__(self, cuts: NDArray[np.int64], folder: Path | None = None) -> None:
        self.cuts, self.folder = cuts, folder
        self._parts: list[list[Any]] = [[] for _ in cuts[1:]]
        self._files: list[Any] = []
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        from tempfile import TemporaryDirectory

        if len(self.cuts) > 2:
            made = TemporaryDirectory(prefix="foretell-", dir=self.folder)
            at = Path(self._stack.enter_context(made))
            try:
                for k in range(len(self.cuts) - 1):
                    file = (at / f"genes_{k}").open("w+b")
                    self._files.append(self._stack.enter_context(file))
            except BaseException:
                self._stack.close()
                raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    def add(self, block: Any, used: NDArray[np.bool_]) -> None:
        """Add the used rows of a canonical CSR block."""
        cuts, indptr = self.cuts, block.indptr
        lengths = np.empty((len(cuts) - 1, int(used.sum())), np.int32)
        columns = np.empty(len(block.data), np.int32)
        values = np.empty_like(block.data)
        ends = np.empty(len(cuts) - 1, np.int64)
        _split()(indptr, block.indices, block.data, used, cuts, lengths, columns, values, ends)
        start = 0
        for k, end in enumerate(ends):
            self._keep(k, (lengths[k], columns[start:end], values[start:end]))
            start = int(end)

    def _keep(self, k: int, part: Part) -> None:
        if not self._files:
            self._parts[k].append(part)
            return
        for array in part:
            self._files[k].write(np.ascontiguousarray(array).data)
        self._parts[k].append([(array.dtype, len(array)) for array in part])

    def __iter__(self) -> Iterator[tuple[int, int, tuple[NDArray[Any], ...]]]:
        """Yield the first and the last gene of every range, and (indptr, columns, values)."""
        for k, (first, last) in enumerate(zip(self.cuts[:-1], self.cuts[1:], strict=True)):
            yield int(first), int(last), self._joined(k)
            self._parts[k] = []

    def _joined(self, k: int) -> tuple[NDArray[Any], ...]:
        """Join the parts of a range; read into place, so that nothing is there twice."""
        if not self._files:
            parts = [list(group) for group in zip(*self._parts[k], strict=True)]
            lengths, columns, values = (np.concatenate(group) for group in parts)
        else:
            self._files[k].seek(0)
            sizes = [sum(part[i][1] for part in self._parts[k]) for i in range(3)]
            dtypes = [dtype for dtype, _ in self._parts[k][0]]
            arrays = [np.empty(n, dtype) for n, dtype in zip(sizes, dtypes, strict=True)]
            at = [0, 0, 0]
            for part in self._parts[k]:
                for i, (_, n) in enumerate(part):
                    self._files[k].readinto(arrays[i][at[i] : at[i] + n].view(np.uint8))
                    at[i] += n
            lengths, columns, values = arrays
            self._files[k].truncate(0)  # the room is free again, before all are done
        return np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)]), columns, values


@cache
def _split() -> Callable[..., None]:
    """Compile the loop on first use (kept on disk after that)."""
    from numba import njit

    compiled: Callable[..., None] = njit(cache=True, nogil=True)(_split_rows)
    return compiled


def _split_rows(
    indptr: NDArray[Any],
    indices: NDArray[Any],
    data: NDArray[Any],
    used: NDArray[np.bool_],
    cuts: NDArray[np.int64],
    lengths: NDArray[np.int32],
    columns: NDArray[np.int32],
    values: NDArray[Any],
    ends: NDArray[np.int64],
) -> None:
    """Write the rows bucket by bucket; written for compilation, hence the plain loops."""
    at = 0
    for k in range(len(cuts) - 1):
        n = 0
        for row in range(len(used)):
            if not used[row]:
                continue
            a, b = indptr[row], indptr[row + 1]
            low = a + np.searchsorted(indices[a:b], cuts[k])
            high = a + np.searchsorted(indices[a:b], cuts[k + 1])
            for p in range(low, high):
                columns[at] = indices[p] - cuts[k]
                values[at] = data[p]
                at += 1
            lengths[k, n] = high - low
            n += 1
        ends[k] = at
