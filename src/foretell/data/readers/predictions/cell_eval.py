"""cell-eval's pair of files: an h5ad of cells with a column of labels and controls of its own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from foretell.core.errors import BadValues
from foretell.core.folder import atomic_file
from foretell.core.prediction import Prediction
from foretell.data.readers.h5ad import read_h5ad
from foretell.data.readers.predictions.outside import Outside, outside_of

if TYPE_CHECKING:
    from anndata import AnnData

__all__ = ["LAYOUT", "as_cells", "read_cell_eval", "write_cell_eval"]

LAYOUT = "cell-eval"
COLUMN, CONTROL = "target_gene", "non-targeting"


def read_cell_eval(
    path: Path, *, column: str = COLUMN, context: tuple[str, ...] = (), keep_cells: bool = True
) -> Outside:
    """Read ``pred.h5ad``; its controls are read like any other label."""
    adata = read_h5ad(Path(path))
    return outside_of(adata, (column, *context), layout=LAYOUT, keep_cells=keep_cells)


def write_cell_eval(
    path: Path,
    prediction: Prediction,
    labels: list[str],
    controls: Any,
    *,
    column: str = COLUMN,
    control: str = CONTROL,
    n_cells: int = 100,
    noise: bool = False,
    seed: int = 0,
) -> None:
    """Write a prediction as cells, with the controls that cell-eval asks for.

    Parameters
    ----------
    labels : (n_rows,) label of each row of the prediction.
    controls : (n_controls, g) control cells to write beside it.
    n_cells : cells per label, where the prediction has none.
    noise : False repeats the mean profile. True draws control cells and moves them by the
        predicted shift (negative values become 0): a declared noise model, which cell-eval's tests
        of cells reward.
    """
    adata = as_cells(prediction, labels, controls, column, control, n_cells, noise, seed)
    atomic_file(Path(path), lambda part: adata.write_h5ad(part))


def as_cells(
    prediction: Prediction,
    labels: list[str],
    controls: Any,
    column: str,
    control: str,
    n_cells: int,
    noise: bool,
    seed: int,
) -> AnnData:
    """Return cells by label, the controls last; rows that were not answered are left out."""
    import anndata
    import pandas as pd

    if len(labels) != len(prediction):
        raise BadValues(
            f"{len(labels)} labels for {len(prediction)} rows", "give one label per row"
        )
    base = np.asarray(controls.toarray() if hasattr(controls, "tocsr") else controls)
    rng = np.random.default_rng(seed)
    parts, names = [], []
    for i in np.flatnonzero(prediction.answered):
        cells = _cells(prediction, int(i), base, n_cells, noise, rng)
        parts.append(cells)
        names += [labels[i]] * len(cells)
    X = np.vstack([*parts, base]).astype(np.float32)
    obs = pd.DataFrame({column: [*names, *[control] * len(base)]})
    obs.index = obs.index.astype(str)
    return anndata.AnnData(X, obs=obs, var=pd.DataFrame(index=prediction.genes))


def _cells(
    prediction: Prediction,
    i: int,
    base: np.ndarray,
    n_cells: int,
    noise: bool,
    rng: np.random.Generator,
) -> np.ndarray:
    if prediction.cells is not None and prediction.cell_row is not None:
        drawn = prediction.cells[np.flatnonzero(prediction.cell_row == i)]
        if drawn.shape[0]:
            return np.asarray(drawn.toarray() if hasattr(drawn, "tocsr") else drawn)
    if not noise:
        return np.tile(prediction.mean[i], (n_cells, 1))
    chosen = base[rng.choice(len(base), n_cells, replace=n_cells > len(base))]
    return np.maximum(chosen + prediction.shift[i], 0.0)
