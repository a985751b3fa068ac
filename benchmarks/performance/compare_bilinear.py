"""The bilinear model with exact leave-one-out choice of penalty, against plain refitting."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

NAME = "model_bilinear"
WORK = (
    "Bilinear().fit on 2,000 conditions x 10,000 genes, 13 penalties, leave-one-out; the peer "
    "leaves out 10 of the 2,000 conditions only, at one penalty, and is not extrapolated"
)
PEER = "plain refitting with NumPy of 10 of 2,000 left-out conditions at 1 of 13 penalties"


def prepare(folder: Path) -> None:
    """Nothing to write."""


def profiles() -> Any:
    """Return training profiles of 1,000 single genes and 1,000 pairs among 10,000 genes."""
    from foretell.core.context import Condition, Context
    from foretell.core.perturbation import Perturbation
    from foretell.core.profiles import Profiles
    from foretell.core.scale import Scale

    rng = np.random.default_rng(0)
    genes = np.array([f"G{i:05d}" for i in range(10_000)])
    singles = [Perturbation.of(str(gene)) for gene in genes[:1000]]
    pairs = [singles[i] + singles[(7 * i + 1) % 1000] for i in range(1000)]
    conditions = tuple(Condition(p, Context()) for p in [*singles, *pairs])
    low_rank = rng.standard_normal((2000, 20)) @ rng.standard_normal((20, 10_000))
    Y = 1.0 + 0.05 * low_rank + 0.1 * rng.standard_normal((2000, 10_000))
    return Profiles(
        conditions=conditions,
        Y=Y,
        n=np.full(2000, 50),
        contexts=(Context(),),
        context_index=np.zeros(2000, dtype=np.int64),
        control=np.ones((1, 10_000)),
        control_n=np.array([500]),
        genes=genes,
        scale=Scale("log1p"),
    )


def ours(folder: Path) -> Iterator[str]:
    """Fit the model, choice of penalty included."""
    import foretell
    from foretell.models.linear.bilinear import Bilinear

    held = profiles()
    yield foretell.__version__
    Bilinear()._fit(held, np.random.default_rng(0))


def peer(folder: Path) -> Iterator[str]:
    """Refit without each of ten conditions."""
    from foretell.knowledge.encodings.gene_scores import GeneScores
    from foretell.stats.components import scores

    held = profiles()
    B = GeneScores().fit(held).encode([c.perturbation for c in held.conditions])[0].T
    A, Y = scores(held.Y.T, 10), held.S.T
    yield np.__version__
    for i in range(10):
        keep = np.arange(Y.shape[1]) != i
        c = Y[:, keep].mean(axis=1)
        left = np.linalg.solve(A.T @ A + 0.1 * np.eye(A.shape[1]), A.T @ (Y[:, keep] - c[:, None]))
        K = np.linalg.solve(B[:, keep] @ B[:, keep].T + 0.1 * np.eye(len(B)), B[:, keep] @ left.T).T
        _ = ((Y[:, i] - A @ K @ B[:, i] - c) ** 2).sum()
