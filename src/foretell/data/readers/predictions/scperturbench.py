"""scPerturBench's results: predicted, real and control cells in one h5ad."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from foretell.core.errors import BadMapping, BadValues, shorten
from foretell.core.folder import atomic_file
from foretell.core.prediction import Prediction
from foretell.data.readers.h5ad import read_h5ad
from foretell.data.readers.predictions.cell_eval import as_cells
from foretell.data.readers.predictions.outside import Outside, outside_of

if TYPE_CHECKING:
    from anndata import AnnData

__all__ = ["LAYOUT", "read_scperturbench", "write_scperturbench"]

LAYOUT = "scperturbench"
SORT, COLUMN, CONTROL = "Expcategory", "perturbation", "control"
PREDICTED, MEASURED = "imputed", "stimulated"


def read_scperturbench(
    path: Path, *, column: str = COLUMN, name: str | None = None, keep_cells: bool = True
) -> tuple[Outside, AnnData]:
    """Read the prediction, and the real cells beside it with their controls.

    In ``savedModels<seed>/result.h5ad`` (unseen perturbations) a column says which cells are
    ``imputed``, ``stimulated`` or ``control``. In ``<perturbation>_imputed.h5ad`` (unseen cellular
    contexts) the column of labels itself says so, and the file's name bears the perturbation.

    Parameters
    ----------
    name : of the perturbation, in the second form; taken from the file's name unless given.

    Notes
    -----
    Its own evaluation replaces predicted cells that hold NaN by the mean of the controls, and
    leaves out perturbations that a method failed on. Here NaN stays NaN.
    """
    path = Path(path)
    adata = read_h5ad(path)
    if SORT in adata.obs.columns:
        sort = np.asarray(adata.obs[SORT]).astype(str)
    elif column in adata.obs.columns and PREDICTED in set(adata.obs[column].astype(str)):
        sort = np.asarray(adata.obs[column]).astype(str)
        label = name or path.stem.removesuffix(f"_{PREDICTED}")
        adata = adata.copy()
        adata.obs[column] = np.where(sort == CONTROL, CONTROL, label)
    else:
        raise BadMapping(
            f"{path} says nowhere which cells are predicted",
            f"it needs a column '{SORT}' with '{PREDICTED}', '{MEASURED}' and '{CONTROL}'",
        )
    missing = {PREDICTED, MEASURED, CONTROL} - set(sort)
    if missing:
        raise BadValues(f"{path} has no cells that are {shorten(sorted(missing))}", "write all")
    predicted = outside_of(
        adata[sort == PREDICTED], (column,), layout=LAYOUT, keep_cells=keep_cells
    )
    return predicted, adata[sort != PREDICTED].copy()


def write_scperturbench(
    path: Path,
    prediction: Prediction,
    labels: list[str],
    real: Any,
    *,
    column: str = COLUMN,
    n_cells: int = 100,
    noise: bool = False,
    seed: int = 0,
) -> None:
    """Write ``result.h5ad``: the prediction, the real cells of its labels, and the controls.

    Parameters
    ----------
    real : AnnData with real cells and controls (label ``control``), the genes of the prediction.
    """
    import anndata

    is_control = np.asarray(real.obs[column]).astype(str) == CONTROL
    controls = real.X[np.flatnonzero(is_control)]
    cells = as_cells(prediction, labels, controls, column, CONTROL, n_cells, noise, seed)
    cells = cells[np.asarray(cells.obs[column]) != CONTROL].copy()
    cells.obs[SORT] = PREDICTED
    others = real[is_control | np.isin(np.asarray(real.obs[column]).astype(str), labels)].copy()
    others.obs = others.obs[[column]].astype(str)
    others.obs[SORT] = np.where(others.obs[column] == CONTROL, CONTROL, MEASURED)
    both = anndata.concat([cells, others], index_unique="-")
    atomic_file(Path(path), lambda part: both.write_h5ad(part))
