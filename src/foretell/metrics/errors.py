"""Errors: how far a predicted profile, or a predicted shift, is from the measured one."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from foretell.core.metric import Answer, Metric, ScoreFunction, Truth, metric
from foretell.metrics.sides import Reference, differential, in_blocks, predicted, top, true
from foretell.stats.selection import Selection

__all__ = [
    "mae",
    "mae_delta",
    "mse",
    "mse_degs",
    "mse_delta",
    "mse_top20",
    "mse_top50",
    "mse_top100",
    "mse_top200",
    "rmse",
    "rmse_delta",
    "sse_delta",
]

_error = partial(metric, higher_is_better=False, best=0.0, chance=None)


@_error(
    formula="mean over genes of (predicted mean - true mean)^2",
    refers_to="nothing",
    used_by="cell-eval `mse`; scPertEval `mse`; PerturBench `mse`",
    reference="kernfeld2025",
    is_standard=True,
)
@in_blocks
def mse(truth: Truth, answer: Answer) -> np.ndarray:
    """Mean squared error of the mean profile, over the genes that count; squared units of X."""
    return _mean(_squares(truth, answer, "nothing"), truth)


@_error(
    formula="square root of the mean over genes of (predicted mean - true mean)^2",
    refers_to="nothing",
    used_by="PerturBench `rmse`; OpenProblems `mean_rowwise_rmse` (on signed log p). pertpy's "
    "`root_mean_squared_error` is not divided by the number of genes",
    reference="wu2024perturbench",
)
@in_blocks
def rmse(truth: Truth, answer: Answer) -> np.ndarray:
    """Root of the mean squared error of the mean profile, over the genes that count; units of X."""
    return np.asarray(np.sqrt(_mean(_squares(truth, answer, "nothing"), truth)))


@_error(
    formula="mean over genes of |predicted mean - true mean|",
    refers_to="nothing",
    used_by="cell-eval `mae`; PEREGGRN `mae`; Virtual Cell Challenge 2025, there clipped at the "
    "baseline",
    reference="kernfeld2025",
    is_standard=True,
)
@in_blocks
def mae(truth: Truth, answer: Answer) -> np.ndarray:
    """Mean absolute error of the mean profile, over the genes that count; units of X."""
    return _mean(np.abs(_difference(truth, answer, "nothing")).sum(axis=1), truth)


@_error(
    formula="mean over genes of (predicted shift - true shift)^2, each from its own half of the "
    "controls",
    used_by="cell-eval `mse_delta`, with predicted controls",
    reference="adduri2025",
)
@in_blocks
def mse_delta(truth: Truth, answer: Answer) -> np.ndarray:
    """Mean squared error of the shift; with cross-fitted controls their noise is part of it."""
    return _mean(_squares(truth, answer, "control"), truth)


@_error(
    formula="square root of the mean over genes of (predicted shift - true shift)^2",
    used_by="PerturBench `rmse` of log fold changes",
    reference="wu2024perturbench",
)
@in_blocks
def rmse_delta(truth: Truth, answer: Answer) -> np.ndarray:
    """Root of the mean squared error of the shift; units of X."""
    return np.asarray(np.sqrt(_mean(_squares(truth, answer, "control"), truth)))


@_error(
    formula="mean over genes of |predicted shift - true shift|",
    used_by="cell-eval `mae_delta`, with predicted controls",
    reference="adduri2025",
)
@in_blocks
def mae_delta(truth: Truth, answer: Answer) -> np.ndarray:
    """Mean absolute error of the shift; units of X."""
    return _mean(np.abs(_difference(truth, answer, "control")).sum(axis=1), truth)


@_error(
    formula="sum over genes of (predicted shift - true shift)^2",
    used_by="PEREGGRN `mse`, which is a sum in spite of its name",
    reference="kernfeld2025",
)
@in_blocks
def sse_delta(truth: Truth, answer: Answer) -> np.ndarray:
    """Sum of squared errors of the shift; grows with the number of genes."""
    return _mean(_squares(truth, answer, "control") * truth.mask.sum(axis=1), truth)


def _top(k: int) -> Callable[[ScoreFunction], Metric]:
    """Record of a mean squared error over the k genes that move most."""
    return _error(
        name=f"mse_top{k}",
        formula=f"mean of (predicted mean - true mean)^2 over the {k} genes with the largest "
        "|true shift|",
        used_by=f"PEREGGRN `mse_top_{k}`, a sum; scPertEval `mse` on `top_k`; GEARS `mse_de`, "
        "on the top genes of a test",
        reference="kernfeld2025",
    )


@_top(20)
@in_blocks
def mse_top20(truth: Truth, answer: Answer) -> np.ndarray:
    """Mean squared error of the mean profile over the 20 genes that moved most.

    Fewer genes where fewer count; genes that tie for the last place share its weight.
    """
    return _selected(truth, answer, top(truth, 20))


@_top(50)
@in_blocks
def mse_top50(truth: Truth, answer: Answer) -> np.ndarray:
    """Mean squared error of the mean profile over the 50 genes that moved most."""
    return _selected(truth, answer, top(truth, 50))


@_top(100)
@in_blocks
def mse_top100(truth: Truth, answer: Answer) -> np.ndarray:
    """Mean squared error of the mean profile over the 100 genes that moved most."""
    return _selected(truth, answer, top(truth, 100))


@_top(200)
@in_blocks
def mse_top200(truth: Truth, answer: Answer) -> np.ndarray:
    """Mean squared error of the mean profile over the 200 genes that moved most."""
    return _selected(truth, answer, top(truth, 200))


@_error(
    formula="mean of (predicted mean - true mean)^2 over the genes that differ from the controls "
    "in a test of held-out observations",
    needs={"tests"},
    accepts_relative=False,
    used_by="scPertEval `mse` on `degs`; GEARS `mse_de` (its top 20)",
    reference="roohani2024",
)
@in_blocks
def mse_degs(truth: Truth, answer: Answer) -> np.ndarray:
    """Mean squared error of the mean profile over differential genes; NaN where there are none."""
    return _selected(truth, answer, differential(truth))


def _difference(truth: Truth, answer: Answer, reference: Reference) -> np.ndarray:
    difference: np.ndarray = (
        predicted(truth, answer, reference).values - true(truth, reference).values
    )
    return difference


def _squares(truth: Truth, answer: Answer, reference: Reference) -> np.ndarray:
    """(n,) sum of squared differences."""
    difference = _difference(truth, answer, reference)
    return np.asarray(np.einsum("ij,ij->i", difference, difference))


def _mean(total: np.ndarray, truth: Truth) -> np.ndarray:
    """Divide by the number of genes; NaN where none counts."""
    n_genes = true(truth, "nothing").n_genes
    return np.where(n_genes > 0, total / np.maximum(n_genes, 1), np.nan)


def _selected(truth: Truth, answer: Answer, genes: Selection) -> np.ndarray:
    own = genes.of(true(truth, "nothing").values)
    return genes.mean((genes.of(predicted(truth, answer, "nothing").values) - own) ** 2)
