"""Space: the observations of a screen as points, without the genes that were targeted."""

from __future__ import annotations

from typing import Literal

import numpy as np

from foretell.core.dataset import Dataset
from foretell.core.errors import BadValues, UnknownName, did_you_mean
from foretell.core.seeds import rng_for
from foretell.core.steps import Step
from foretell.data.filters.evidence import N_GENES
from foretell.data.preprocess import DropGenes, Log1p, Normalize, SelectVariable, fit_steps
from foretell.stats.axes import principal_scores, random_start

__all__ = ["SPACES", "Space", "points"]

Space = Literal["pca", "genes"]
SPACES = ("pca", "genes")
AT_MOST = 8 * 2**30  # bytes of points that are held


def points(
    dataset: Dataset,
    space: Space = "pca",
    *,
    n_components: int = 50,
    n_genes: int | None = N_GENES,
    keep_targets: bool = False,
) -> np.ndarray:
    """Return every observation as a point; blocks are read one at a time.

    Counts are scaled to the median library size and log1p is taken, as far as the scale asks for
    it. All genes that any condition targets are left out: what a perturbation does to its own
    target would otherwise be its effect, and a distance could be had by moving one gene. Of the
    rest the most variable are kept, whatever the labels.

    Parameters
    ----------
    space : ``pca``, the leading principal axes of all observations together; ``genes``, the
        values themselves.
    n_components : axes.
    n_genes : most variable genes; None keeps all.
    keep_targets : keep the genes that are targeted.

    Returns
    -------
    (n_obs, d) float32.

    Notes
    -----
    Cost: about five passes for ``pca``, two for ``genes``; memory O(observations x d).
    Source: halko2011.
    """
    if space not in SPACES:
        raise UnknownName(f"there is no space '{space}'", did_you_mean(space, SPACES))
    view = _view(dataset, n_genes, keep_targets)
    g = len(view.genes)
    d = min(g, n_components) if space == "pca" else g
    if d < 1:
        raise BadValues(
            f"no gene of '{dataset.name}' is left in the space: all are targeted"
            if g < 1
            else f"`n_components` is {n_components!r}",
            "use keep_targets=True" if g < 1 else "give a whole number from 1",
        )
    if 4 * view.n_obs * d > AT_MOST:
        raise BadValues(
            f"{view.n_obs} observations x {d} values do not fit into {AT_MOST >> 30} GiB",
            "use space='pca', fewer genes, or a part of the conditions",
        )
    if space == "genes":
        X = np.empty((view.n_obs, g), dtype=np.float32)
        for block, where in view.blocks():
            X[where] = block.toarray() if hasattr(block, "toarray") else block
        return X
    mean = view.moments(np.zeros(view.n_obs, dtype=np.int64), 1, squares=False).mean[0]
    start = random_start(view.genes, d, rng_for(axes="distances"))
    return principal_scores(view.blocks, mean, start, view.n_obs, d)


def _view(dataset: Dataset, n_genes: int | None, keep_targets: bool) -> Dataset:
    steps: list[Step] = []
    if dataset.scale.is_counts:
        steps.append(Normalize("median"))
    if dataset.scale.family in ("counts", "normalized"):
        steps.append(Log1p())
    targets = {t for c in dataset.perturbed for t in c.perturbation.targets}
    measured = targets.intersection(dataset.genes)
    if measured and not keep_targets:
        steps.append(DropGenes(tuple(sorted(measured))))
    left = len(dataset.genes) - (0 if keep_targets else len(measured))
    if n_genes is not None and left > n_genes:
        steps.append(SelectVariable(n_genes))
    return dataset.with_steps(fit_steps(steps, dataset)) if steps else dataset
