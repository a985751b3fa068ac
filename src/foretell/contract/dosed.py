"""Dosed: a made-up screen of compounds at several doses and times, for rules about amounts."""

from __future__ import annotations

from functools import cache
from itertools import product

import numpy as np

from foretell.core.dataset import Dataset
from foretell.core.mapping import ColumnMapping
from foretell.core.seeds import rng_for

__all__ = ["dosed_dataset"]

COMPOUNDS, DOSES, HOURS, LINES = "ABCDE", (0.1, 1.0, 10.0, 100.0), (2, 8, 24), ("x", "y")
N_CELLS, N_CONTROLS, N_GENES = 4, 44, 12


@cache
def dosed_dataset() -> Dataset:
    """Return five compounds at four doses and three times in two cell lines, on log1p.

    Time is context: controls share it. Every compound raises its own genes, more with dose and
    time; controls are many enough to be halved.
    """
    import pandas as pd
    from anndata import AnnData
    from scipy.sparse import csr_matrix

    rng = rng_for(contract="dosed")
    direction = dict(zip(COMPOUNDS, rng.normal(size=(len(COMPOUNDS), N_GENES)), strict=True))
    treated = [*product(COMPOUNDS, DOSES, HOURS, LINES)] * N_CELLS
    controls = [*product(("control",), (0.0,), HOURS, LINES)] * N_CONTROLS
    rows = [*treated, *controls]
    effect = [
        direction[name] * np.log1p(dose) * hours / 24 if name != "control" else np.zeros(N_GENES)
        for name, dose, hours, _ in rows
    ]
    counts = rng.poisson(np.exp(2.0 + 0.2 * np.array(effect))).astype(np.float64)
    obs = pd.DataFrame(rows, columns=["perturbation", "dose", "hours", "cell_type"])
    obs["batch"] = [f"b{i % 3}" for i in range(len(rows))]
    obs.index = pd.Index([f"c{i}" for i in range(len(rows))])
    var = pd.DataFrame(index=[f"G{i}" for i in range(N_GENES)])
    mapping = ColumnMapping(
        context=("cell_type", "hours"),
        blocks=("batch",),
        scale="log1p",
        kind="compound",
        dose="dose",
        dose_unit="uM",
    )
    adata = AnnData(csr_matrix(np.log1p(counts)), obs=obs, var=var)
    return Dataset.from_anndata(adata, mapping, name="dosed")
