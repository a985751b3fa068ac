"""E-distance: how far every condition is from its controls, and whether that is beyond chance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from foretell.analysis.distances.space import Space, points
from foretell.core.dataset import Dataset
from foretell.core.errors import BadValues
from foretell.core.seeds import rng_for
from foretell.data.filters.evidence import N_GENES, Groups, groups_of, matched_strata
from foretell.stats.distances.energy import edistances
from foretell.stats.distances.energy_test import energy_tests
from foretell.stats.multiplicity import benjamini_hochberg

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["edistance_table", "etest"]

RELATIVE = "a relative scale has no control observations to measure from"
NO_CONTROLS = "no control observations in this context"
ONE = "one observation on a side: no U-statistic"


def edistance_table(
    dataset: Dataset,
    space: Space = "pca",
    *,
    n_components: int = 50,
    n_genes: int | None = N_GENES,
    keep_targets: bool = False,
) -> pd.DataFrame:
    """Measure the E-distance of every perturbed condition from the controls of its context.

        E = 2 E|x - y| - E|x - x'| - E|y - y'|

    `edistance` is the U-statistic: unbiased, so that conditions of few and of many cells can be
    compared, and negative by chance where nothing happened. `edistance_v` is the V-statistic that
    other tools report; it is too large by about `within` / `n`. Distances have the units of the
    space: they can be compared within a table, not between data sets.

    Parameters
    ----------
    dataset : on an absolute scale, in memory or on disk; on a relative one all rows are ``n/a``.
    space : ``pca``, or ``genes`` for the values themselves.
    n_components : principal axes.
    n_genes : most variable genes; None keeps all.
    keep_targets : keep the genes that conditions target; by default they are left out.

    Returns
    -------
    One row per perturbed condition: `condition`, `context`, `n`, `n_control`, `edistance`,
    `edistance_v`, `within` (mean distance between two cells of the condition), `status` (``ok`` or
    ``n/a``), `reason`.

    Notes
    -----
    Cost: about five passes over the data, then O(n m d) per condition; memory O(observations x d).
    Source: szekely2013 (statistic), peidli2024 (the question).
    """
    import pandas as pd

    groups = groups_of(dataset)
    k = len(groups.conditions)
    u, v, within = np.full((3, k), np.nan)
    if k and not dataset.scale.is_relative:
        X = _points(dataset, space, n_components, n_genes, keep_targets)
        for control, at, codes in _by_control(groups):
            found = edistances(X, codes, groups.n_groups, control)
            u[at], v[at], within[at] = found.u[at], found.v[at], found.within[at]
    table = pd.DataFrame(_about(dataset, groups))
    table = table.assign(edistance=u, edistance_v=v, within=within)
    return table.assign(**_status(dataset, groups, u, v))


def etest(
    dataset: Dataset,
    space: Space = "pca",
    *,
    draws: int = 999,
    seed: int = 0,
    fdr: float = 0.05,
    n_components: int = 50,
    n_genes: int | None = N_GENES,
    keep_targets: bool = False,
) -> pd.DataFrame:
    """Test by permutation whether every condition differs from its controls in any way.

    Labels are permuted among the cells of a condition and the controls of its context, within the
    blocks that controls share (batches, plates; not guides), so that a batch which holds more of
    one group is no effect. p = (1 + b) / (1 + B) over the B `draws`, `q` adjusts for the false
    discovery rate over all tested conditions, `p_holm` for any false discovery.

    Right where cells are exchangeable under the null. Wrong where they are not: cells of one
    animal or well are no replicates, and p-values are then too small. With many cells, what is
    significant may be tiny: look at `edistance` too.

    Parameters
    ----------
    dataset, space, n_components, n_genes, keep_targets : as for `edistance_table`.
    draws : permutations; with B of them no p-value is below 1 / (1 + B).
    seed : of the permutations.
    fdr : of `significant`.

    Returns
    -------
    The columns of `edistance_table` without `within`, and `p`, `q`, `p_holm`, `significant` (None
    without a test).

    Notes
    -----
    Cost: that of the table, and `stats.distances.energy_tests`. Source: szekely2013 (test),
    phipson2010 (p-value), benjamini1995 and holm1979 (adjustment), peidli2024 (the question).
    """
    import pandas as pd

    if type(draws) is not int or draws < 1:
        raise BadValues(f"`draws` is {draws!r}", "give a whole number from 1")
    groups = groups_of(dataset)
    k = len(groups.conditions)
    u, v, p = np.full((3, k), np.nan)
    if k and not dataset.scale.is_relative:
        X = _points(dataset, space, n_components, n_genes, keep_targets)
        strata = matched_strata(dataset, groups)
        for control, at, codes in _by_control(groups):
            context = groups.contexts[control - k]
            rng = rng_for(test="energy", dataset=dataset.name, context=context, seed=seed)
            found = energy_tests(X, codes, groups.n_groups, control, draws, rng, strata)
            u[at], v[at], p[at] = found.u[at], found.v[at], found.p[at]
    table = pd.DataFrame(_about(dataset, groups)).assign(edistance=u, edistance_v=v, p=p)
    q = benjamini_hochberg(p) if k else p
    is_called = [None if np.isnan(value) else bool(value < fdr) for value in q]
    table = table.assign(q=q, p_holm=_holm(p), significant=pd.Series(is_called, dtype=object))
    return table.assign(**_status(dataset, groups, u, v))


def _points(
    dataset: Dataset, space: Space, n_components: int, n_genes: int | None, keep_targets: bool
) -> np.ndarray:
    return points(
        dataset, space, n_components=n_components, n_genes=n_genes, keep_targets=keep_targets
    )


def _by_control(groups: Groups) -> list[tuple[int, np.ndarray, np.ndarray]]:
    """Return, per context with controls, their group, its conditions, and codes without others."""
    found = []
    for control in np.unique(groups.control[groups.control >= 0]):
        at = np.flatnonzero(groups.control == control)
        here = np.isin(groups.codes, [*at, control])
        found.append((int(control), at, np.where(here, groups.codes, -1)))
    return found


def _about(dataset: Dataset, groups: Groups) -> dict[str, object]:
    return {
        "condition": [dataset.label(c) for c in groups.conditions],
        "context": [str(c.context) for c in groups.conditions],
        "n": groups.n[: len(groups.conditions)],
        "n_control": groups.control_n,
    }


def _status(dataset: Dataset, groups: Groups, u: np.ndarray, v: np.ndarray) -> dict[str, list[str]]:
    reasons = []
    for i in range(len(groups.conditions)):
        if dataset.scale.is_relative:
            reasons.append(RELATIVE)
        elif groups.control[i] < 0:
            reasons.append(NO_CONTROLS)
        else:
            reasons.append(ONE if np.isnan(u[i]) and np.isfinite(v[i]) else "")
    return {"status": ["ok" if np.isfinite(x) else "n/a" for x in v], "reason": reasons}


def _holm(p: np.ndarray) -> np.ndarray:
    """Adjust p-values so that the chance of any false discovery is bounded; NaN is no test.

    p_(i) times the number of tests not yet rejected, made to ascend.
    """
    order = np.argsort(p)
    m = int(np.count_nonzero(~np.isnan(p)))
    adjusted = np.full(len(p), np.nan)
    ranked = p[order[:m]] * (m - np.arange(m))
    adjusted[order[:m]] = np.minimum(np.maximum.accumulate(ranked), 1.0)
    return adjusted
