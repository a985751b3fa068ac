"""Table: vectors of targets from a file (gene embeddings, compound descriptors)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Self

import numpy as np

from foretell.core.encoding import Encoding, EncodingInfo
from foretell.core.errors import UnreadableFile
from foretell.core.perturbation import Perturbation
from foretell.core.profiles import Profiles
from foretell.data.find import find_file
from foretell.knowledge.encodings.lookup import sum_of_rows

__all__ = ["Table"]


@dataclass
class Table(Encoding):
    """A table of vectors, one row per target, made without the screen that is predicted.

    Parameters
    ----------
    file : ``.h5ad`` (rows are targets), ``.parquet`` or ``.csv`` (first column or index is the
        target); a path, or a file stem on the data path.
    unit_length : scale every vector to length 1.

    Targets that are not in the table are not covered.
    """

    info: ClassVar[EncodingInfo] = EncodingInfo(
        name="table", summary="vectors of targets from a file", covers_unseen=True
    )
    file: str = ""
    unit_length: bool = True

    def fit(self, train: Profiles) -> Self:
        """Read the table; the training profiles are not used."""
        del train
        names, table = _read(self.file)
        if self.unit_length:
            length = np.linalg.norm(table, axis=1, keepdims=True)
            table = table / np.where(length > 0, length, 1.0)
        self.names_, self.table_ = names, table
        return self

    def encode(self, perturbations: Sequence[Perturbation]) -> tuple[np.ndarray, np.ndarray]:
        """Return sums of the targets' vectors (n, d), and True where all targets have one."""
        return sum_of_rows(perturbations, self.names_, self.table_)

    @classmethod
    def examples(cls) -> list[Self]:
        """No table is shipped, so there is no example without a file."""
        return []


def _read(file: str) -> tuple[np.ndarray, np.ndarray]:
    if not file:
        raise UnreadableFile("the encoding 'table' needs a file", 'give file = "..."')
    path = Path(file).expanduser()
    if path.suffix in (".parquet", ".csv") and path.is_file():
        return _read_frame(path)
    import anndata

    adata = anndata.read_h5ad(find_file(file))
    values = adata.X.toarray() if hasattr(adata.X, "toarray") else adata.X
    return np.asarray(adata.obs_names, dtype=str), np.asarray(values, dtype=float)


def _read_frame(path: Path) -> tuple[np.ndarray, np.ndarray]:
    import pandas as pd

    frame = pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_csv(path)
    if isinstance(frame.index, pd.RangeIndex):
        frame = frame.set_index(frame.columns[0])
    return frame.index.to_numpy(dtype=str), frame.to_numpy(dtype=float)
