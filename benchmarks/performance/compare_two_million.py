"""Two million simulated cells, split, pseudobulked and benchmarked from disk."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

NAME = "two_million_cells"
WORK = (
    "2.0 M cells x 1,000 genes on disk, 1,100 conditions: profiles, pseudobulk by guide, and a "
    "study of two tasks with five models, two processes"
)
PEER = "none: reading such a file whole takes more memory than the study is allowed"
STUDY = """
name = "two_million"
metrics = ["pearson_delta", "pds_cosine", "mse"]
halves = 4
[[models]]
name = "no_change"
[[models]]
name = "context_mean"
[[models]]
name = "additive"
[[models]]
name = "ridge"
[[models]]
name = "bilinear"
[[datasets]]
file = "{file}"
on_disk = true
columns = {{ context = "cell_type", blocks = "batch", scale = "counts" }}
steps = [{{ name = "normalize" }}, {{ name = "log1p" }}]
[[datasets.splits]]
task = "unseen_perturbation"
folds = 3
[[datasets.splits]]
task = "unseen_combination"
parts_seen = 2
folds = 3
"""


def prepare(folder: Path) -> None:
    """Simulate the file once, in chunks."""
    import foretell
    from foretell.data.simulate import simulate_to_disk

    path = folder / "two_million.h5ad"
    if not path.is_file():
        screen = foretell.Screen(
            n_perturbations=900,
            n_combinations=200,
            n_genes=1_000,
            n_contexts=1,
            cells_per_condition=1_780.0,
            controls_per_context=20_000,
            library_size=500.0,
            seed=1,
        )
        simulate_to_disk(screen, path)


def ours(folder: Path) -> Iterator[Any]:
    """Profiles and pseudobulk in this process, then the study in two; memory is the sum."""
    from measure import peak_mb

    import foretell
    from foretell.bench.runner import run
    from foretell.data.pseudobulk import pseudobulk

    out, study = folder / "two_million", folder / "two_million.toml"
    shutil.rmtree(out, ignore_errors=True)
    study.write_text(STUDY.format(file=folder / "two_million.h5ad"))
    yield foretell.__version__
    screen = foretell.load(
        folder / "two_million.h5ad", on_disk=True, context="cell_type", blocks="batch"
    )
    screen.profiles()
    pseudobulk(screen, by=("guide",))
    results = run(study, out=out, jobs=2)
    yield {"mb": peak_mb() + 2 * float(results.runs["peak_mb"].max())}
