"""Target moved: whether the targeted gene went where the perturbation should send it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np

from foretell.core.dataset import Dataset
from foretell.core.errors import BadMapping, BadValues, did_you_mean
from foretell.core.filter import Filter
from foretell.core.perturbation import Component
from foretell.core.scale import Scale
from foretell.core.steps import Step
from foretell.data.filters.evidence import Groups, groups_of, log_view
from foretell.data.filters.responders import control_mask
from foretell.data.preprocess import SelectGenes
from foretell.stats.differential import welch
from foretell.stats.multiplicity import benjamini_hochberg
from foretell.stats.pooling import pooled_variance

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["COLUMNS", "TargetMoved", "target_table"]

EXPECTED = {"knockout": -1, "interference": -1, "activation": 1, "overexpression": 1}
WORDS = {-1: "down", 0: "", 1: "up"}
UNMEASURED = ("keep", "drop")
COLUMNS = (
    "condition",
    "context",
    "target",
    "kind",
    "expected",
    "n",
    "n_control",
    "control_mean",
    "log_fold_change",
    "remaining",
    "t",
    "p",
    "q",
    "as_expected",
    "moved",
    "status",
    "reason",
)


@dataclass(frozen=True)
class _Unlogged(Step):
    """Undo log1p, so that a ratio of means can be taken."""

    def apply(self, X: Any, sizes: np.ndarray | None) -> Any:
        del sizes
        return X.expm1() if hasattr(X, "indptr") else np.expm1(X)

    def rescale(self, scale: Scale) -> Scale:
        del scale
        return Scale("normalized")


@dataclass(frozen=True, eq=False)
class _Measured:
    """Moments (n_groups, n_targets) of the targets that are among the genes."""

    column: dict[str, int]
    mean: np.ndarray
    variance: np.ndarray
    plain: np.ndarray | None  # means before the logarithm, where there was one


def target_table(dataset: Dataset, fdr: float = 0.05) -> pd.DataFrame:
    """One row per perturbed condition and target; `analysis.quality.target_moved` says which."""
    import pandas as pd

    groups = groups_of(dataset)
    measured = _measure(dataset, groups)
    rows = [
        _names(dataset, groups, i, component) | _values(groups, i, component, measured)
        for i, condition in enumerate(groups.conditions)
        for component in condition.perturbation.components
    ]
    return _judged(pd.DataFrame(rows, columns=list(COLUMNS)), fdr)


def _measure(dataset: Dataset, groups: Groups) -> _Measured:
    targets = {t for c in groups.conditions for t in c.perturbation.targets}
    known = tuple(sorted(targets & set(dataset.genes)))
    if not known:
        nothing = np.zeros((groups.n_groups, 0))
        return _Measured({}, nothing, nothing, None)
    view = log_view(dataset, None).with_steps([SelectGenes(known)])
    log = view.moments(groups.codes, groups.n_groups)
    plain = None
    if view.scale.family == "log1p":
        unlogged = view.with_steps([_Unlogged()])
        plain = unlogged.moments(groups.codes, groups.n_groups, squares=False).mean
    column = {str(gene): j for j, gene in enumerate(view.genes)}
    return _Measured(column, log.mean, log.variance, plain)


def _names(dataset: Dataset, groups: Groups, i: int, component: Component) -> dict[str, Any]:
    condition = groups.conditions[i]
    return {
        "condition": dataset.label(condition),
        "context": str(condition.context),
        "target": component.target,
        "kind": component.kind or "",
        "expected": WORDS[EXPECTED.get(component.kind or "", 0)],
        "n": int(groups.n[i]),
        "n_control": int(groups.control_n[i]),
    }


def _values(groups: Groups, i: int, component: Component, measured: _Measured) -> dict[str, Any]:
    """Difference to the controls of the context, and its test."""
    j = measured.column.get(component.target)
    if j is None or np.isnan(measured.mean[i, j]):
        return {"reason": "not measured"}
    c, own = int(groups.control[i]), float(measured.mean[i, j])
    if c < 0:
        return {"log_fold_change": own, "reason": "no control observations, so no test"}
    base, V, n = float(measured.mean[c, j]), measured.variance[:, j], groups.n
    pooled = pooled_variance(V[i], n[i], V[c], n[c])
    test = welch(own, pooled, n[i], base, pooled, n[c])
    found: dict[str, Any] = {"control_mean": base, "log_fold_change": own - base}
    if measured.plain is not None and measured.plain[c, j] > 0:
        found["remaining"] = float(measured.plain[i, j] / measured.plain[c, j])
    few = "" if np.isfinite(test.p) else "fewer than 2 observations in a group, so no test"
    return found | {"t": float(test.t), "p": float(test.p), "reason": few}


def _judged(table: pd.DataFrame, fdr: float) -> pd.DataFrame:
    """Adjust the p-values of all tests, and compare with what the kind leads one to expect."""
    numbers = ["control_mean", "log_fold_change", "remaining", "t", "p"]
    table[numbers] = table[numbers].astype(float)
    p = table["p"].to_numpy()
    table["q"] = benjamini_hochberg(p) if len(p) else p
    sign = table["expected"].map({word: sign for sign, word in WORDS.items()}).to_numpy()
    reason = table["reason"].fillna("").astype(str).to_numpy(dtype=object)
    unexpected = (reason == "") & (sign == 0)
    kinds = table["kind"].to_numpy(dtype=object)
    reason[unexpected] = [
        f"a {kind} says nothing about the level of its target" if kind else "its kind is not given"
        for kind in kinds[unexpected]
    ]
    change = table["log_fold_change"].to_numpy()
    tellable = (sign != 0) & ~np.isnan(change)
    went = np.sign(change) == sign
    table["as_expected"] = _told(went, tellable)
    judged = reason == ""
    moved = went & (table["q"].to_numpy() < fdr)
    table["moved"] = _told(moved, judged)
    table["status"] = np.where(judged, "ok", "n/a")
    table["reason"] = reason
    return table


def _told(flags: np.ndarray, known: np.ndarray) -> np.ndarray:
    """(n,) True, False or None where it is not known."""
    told = np.array(flags, dtype=object)
    told[~known] = None
    return told


@dataclass(frozen=True)
class TargetMoved(Filter):
    """Keep conditions whose measured targets moved as expected; controls always stay.

    Down for knockout and interference, up for activation and overexpression; every measured
    target of a combination has to move. It looks at the expression of conditions that a split
    will hold out, of the target only: it decides what is judged, never what is learned. A
    knockout may leave its transcript in place: there this filter drops good conditions.

    Parameters
    ----------
    fdr : false discovery rate of the Welch tests; None = the direction alone decides.
    unmeasured : ``keep`` or ``drop`` conditions none of whose targets can be judged.
    """

    fdr: float | None = 0.05
    unmeasured: Literal["keep", "drop"] = "keep"
    reads_expression: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if self.fdr is not None and not 0 < self.fdr < 1:
            raise BadValues(
                f"`fdr` is {self.fdr!r}", "give a rate between 0 and 1, or none for the direction"
            )
        if self.unmeasured not in UNMEASURED:
            hint = did_you_mean(str(self.unmeasured), UNMEASURED)
            raise BadValues(f"`unmeasured` is {self.unmeasured!r}", hint)

    def keep(self, dataset: Dataset) -> np.ndarray:
        """(n_obs,) True for controls and for conditions whose targets moved."""
        table = target_table(dataset, self.fdr or 0.05)
        column = "as_expected" if self.fdr is None else "moved"
        judged = table[table[column].notna()]
        if not len(judged) and len(table):
            raise BadMapping(
                f"no target of '{dataset.name}' can be judged "
                f"({table['reason'].value_counts().index[0]})",
                "say what the perturbations are (kind), give gene names as targets, or drop the "
                "filter",
            )
        failed = set(judged.loc[~judged[column].astype(bool), "condition"])
        known = set(judged["condition"])
        good = [
            c.is_control or (label not in failed and (label in known or self.unmeasured == "keep"))
            for c, label in ((c, dataset.label(c)) for c in dataset.conditions)
        ]
        return control_mask(dataset) | np.array(good, dtype=bool)[dataset.codes]

    @property
    def reason(self) -> str:
        """Why observations are dropped."""
        beyond = "" if self.fdr is None else f" at a false discovery rate of {self.fdr:g}"
        return f"in conditions whose target did not move as expected{beyond}"
