"""Outside: predictions made elsewhere, as profiles and, where there are, cells by label."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from foretell.core.errors import BadMapping, BadValues, UnknownName, did_you_mean
from foretell.core.moments import GroupMoments

if TYPE_CHECKING:
    import pandas as pd
    from anndata import AnnData

__all__ = ["Outside", "outside_of"]

LOOKED_AT, FEW = 100_000, 20


@dataclass(frozen=True, eq=False)
class Outside:
    """Predicted profiles under the labels of a file.

    Parameters
    ----------
    obs : (n,) the columns that tell conditions apart, one row per profile; controls are among
        them where the file has some.
    mean : (n, g) mean profile; NaN where nothing was predicted.
    n : (n,) predicted rows (cells or profiles) behind each.
    genes : (g,) names.
    layout : which layout it was read from.
    layer : of the file, where values do not lie in X.
    cells : (n_cells, g) predicted cells, or None where the file holds one row per profile.
    cell_row : (n_cells,) profile that each cell belongs to.
    is_relative : True where the layout holds differences from control and no controls.
    largest : largest value of the file; `is_whole` where all values looked at are whole numbers.
    uns : what the file says of itself, such as the method's name.
    """

    obs: pd.DataFrame
    mean: np.ndarray
    n: np.ndarray
    genes: np.ndarray
    layout: str
    layer: str | None = None
    cells: Any = None
    cell_row: np.ndarray | None = None
    is_relative: bool = False
    largest: float = 0.0
    is_whole: bool = False
    uns: dict[str, Any] | None = None

    def __len__(self) -> int:
        return len(self.mean)

    def labels(self, column: str) -> np.ndarray:
        """Return one column as text."""
        if column not in self.obs.columns:
            raise UnknownName(
                f"the prediction has no column '{column}'", did_you_mean(column, self.obs.columns)
            )
        return np.asarray(self.obs[column]).astype(str)


def outside_of(
    adata: AnnData,
    columns: tuple[str, ...],
    *,
    layout: str,
    layer: str | None = None,
    keep_cells: bool = True,
    is_relative: bool = False,
) -> Outside:
    """Average the rows of an AnnData that agree in some columns.

    Parameters
    ----------
    columns : of `obs`, that tell conditions apart; rows with a missing value are left out.
    keep_cells : False where only profiles are asked for, so that the matrix can be let go.

    Raises
    ------
    BadMapping
        If a column does not exist.
    BadValues
        If there is no matrix.
    """
    for column in columns:
        if column not in adata.obs.columns:
            raise BadMapping(
                f"the prediction has no column '{column}'",
                did_you_mean(column, adata.obs.columns),
            )
    X = adata.X if layer is None else adata.layers[layer]
    if X is None:
        raise BadValues("the prediction has no values: X is empty", "put them into X")
    X = X.tocsr() if hasattr(X, "tocsr") else np.asarray(X)
    frame = adata.obs[list(columns)].astype(object)
    known = frame.notna().all(axis=1).to_numpy()
    grouped = frame[known].astype(str).groupby(list(columns), sort=True, observed=True)
    code = np.full(adata.n_obs, -1, dtype=np.int64)
    code[known] = grouped.ngroup().to_numpy()
    n = np.bincount(code[known])
    moments = GroupMoments(len(n), adata.n_vars, squares=False)
    moments.add(X, code)  # NaN spreads: a condition with a value missing has it missing
    obs = frame[known].astype(str).iloc[np.unique(code[known], return_index=True)[1]]
    has_cells = keep_cells and bool((n > 1).any())
    return Outside(
        obs=obs.reset_index(drop=True),
        mean=np.asarray(moments.mean),
        n=n,
        genes=np.asarray(adata.var_names).astype(str),
        layout=layout,
        layer=layer,
        cells=X[np.flatnonzero(known)] if has_cells else None,
        cell_row=code[known] if has_cells else None,
        is_relative=is_relative,
        largest=float(np.max(_stored(X), initial=0.0)),
        is_whole=_is_whole(_stored(X)),
        uns=dict(adata.uns),
    )


def _stored(X: Any) -> np.ndarray:
    return np.asarray(X.data if hasattr(X, "indptr") else X).ravel()


def _is_whole(values: np.ndarray) -> bool:
    """Look at up to 100,000 values, spread over the file, that are not 0."""
    some = values[:: max(1, len(values) // LOOKED_AT)]
    some = some[np.isfinite(some) & (some != 0)]
    return bool(some.size >= FEW and (some == np.rint(some)).all())
