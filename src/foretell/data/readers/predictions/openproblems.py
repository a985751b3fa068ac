"""OpenProblems' perturbation prediction: signed log p-values by row number, named by a map."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from foretell.core.errors import BadMapping, BadValues, UnreadableFile, did_you_mean
from foretell.core.folder import atomic_file
from foretell.core.prediction import Prediction
from foretell.data.readers.faults import reading
from foretell.data.readers.h5ad import read_h5ad
from foretell.data.readers.predictions.outside import Outside, outside_of

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["LAYOUT", "read_openproblems", "read_openproblems_truth", "write_openproblems"]

LAYOUT = "openproblems"
COLUMNS = ("sm_name", "cell_type")
PREDICTED, MEASURED = "prediction", "clipped_sign_log10_pval"


def read_openproblems(path: Path, id_map: Path) -> Outside:
    """Read a prediction: an h5ad with the layer ``prediction``, or a parquet or CSV file.

    Rows bear numbers; `id_map` (CSV or parquet with ``id``, ``cell_type``, ``sm_name``) names
    them. A table may have a column ``id``; without one, rows stand in the order of the map.

    Raises
    ------
    BadMapping
        If the map lacks a column, or rows and map differ in number.
    """
    named, path = _id_map(Path(id_map)), Path(path)
    if path.suffix != ".h5ad":
        return _of_table(path, named)
    adata = read_h5ad(path)
    if PREDICTED not in adata.layers:
        raise BadMapping(
            f"{path} has no layer '{PREDICTED}'", did_you_mean(PREDICTED, list(adata.layers))
        )
    _check_length(adata.n_obs, named)
    obs = named.set_index(adata.obs_names)
    adata = adata.copy()
    adata.obs = obs
    return outside_of(adata, COLUMNS, layout=LAYOUT, layer=PREDICTED, is_relative=True)


def read_openproblems_truth(path: Path, layer: str = MEASURED) -> Outside:
    """Read ``de_test.h5ad``, which names its own rows."""
    adata = read_h5ad(Path(path))
    if layer not in adata.layers:
        raise BadMapping(f"{path} has no layer '{layer}'", did_you_mean(layer, list(adata.layers)))
    return outside_of(adata, COLUMNS, layout=LAYOUT, layer=layer, is_relative=True)


def write_openproblems(
    path: Path,
    prediction: Prediction,
    labels: list[tuple[str, str]],
    id_map: Path,
    *,
    method_id: str,
    dataset_id: str,
) -> None:
    """Write the h5ad that the task's metrics read, rows in the order of `id_map`.

    Parameters
    ----------
    labels : (compound, cell type) of each row of the prediction.
    """
    import anndata
    import pandas as pd

    named = _id_map(Path(id_map))
    place = {label: i for i, label in enumerate(labels)}
    wanted = list(named[list(COLUMNS)].itertuples(index=False, name=None))
    missing = [label for label in wanted if label not in place]
    if missing:
        raise BadValues(
            f"no prediction for {missing[0][0]} in {missing[0][1]} ({len(missing)} in all)",
            "predict every row of the map",
        )
    values = prediction.mean[[place[label] for label in wanted]]
    adata = anndata.AnnData(
        obs=pd.DataFrame(index=named["id"].astype(str)),
        var=pd.DataFrame(index=prediction.genes),
        layers={PREDICTED: values.astype(np.float64)},
        uns={"dataset_id": dataset_id, "method_id": method_id},
    )
    atomic_file(Path(path), lambda part: adata.write_h5ad(part))


def _id_map(path: Path) -> pd.DataFrame:
    named = _table(path)
    missing = [c for c in ("id", *COLUMNS) if c not in named.columns]
    if missing:
        way_out = did_you_mean(missing[0], list(named.columns))
        raise BadMapping(f"{path} has no column '{missing[0]}'", way_out)
    return named


def _of_table(path: Path, named: pd.DataFrame) -> Outside:
    import anndata
    import pandas as pd

    table = _table(path)
    if "id" in table.columns:
        table = table.set_index("id")
        strange = sorted(set(named["id"]) ^ set(table.index))
        if strange:
            raise BadMapping(f"rows of {path} and map differ: {strange[0]}", "give one row per id")
        table = table.loc[named["id"]]
    _check_length(len(table), named)
    index = named["id"].astype(str)
    adata = anndata.AnnData(
        table.to_numpy(float),
        obs=named.set_index(pd.Index(index)),
        var=pd.DataFrame(index=table.columns.astype(str)),
    )
    return outside_of(adata, COLUMNS, layout=LAYOUT, is_relative=True)


def _table(path: Path) -> pd.DataFrame:
    import pandas as pd

    if not path.is_file():
        raise UnreadableFile(f"there is no file {path}", "check the path")
    with reading(path, "table"):
        return pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_csv(path)


def _check_length(n: int, named: pd.DataFrame) -> None:
    if n != len(named):
        raise BadMapping(
            f"{n} predicted rows, and the map names {len(named)}", "use the map of this data set"
        )
