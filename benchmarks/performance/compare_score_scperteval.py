"""Score one prediction, against all protocols of scPertEval that need no optimal transport."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from compare_score_cell_eval import WORK as WORK
from compare_score_cell_eval import ours as ours
from compare_score_cell_eval import prepare as prepare
from evaluation_screen import screen

NAME = "score_vs_scperteval"
PEER = "scPertEval: prepare(), then score() for every protocol but Sinkhorn"
PEER_REQUIREMENTS = ("scperteval==0.2.0",)
PEER_PYTHON = "3.12"


def peer(folder: Path) -> Iterator[str]:
    """Score by every protocol; one that is refused for its data is left out."""
    import anndata
    import scperteval
    from scperteval.protocols.table import TABLE

    names = [p.name for p in TABLE if p.requires_extra is None]
    yield scperteval.__version__
    handle = scperteval.prepare(str(screen(folder)), names)
    pred = anndata.read_h5ad(folder / "evaluation_prediction.h5ad")
    for name in names:
        try:
            scperteval.score(handle, name, pred)
        except ValueError:
            continue  # no differential gene of one perturbation: refused as a whole
