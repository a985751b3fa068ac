"""Score one prediction, against cell-eval with the profile of the Virtual Cell Challenge.

Ours scores seven metrics over twenty halves with floor, ceiling, oracle and intervals; the peer
scores three metrics once. Both read the two files.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from evaluation_screen import screen

NAME = "score_vs_cell_eval_vcc"
WORK = "200 x 100 cells + 2,000 controls x 5,000 genes against as many predicted cells"
PEER = "cell-eval: MetricsEvaluator(...).compute(profile='vcc')"
PEER_REQUIREMENTS = ("cell-eval==0.8.2",)
PEER_PYTHON = "3.12"


def prepare(folder: Path) -> None:
    """Write the screen, and the same cells under shuffled labels as the prediction."""
    import anndata
    import numpy as np
    import pandas as pd

    path = folder / "evaluation_prediction.h5ad"
    if path.is_file():
        return
    real = anndata.read_h5ad(screen(folder))
    labels = np.asarray(real.obs["perturbation"]).astype(str)
    shuffled = np.random.default_rng(1).permutation(labels)
    obs = pd.DataFrame({"perturbation": shuffled}, index=real.obs_names)
    anndata.AnnData(real.X, obs=obs, var=real.var).write_h5ad(path)


def ours(folder: Path, use_cache: bool = False) -> Iterator[str]:
    """Score natively, the truth measured anew."""
    import anndata  # noqa: F401 - what is imported before the clock starts, as for the peer
    import numba  # noqa: F401

    import foretell
    from foretell.bench.score_files import ScoreSettings, score_files
    from foretell.core.registry import find

    assert find("metrics").names
    columns = {"perturbation": "perturbation", "control": ("control",), "scale": "log1p_cp10k"}
    settings = ScoreSettings(columns=columns, use_cache=use_cache)
    yield foretell.__version__
    score_files(screen(folder), folder / "evaluation_prediction.h5ad", settings)


def peer(folder: Path) -> Iterator[str]:
    """Score as the challenge did."""
    import tempfile
    from importlib.metadata import version

    from cell_eval import MetricsEvaluator

    yield version("cell-eval")
    with tempfile.TemporaryDirectory() as out:
        evaluator = MetricsEvaluator(
            adata_pred=str(folder / "evaluation_prediction.h5ad"),
            adata_real=str(screen(folder)),
            control_pert="control",
            pert_col="perturbation",
            outdir=out,
        )
        evaluator.compute(profile="vcc", write_csv=False)
