"""Differential expression: every perturbed condition against the controls of its context."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np

from foretell.analysis.differential.negative_binomial import negative_binomial
from foretell.analysis.differential.permutation import permutation
from foretell.analysis.differential.ranks import wilcoxon
from foretell.analysis.differential.results import Results
from foretell.analysis.differential.table import DifferentialTable
from foretell.core.dataset import Dataset
from foretell.core.errors import BadMapping, BadValues, UnknownName, did_you_mean
from foretell.core.gene_tests import GeneTests
from foretell.core.moments import GroupMoments
from foretell.data.filters.evidence import Groups, groups_of, log_view
from foretell.stats.fold_change import (
    DEFINITIONS,
    FoldChange,
    log_difference,
    ratio_of_geometric_means,
    ratio_of_means,
)
from foretell.stats.gene_tests import MOMENT_TESTS, MomentTest, gene_tests
from foretell.stats.multiplicity import benjamini_hochberg

__all__ = ["TESTS", "TestName", "differential_expression"]

TestName = Literal["wilcoxon", "moderated", "pooled", "welch", "permutation", "negative_binomial"]
TESTS: tuple[str, ...] = get_args(TestName)
AS_STORED = "difference of the means as they are stored (intensities; no logarithm is taken)"


@dataclass(frozen=True, eq=False)
class _Means:
    """Moments of the groups on the scale that is tested; variances where a test asks for them."""

    groups: Groups
    mean: np.ndarray
    variance: np.ndarray | None

    @property
    def of_control(self) -> np.ndarray:
        """(n_conditions, g) mean of each condition's controls; NaN without any."""
        at = self.groups.control
        return np.where((at >= 0)[:, None], self.mean[at], np.nan)


def differential_expression(
    dataset: Dataset,
    test: TestName = "wilcoxon",
    *,
    fdr: float = 0.05,
    fold_change: FoldChange = "log_difference",
    pseudocount: float | None = None,
    draws: int = 9999,
    by: str | tuple[str, ...] = (),
    seed: int = 0,
    bucket_values: int | None = None,
    threads: int | None = None,
) -> DifferentialTable:
    """Test all genes of all perturbed conditions against the controls of the same context.

    Counts are scaled to the median library size and logged, normalised values are logged, others
    are taken as they are; `negative_binomial` takes the counts themselves. The p-values of the
    genes of one condition are one family (Benjamini-Hochberg).

    - ``wilcoxon``: ranks, of all conditions at once. For many cells in both groups; with some
      twenty of them, sparse genes are called without any effect.
    - ``moderated``: pooled variance drawn to what is typical, corrected for the skewness of sparse
      genes. For few cells against many, and for few samples.
    - ``pooled``: the same without the drawing.
    - ``welch``: each group's own variance; too bold where a group has few cells.
    - ``permutation``: no assumption, within batches that controls share; slow.
    - ``negative_binomial``: DESeq2 on pseudobulk samples, where donors or batches are replicates.

    All but the last take cells as independent. Cells of one donor are not, and p-values are then
    too small.

    Parameters
    ----------
    dataset : on an absolute scale, in memory or on disk.
    fdr : below which a gene is called.
    fold_change : ``log_difference``, ``ratio_of_means`` or ``ratio_of_geometric_means``; see
        `foretell.stats.fold_change`. DESeq2 has its own.
    pseudocount : that ratios add to each mean; by default 1 for arithmetic and 1e-9 for geometric.
    draws : permutations per condition.
    by : columns of `obs` that are the replicates of `negative_binomial`; by default the blocks.
    seed : of the permutations.
    bucket_values : stored values in memory at once, for ranks of data on disk.
    threads : for ranks; by default as numba is set.

    Errors
    ------
    `BadMapping` for a relative scale; `UnknownName` for a test or fold change that there is not;
    `BadValues` for a false discovery rate outside of (0, 1).

    Notes
    -----
    Cost: one or two passes over the data, and those of the test.
    Source: wilcoxon1945, smyth2004, welch1947, phipson2010, love2014, benjamini1995.
    """
    _check(dataset, test, fdr, fold_change)
    view, groups = log_view(dataset, None), groups_of(dataset)
    squares = test in MOMENT_TESTS
    moments = view.moments(groups.codes, groups.n_groups, squares=squares)
    means = _Means(groups, moments.mean, moments.variance if squares else None)
    if test == "wilcoxon":
        results = wilcoxon(view, groups, bucket_values, threads)
    elif test == "permutation":
        results = permutation(view, groups, draws, seed)
    elif test == "negative_binomial":
        results = negative_binomial(dataset, groups, by)
    else:
        results = _from_moments(means, test)  # type: ignore[arg-type]
    lfc, definition = results.lfc, results.lfc_definition
    if lfc is None:
        lfc, definition = _fold_change(view, means, fold_change, pseudocount)
    q = benjamini_hochberg(results.p, axis=1) if results.p.size else results.p
    tests = GeneTests(results.name, results.statistic, results.p, q, lfc, definition, fdr)
    return DifferentialTable(
        conditions=groups.conditions,
        labels=tuple(dataset.label(c) for c in groups.conditions),
        genes=view.genes,
        tests=tests,
        mean=means.mean[: len(groups.conditions)],
        control_mean=means.of_control,
        n=groups.n[: len(groups.conditions)] if results.n is None else results.n,
        control_n=groups.control_n if results.control_n is None else results.control_n,
        on_target=_on_target(groups, view.genes),
        reasons=results.reasons,
        scale=str(view.scale),
    )


def _check(dataset: Dataset, test: str, fdr: float, fold_change: str) -> None:
    if test not in TESTS:
        raise UnknownName(f"there is no test '{test}'", did_you_mean(test, TESTS))
    if fold_change not in DEFINITIONS:
        raise UnknownName(
            f"there is no fold change '{fold_change}'", did_you_mean(fold_change, DEFINITIONS)
        )
    if not 0 < fdr < 1:
        raise BadValues(f"`fdr` is {fdr!r}", "give a rate between 0 and 1, such as 0.05")
    if dataset.scale.is_relative:
        raise BadMapping(
            f"no gene can be tested on the scale '{dataset.scale}': its values are differences "
            "from controls that are not there, so their spread is unknown",
            "give the data on an absolute scale, such as counts, with their controls",
        )
    if dataset.scale.family == "intensity" and fold_change != "log_difference":
        raise BadMapping(
            f"'{fold_change}' takes expm1 of means, which undoes a logarithm that intensities do "
            "not have",
            'use fold_change = "log_difference", which subtracts means as they are stored',
        )


def _from_moments(means: _Means, test: MomentTest) -> Results:
    """Test context by context, since each has its own controls."""
    groups, g, variance = means.groups, means.mean.shape[1], means.variance
    assert variance is not None
    results = Results.empty(len(groups.conditions), g)
    for control in np.unique(groups.control[groups.control >= 0]):
        at = np.flatnonzero(groups.control == control)
        found = gene_tests(
            means.mean[at],
            variance[at],
            groups.n[at],
            means.mean[control],
            variance[control],
            int(groups.n[control]),
            np.ones((len(at), g), dtype=bool),
            test=test,
        )
        results.put(at, found.statistic, found.p)
        results.name = found.name
    return results.explained(groups, least=2)


def _fold_change(
    view: Dataset, means: _Means, name: FoldChange, pseudocount: float | None
) -> tuple[np.ndarray, str]:
    k = len(means.groups.conditions)
    if view.scale.family == "intensity":
        return means.mean[:k] - means.of_control, AS_STORED
    if name == "log_difference":
        return log_difference(means.mean[:k], means.of_control), DEFINITIONS[name]
    if name == "ratio_of_geometric_means":
        eps = 1e-9 if pseudocount is None else pseudocount
        found = ratio_of_geometric_means(means.mean[:k], means.of_control, eps)
        return found, f"{DEFINITIONS[name]} = {eps:g}"
    added = 1.0 if pseudocount is None else pseudocount
    linear = GroupMoments(means.groups.n_groups, len(view.genes), squares=False)
    for X, where in view.blocks():
        linear.add(_unlogged(X), means.groups.codes[where])
    mean = _Means(means.groups, linear.mean, None)
    found = ratio_of_means(mean.mean[:k], mean.of_control, added)
    return found, f"{DEFINITIONS[name]} of {added:g}"


def _unlogged(X: Any) -> Any:
    return X.expm1() if hasattr(X, "indptr") else np.expm1(X)


def _on_target(groups: Groups, genes: np.ndarray) -> np.ndarray:
    """(n, g) True where a gene is a target of the condition."""
    place = {gene: j for j, gene in enumerate(genes)}
    found = np.zeros((len(groups.conditions), len(genes)), dtype=bool)
    for k, condition in enumerate(groups.conditions):
        at = [place[t] for t in condition.perturbation.targets if t in place]
        found[k, at] = True
    return found
