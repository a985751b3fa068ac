"""The whole study of real screens; there is no peer that does the same."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

NAME = "real_study"
WORK = "foretell bench benchmarks/real.toml -j 2: every real screen, with the splits it allows"
PEER = "none: no other tool divides controls, repeats halves and places scores between references"
STUDY = Path(__file__).parents[1] / "real.toml"


def prepare(folder: Path) -> None:
    """Nothing to write."""


def ours(folder: Path) -> Iterator[Any]:
    """Run it from nothing; memory is the runner's plus twice the largest task's."""
    from measure import peak_mb

    import foretell
    from foretell.bench.runner import run

    out = folder / "real"
    shutil.rmtree(out, ignore_errors=True)
    yield foretell.__version__
    results = run(STUDY, out=out, jobs=2)
    yield {"mb": peak_mb() + 2 * float(results.runs["peak_mb"].max())}
