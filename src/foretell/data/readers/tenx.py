"""Counts of Cell Ranger (10x Genomics): genes, guides and other features of droplets."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from anndata import AnnData

__all__ = ["EXPRESSION", "Features", "assemble"]

EXPRESSION, GUIDES = "Gene Expression", "CRISPR Guide Capture"


@dataclass(frozen=True, eq=False)
class Features:
    """What was counted.

    Parameters
    ----------
    ids, symbols, types : (n_features,) texts; `types` is empty in files of version 2.
    genomes : (n_features,) texts, or empty.
    """

    ids: Sequence[str]
    symbols: Sequence[str]
    types: Sequence[str] = ()
    genomes: Sequence[str] = ()


def assemble(counts: Any, barcodes: Sequence[str], features: Features) -> AnnData:
    """Return cells by genes from all counts (CSR, n_cells x n_features).

    Where several types of features were counted, only those of gene expression become genes. The
    others go to ``obsm``: guides as ``guide_counts`` with names in ``uns["guide_names"]``,
    antibodies as ``antibody_capture_counts``, and so on. A gene is named by its symbol where no
    other gene has it, otherwise by its id; ``var`` keeps both.
    """
    import pandas as pd
    from anndata import AnnData

    var = pd.DataFrame({"gene_symbol": features.symbols, "gene_id": features.ids}, dtype=object)
    for name, values in (("feature_types", features.types), ("genome", features.genomes)):
        if len(values):
            var[name] = np.asarray(values, dtype=object)
    types = sorted(set(features.types))
    several = len(types) > 1 and EXPRESSION in types
    genes = (var["feature_types"] == EXPRESSION).to_numpy() if several else np.ones(len(var), bool)
    obsm, uns = {}, {}
    for kind in (t for t in types if several and t != EXPRESSION):
        at = np.flatnonzero(var["feature_types"] == kind)
        key = "guide" if kind == GUIDES else re.sub(r"\W+", "_", kind.lower())
        obsm[f"{key}_counts"] = counts[:, at]
        uns[f"{key}_names"] = _names(var.iloc[at])
    var = var[genes]
    var.index = pd.Index(_names(var))
    obs = pd.DataFrame(index=pd.Index(list(barcodes), dtype=object))
    X = counts if genes.all() else counts[:, np.flatnonzero(genes)]
    return AnnData(X, obs=obs, var=var, obsm=obsm, uns=uns)


def _names(var: Any) -> np.ndarray:
    """(n_features,) symbols, ids where a symbol is missing or shared."""
    symbols = var["gene_symbol"]
    shared = symbols.duplicated(keep=False) | symbols.isna() | (symbols == "")
    return np.where(shared, var["gene_id"], symbols)
