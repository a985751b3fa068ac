"""Join: append the observations of further files to those of the first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from foretell.core.errors import BadValues, shorten
from foretell.core.layout import Joined

if TYPE_CHECKING:
    import pandas as pd
    from anndata import AnnData

__all__ = ["NOT_GIVEN", "append"]

NOT_GIVEN = "not given"  # of a text column that one of the files lacks
TRUTH = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}


def append(first: AnnData, others: Sequence[tuple[Joined, str, AnnData]]) -> AnnData:
    """Return one AnnData of all observations; genes stand in the order of the first file.

    Columns are those of all files: where one lacks a column of numbers its observations have
    NaN, of text or truth ``not given``. Layers are those that all have; ``obsm`` is left out.

    Parameters
    ----------
    first : observations of the first file.
    others : what was asked for, the file's stem, and its observations.

    Errors: `BadValues` where a file has not the same genes.
    """
    import pandas as pd
    from anndata import AnnData

    tables, matrices = [first.obs], [_matrices(first, None)]
    seen = set(first.obs_names)
    for joined, stem, adata in others:
        order = _order(first, adata, stem)
        matrices.append(_matrices(adata, order))
        obs = _set_columns(adata.obs, joined, first.obs)
        obs.index = pd.Index(_unique(list(map(str, obs.index)), seen, stem), dtype=object)
        seen |= set(obs.index)
        tables.append(obs)
    shared = [name for name in matrices[0] if all(name in m for m in matrices)]
    stacked: dict[Any, Any] = {name: _stack([m[name] for m in matrices]) for name in shared}
    X = stacked.pop(None, None)
    return AnnData(X, obs=_union(tables), var=first.var, uns=first.uns, layers=stacked)


def _matrices(adata: AnnData, order: np.ndarray | None) -> dict[Any, Any]:
    found = {None: adata.X} | {name: adata.layers[name] for name in adata.layers}
    return {name: X if order is None else X[:, order] for name, X in found.items() if X is not None}


def _order(first: AnnData, adata: AnnData, stem: str) -> np.ndarray:
    """Positions of the first file's genes in another; both have to have the same."""
    missing = first.var_names.difference(adata.var_names)
    extra = adata.var_names.difference(first.var_names)
    if len(missing) or len(extra):
        both = [
            f"{len(names)} {what}: {shorten(names, 5)}"
            for names, what in ((missing, "missing"), (extra, "that the first file lacks"))
            if len(names)
        ]
        raise BadValues(
            f"'{stem}' cannot be joined, it has other genes ({'; '.join(both)})",
            "cut both files to the genes that they share; a column of a table that is no gene "
            "belongs under `about` of its layout",
        )
    if not (first.var_names.is_unique and adata.var_names.is_unique):
        raise BadValues(
            f"genes are named twice, so that '{stem}' cannot be joined",
            "make them unique: adata.var_names_make_unique()",
        )
    return np.asarray(adata.var_names.get_indexer(first.var_names))


def _set_columns(obs: pd.DataFrame, joined: Joined, like: pd.DataFrame) -> pd.DataFrame:
    """Set declared columns, as truth or numbers where the first file has such."""
    obs = obs.copy()
    for name, text in joined.columns:
        value: Any = text
        if name in like.columns and like[name].dtype == bool:
            value = TRUTH.get(text.lower(), text)
        elif name in like.columns and like[name].dtype.kind in "iuf":
            value = _number(text)
        obs[name] = value
    return obs


def _number(text: str) -> Any:
    try:
        return float(text)
    except ValueError:
        return text


def _unique(names: list[str], seen: set[str], stem: str) -> list[str]:
    """Prefix names with the file's stem where one is taken, then a number, too."""
    prefix, n = "", 1
    while any(prefix + name in seen for name in names):
        prefix = f"{stem}:" if n == 1 else f"{stem}{n}:"
        n += 1
    return [prefix + name for name in names]


def _stack(parts: list[Any]) -> Any:
    """Stack sparse matrices where the first is one, else dense ones."""
    import scipy.sparse as sp

    if hasattr(parts[0], "tocsr"):
        return sp.vstack([sp.csr_matrix(part) for part in parts], format="csr")
    return np.vstack([part.toarray() if hasattr(part, "tocsr") else part for part in parts])


def _union(tables: list[pd.DataFrame]) -> pd.DataFrame:
    import pandas as pd

    columns = list(dict.fromkeys(name for table in tables for name in table.columns))
    filled = [_filled(table, columns, tables) for table in tables]
    return pd.concat(filled, axis=0)


def _filled(table: pd.DataFrame, columns: list[str], tables: list[pd.DataFrame]) -> pd.DataFrame:
    """Give a table every column; categories become texts, so that tables fit together."""
    table = table.copy()
    for name in columns:
        if name not in table.columns:
            like = next(other[name] for other in tables if name in other.columns)
            table[name] = np.nan if like.dtype.kind in "iuf" else NOT_GIVEN
        elif table[name].dtype.kind not in "iuf":
            table[name] = table[name].astype(object)
    return table[columns]
