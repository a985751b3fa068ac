"""Build: the data set as the mapping makes it, from labels alone; values are checked on samples."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from foretell.core.checks import check_block, check_scale
from foretell.core.dataset import Dataset
from foretell.core.errors import ForetellError
from foretell.core.mapping import ColumnMapping
from foretell.core.scale import Scale
from foretell.data.inspect.guess import LIKELY, Guess
from foretell.data.inspect.look import Look
from foretell.data.inspect.mapping import chosen_columns
from foretell.data.inspect.opened import X

if TYPE_CHECKING:
    from anndata import AnnData

__all__ = ["build", "fit_smallest"]

SMALLEST = 10  # cells: conditions below say nothing about a mean
MOST_LOST = 0.2  # share of conditions that this may cost


def build(look: Look) -> Dataset | None:
    """Build the data set without reading the matrix; what is refused becomes a remark."""
    try:
        mapping = ColumnMapping.from_dict(chosen_columns(look.guesses))
        fit_smallest(look, mapping)
        mapping = ColumnMapping.from_dict(chosen_columns(look.guesses))
        dataset = Dataset.from_anndata(_shell(look, mapping), mapping, name=look.opened.name)
        _check_values(look, mapping)
    except ForetellError as error:
        look.remark("error", f"{_kind(error)}: {error.problem}", error.way_out)
        return None
    return dataset


def _kind(error: ForetellError) -> str:
    return f"the mapping does not load ({type(error).__name__})"


def _shell(look: Look, mapping: ColumnMapping) -> AnnData:
    """Return the tables with empty matrices: labels can be checked, no value is read."""
    import scipy.sparse as sp
    from anndata import AnnData

    opened = look.opened
    shape = (opened.n_obs, opened.n_genes)
    empty: Any = sp.csr_matrix(shape, dtype=np.float32)  # type: ignore[arg-type]
    layers = {name: empty for name in (mapping.layer, mapping.listed) if name in opened.layers}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # repeated names are reported as an error of ours
        shell = AnnData(X=empty, obs=opened.obs, var=opened.var)
        shell.obs_names_make_unique()
        shell.var_names_make_unique()
    for name, layer in layers.items():
        shell.layers[name] = layer
    return shell


def _check_values(look: Look, mapping: ColumnMapping) -> None:
    """Hold the sampled rows against the scale, as loading does with all of them."""
    sample = look.sample(mapping.layer or X)
    scale = Scale(mapping.scale)
    found = check_block(sample.block, scale)
    if found is not None:
        row, column, problem, way_out = found
        where = f"observation '{look.opened.obs.index[sample.rows[row]]}', "
        where += f"gene '{look.opened.var.index[column]}'"
        look.remark("error", f"{problem} (first among sampled rows: {where})", way_out)
        return
    check_scale(sample.block, scale)


def fit_smallest(look: Look, mapping: ColumnMapping) -> None:
    """Guess `min_cells` where a condition has a single cell, which would be refused."""
    from foretell.core.labels import read_conditions

    if mapping.observation != "cells" or mapping.min_cells or "min_cells" in look.said:
        return
    labelled = read_conditions(look.opened.obs, mapping)
    codes = labelled.codes[labelled.codes >= 0]
    n = np.bincount(codes, minlength=len(labelled.conditions))
    treated = np.array([not c.is_control for c in labelled.conditions], dtype=bool)
    n = n[treated & (n > 0)]
    if not len(n) or n.min() > 1:
        return
    fewest = SMALLEST if (n < SMALLEST).mean() <= MOST_LOST else 2
    evidence = (
        f"{int((n < fewest).sum())} of {len(n)} conditions have fewer than {fewest} cells "
        f"({int(n[n < fewest].sum())} cells in all); their means say little"
    )
    look.add(Guess("min_cells", fewest, LIKELY, (evidence,)))


def values_of(look: Look) -> Any:
    """Return the matrix that the mapping reads, on disk or in memory."""
    return look.opened.matrices[look.value("layer") or X]
