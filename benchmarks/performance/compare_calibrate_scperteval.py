"""Calibrate: floor, ceiling and oracle of every metric, against scPertEval's DRF.

Ours measures twenty random halves with the default metrics and their intervals; the peer one half,
by every protocol that compares profiles, tests or ranks. Its distances between populations take
more than 400 s on the reference machine and are left out here, in its favour.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from compare_score_cell_eval import WORK as WORK
from compare_score_cell_eval import prepare as prepare
from evaluation_screen import screen

NAME = "calibrate_vs_scperteval"
PEER = "scPertEval: prepare(), then calibrate(calibrator='drf'), populations left out"
PEER_REQUIREMENTS = ("scperteval==0.2.0",)
PEER_PYTHON = "3.12"


def ours(folder: Path) -> Iterator[str]:
    """Measure the truth and its references: the prediction is the floor itself."""
    import anndata
    import numba  # noqa: F401
    import numpy as np
    import pandas as pd

    import foretell
    from foretell.bench.score import measure_truth, score_against
    from foretell.core.registry import find
    from foretell.data.load import load
    from foretell.data.readers.predictions.outside import outside_of

    assert find("metrics").names
    yield foretell.__version__
    real = load(screen(folder), scale="log1p_cp10k", control=("control",), min_cells=2)
    truth = measure_truth(real)
    del real
    floor = truth[0].floor
    labels = [c.perturbation.label(kind=False) for c in truth[0].conditions]
    obs = pd.DataFrame({"perturbation": labels}, index=labels)
    same = anndata.AnnData(
        np.tile(floor, (len(labels), 1)), obs=obs, var=pd.DataFrame(index=truth[0].genes)
    )
    score_against(truth, outside_of(same, ("perturbation",), layout="cell-eval"))


def peer(folder: Path) -> Iterator[str]:
    """Calibrate every protocol on profiles, tests and ranks."""
    import scperteval
    from scperteval.protocols.table import TABLE

    names = [p.name for p in TABLE if p.requires_extra is None and p.representation != "population"]
    yield scperteval.__version__
    handle = scperteval.prepare(str(screen(folder)), names)
    for name in names:
        try:
            scperteval.calibrate(handle, name)
        except ValueError:
            continue
