"""PEREGGRN's predictions: one h5ad per condition of an experiment, rows with their metadata."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from foretell.core.errors import BadMapping, UnreadableFile, did_you_mean
from foretell.core.folder import atomic_file
from foretell.core.prediction import Prediction
from foretell.data.readers.h5ad import read_h5ad
from foretell.data.readers.predictions.outside import Outside, outside_of

__all__ = ["LAYOUT", "read_pereggrn", "write_pereggrn"]

LAYOUT = "pereggrn"
LEVEL = "expression_level_after_perturbation"
NEEDED = ("perturbation", LEVEL)
GROUPS = ("perturbation", "timepoint", "cell_type")


def read_pereggrn(path: Path, condition: int | None = None) -> Outside:
    """Read ``predictions/<condition>.h5ad``, or a file by its own path.

    Perturbations are names joined by commas there; they are joined by ``+`` here. Rows that agree
    in perturbation, time and cell type are averaged, over all time scales that were asked for.
    Rows of NaN are predictions that failed.
    """
    path = Path(path)
    if condition is not None:
        path = path / "predictions" / f"{condition}.h5ad"
    if not path.is_file():
        raise UnreadableFile(f"there is no file {path}", "give the experiment's `outputs` folder")
    adata = read_h5ad(path).copy()
    for column in NEEDED:
        if column not in adata.obs.columns:
            way_out = did_you_mean(column, adata.obs.columns)
            raise BadMapping(f"{path} has no column '{column}'", way_out)
    spelled = adata.obs["perturbation"].astype(str).str.replace(",", "+")
    adata.obs["perturbation"] = spelled.to_numpy()
    columns = tuple(c for c in GROUPS if c in adata.obs.columns)
    return outside_of(adata, columns, layout=LAYOUT, keep_cells=False)


def write_pereggrn(path: Path, prediction: Prediction, metadata: list[dict[str, Any]]) -> None:
    """Write ``predictions.h5ad`` as a container gives it back: one row per row of the metadata.

    Parameters
    ----------
    metadata : of each row: ``perturbation`` (parts joined by commas), the level that the perturbed
        gene was set to, and whatever else was asked with, such as ``cell_type`` and ``timepoint``.
    """
    import anndata
    import pandas as pd

    if len(metadata) != len(prediction):
        raise BadMapping(
            f"{len(metadata)} rows of metadata for {len(prediction)} predictions",
            "give one row of metadata per prediction",
        )
    frame = pd.DataFrame(metadata)
    missing = [c for c in NEEDED if c not in frame.columns]
    if missing:
        raise BadMapping(f"the metadata have no '{missing[0]}'", f"it needs {' and '.join(NEEDED)}")
    defaults: dict[str, Any] = {
        "timepoint": 0,
        "cell_type": "0",
        "is_control": False,
        "prediction_timescale": 1,
    }
    for column, value in defaults.items():
        if column not in frame.columns:
            frame[column] = value
    frame.index = frame.index.astype(str)
    X = np.asarray(prediction.mean, dtype=np.float64)
    adata = anndata.AnnData(X, obs=frame, var=pd.DataFrame(index=prediction.genes))
    atomic_file(Path(path), lambda part: adata.write_h5ad(part))
