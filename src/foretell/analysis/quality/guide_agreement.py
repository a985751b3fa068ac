"""Guide agreement: whether guides of one target do the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from foretell.core.dataset import Dataset
from foretell.core.errors import UnknownName, did_you_mean
from foretell.core.halves import halve
from foretell.core.seeds import rng_for
from foretell.data.filters.evidence import Groups, groups_of, log_view
from foretell.stats.correlation import pearson_rows

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["guide_agreement", "guide_column"]

N_PAIRS = 512  # pairs that are correlated at once
N_NULL = 2000
MIN_CELLS = 10
NESTED = 0.95
SHARED_NOTE = "values on a relative scale share their controls, which inflates the correlation"
COLUMNS = (
    "condition",
    "context",
    "n_guides",
    "n_pairs",
    "agreement",
    "low",
    "high",
    "null_mean",
    "null_high",
    "above_null",
    "status",
    "reason",
)


@dataclass(frozen=True, eq=False)
class _Guides:
    """Profiles of guides: `owner` is the position of their condition."""

    owner: np.ndarray
    mean: np.ndarray
    halves: tuple[np.ndarray, np.ndarray] | None  # (repeats, n_contexts, n_genes) control means


def guide_agreement(
    dataset: Dataset,
    column: str | None = None,
    *,
    min_cells: int = MIN_CELLS,
    repeats: int = 4,
    draws: int = 1000,
    seed: int = 0,
) -> pd.DataFrame:
    """Correlate the mean shifts of the guides of one target, against guides of different targets.

        agreement = mean over pairs (g, h) of corr(mean_g - control_A, mean_h - control_B)

    where A and B are random halves of the controls of the context, drawn `repeats` times, each
    pair both ways round. A control that both shared would correlate any two guides, by
    sqrt(C / (C + K)) even without an effect. The null are pairs of guides of conditions without a
    common target in the same way; its mean shows what all perturbations have in common.

    Right for guides, replicates or donors of a screen: any column that divides conditions. Wrong
    as a test of one condition with two guides: one number has no interval, so none is given.

    Parameters
    ----------
    dataset : on any scale.
    column : of ``obs``; by default the block that guides are in (see `guide_column`).
    min_cells : fewest cells of a guide (1 for samples).
    repeats : divisions of the controls.
    draws : bootstrap draws over the guides of a condition, for `low` and `high` (95%).
    seed : of halves, null pairs and bootstrap.

    Returns
    -------
    One row per perturbed condition: `condition`, `context`, `n_guides`, `n_pairs`, `agreement`,
    `low`, `high` (NaN below 3 guides), `null_mean`, `null_high` (95% quantile of the null of the
    context), `above_null`, `status`, `reason`. On a relative scale there is no control to divide;
    the value is given, and the reason says that it is inflated.

    Notes
    -----
    Cost: two passes over the data, O(pairs x repeats x genes). Memory: guides x 2,000 genes.
    Source: docs/design.md, section 1 (cross-fitted controls); efron1993 (bootstrap).
    """
    import pandas as pd

    groups = groups_of(dataset)
    column = guide_column(dataset, groups) if column is None else _known(dataset, column)
    records = [_empty(dataset, c, "n/a", "") for c in groups.conditions]
    if column is None:
        why = "no column of blocks divides the conditions: name the guides in `blocks`"
        return pd.DataFrame([r | {"reason": why} for r in records], columns=list(COLUMNS))
    least = min_cells if dataset.mapping.observation == "cells" else 1
    guides = _guides(dataset, groups, column, least, repeats, seed)
    context = np.array([groups.contexts.index(c.context) for c in groups.conditions], dtype=int)
    null = _null(guides, groups, context, seed)
    n_guides = np.bincount(guides.owner, minlength=len(records))
    for i, record in enumerate(records):
        record["n_guides"] = int(n_guides[i])
        few = int(groups.control_n[i]) < 4 and not dataset.scale.is_relative
        if n_guides[i] < 2 or few:
            record["reason"] = (
                "fewer than 4 control observations" if few else "fewer than two guides"
            )
            continue
        rng = rng_for(bootstrap="guides", dataset=dataset.name, condition=i, seed=seed)
        record |= _summary(guides, i, context, null.get(int(context[i])), draws, rng)
        record["reason"] = SHARED_NOTE if dataset.scale.is_relative else ""
    return pd.DataFrame(records, columns=list(COLUMNS))


def guide_column(dataset: Dataset, groups: Groups | None = None) -> str | None:
    """Return the block that guides are in: nested in targets, else the first one, else None."""
    groups = groups_of(dataset) if groups is None else groups
    blocks = dataset.mapping.blocks
    treated = (groups.codes >= 0) & (groups.codes < len(groups.conditions))
    names = [c.perturbation for c in groups.conditions]
    place = {p: i for i, p in enumerate(dict.fromkeys(names))}
    target = np.array([place[p] for p in names], dtype=int)[groups.codes[treated]]
    for column in blocks:
        values = _values(dataset, column)[treated]
        pairs = np.unique(np.stack([values, target]), axis=1)
        n_targets = np.bincount(pairs[0])
        nested = n_targets[values] == 1
        if nested.mean() >= NESTED and pairs.shape[1] > len(set(target)):
            return column
    return blocks[0] if blocks else None


def _known(dataset: Dataset, column: str) -> str:
    if column not in dataset.obs.columns:
        raise UnknownName(
            f"there is no column '{column}' in obs", did_you_mean(column, dataset.obs.columns)
        )
    return column


def _values(dataset: Dataset, column: str) -> np.ndarray:
    values = dataset.obs[column].iloc[dataset.rows].astype(str).to_numpy(dtype=str)
    codes: np.ndarray = np.unique(values, return_inverse=True)[1]
    return codes


def _empty(dataset: Dataset, condition: Any, status: str, reason: str) -> dict[str, Any]:
    numbers = dict.fromkeys(("agreement", "low", "high", "null_mean", "null_high"), np.nan)
    names = {"condition": dataset.label(condition), "context": str(condition.context)}
    more = {"n_guides": 0, "n_pairs": 0, "above_null": None}
    return names | numbers | more | {"status": status, "reason": reason}


def _guides(
    dataset: Dataset, groups: Groups, column: str, least: int, repeats: int, seed: int
) -> _Guides:
    """Mean profiles of guides that are large enough, and of random halves of the controls."""
    k = len(groups.conditions)
    treated = (groups.codes >= 0) & (groups.codes < k)
    values = _values(dataset, column)
    width = int(values.max(initial=0)) + 1
    key = np.where(treated, groups.codes * width + values, -1)
    found, n = np.unique(key[treated], return_counts=True)
    found = found[n >= least]
    at = np.searchsorted(found, key).clip(0, max(len(found) - 1, 0))
    codes = np.where(treated & (found[at] == key), at, -1) if len(found) else np.full(len(key), -1)
    signature, n_control = _signatures(dataset, groups, repeats, seed)
    codes = np.where(signature >= 0, len(found) + signature, codes)
    view = log_view(dataset)
    moments = view.moments(codes, len(found) + n_control, squares=False)
    mean = moments.mean[: len(found)]
    if dataset.scale.is_relative:
        return _Guides(found // width, mean, None)
    sums, count = moments.sums[len(found) :], moments.n[len(found) :]
    shape = (len(groups.contexts), 2**repeats)
    sums, count = sums.reshape(*shape, -1), count.reshape(shape)
    bits = np.arange(2**repeats)
    halves = []
    for side in (0, 1):
        of_side = [((bits >> r) & 1) == side for r in range(repeats)]
        with np.errstate(invalid="ignore"):
            means = [sums[:, b].sum(axis=1) / count[:, b].sum(axis=1)[:, None] for b in of_side]
        halves.append(np.stack(means))
    return _Guides(found // width, mean, (halves[0], halves[1]))


def _signatures(
    dataset: Dataset, groups: Groups, repeats: int, seed: int
) -> tuple[np.ndarray, int]:
    """(n_obs,) which half each control stands in, per repeat, as bits; one pass serves them all."""
    signature = np.full(dataset.n_obs, -1, dtype=np.int64)
    if dataset.scale.is_relative:
        return signature, 0
    for j, context in enumerate(groups.contexts):
        at = np.flatnonzero(groups.codes == len(groups.conditions) + j)
        code = np.zeros(len(at), dtype=np.int64)
        for r in range(repeats):
            rng = rng_for(halves="guides", context=context, repeat=r, seed=seed)
            code |= halve(np.zeros(len(at), dtype=np.int64), rng).astype(np.int64) << r
        signature[at] = j * 2**repeats + code
    return signature, len(groups.contexts) * 2**repeats


def _correlate(guides: _Guides, pairs: np.ndarray, contexts: np.ndarray) -> np.ndarray:
    """(n_pairs,) cross-fitted correlation of pairs of guides of the same context."""
    found = np.full(len(pairs), np.nan)
    for start in range(0, len(pairs), N_PAIRS):
        part, where = pairs[start : start + N_PAIRS], contexts[start : start + N_PAIRS]
        g, h = guides.mean[part[:, 0]], guides.mean[part[:, 1]]
        if guides.halves is None:
            mask = ~np.isnan(g) & ~np.isnan(h)
            values = [pearson_rows(g, h, mask)[0]]
        else:
            A, B = guides.halves
            values = [
                pearson_rows(g - a[where], h - b[where])[0]
                for one, other in zip(A, B, strict=True)
                for a, b in ((one, other), (other, one))
            ]
        found[start : start + N_PAIRS] = np.mean(values, axis=0)
    return found


def _null(guides: _Guides, groups: Groups, context: np.ndarray, seed: int) -> dict[int, np.ndarray]:
    """Correlations of random pairs of guides without a common target, per context."""
    rng = rng_for(null="guides", seed=seed)
    of_guide = context[guides.owner] if len(guides.owner) else np.zeros(0, dtype=int)
    targets = [set(c.perturbation.targets) for c in groups.conditions]
    found = {}
    for j in np.unique(of_guide):
        here = np.flatnonzero(of_guide == j)
        drawn = rng.choice(here, (2 * N_NULL, 2))
        owners = guides.owner[drawn]
        apart = [not targets[a] & targets[b] for a, b in owners]
        pairs = np.unique(np.sort(drawn[apart], axis=1), axis=0)
        pairs = rng.permutation(pairs)[:N_NULL]
        if len(pairs):
            r = _correlate(guides, pairs, np.full(len(pairs), j))
            found[int(j)] = r[~np.isnan(r)]
    return found


def _summary(
    guides: _Guides,
    i: int,
    context: np.ndarray,
    null: np.ndarray | None,
    draws: int,
    rng: np.random.Generator,
) -> dict[str, Any]:
    """Agreement of one condition, with an interval over its guides."""
    own = np.flatnonzero(guides.owner == i)
    a, b = np.triu_indices(len(own), 1)
    pairs = np.column_stack([own[a], own[b]])
    r = _correlate(guides, pairs, np.full(len(pairs), context[i]))
    known = ~np.isnan(r)
    if not known.any():
        return {"reason": "the shifts of its guides are constant"}
    value = float(r[known].mean())
    result: dict[str, Any] = {"n_pairs": int(known.sum()), "agreement": value, "status": "ok"}
    if len(own) >= 3:
        result["low"], result["high"] = _interval(r, a, b, len(own), draws, rng)
    if null is not None and len(null) >= 20:
        result["null_mean"] = float(null.mean())
        result["null_high"] = float(np.quantile(null, 0.95))
        result["above_null"] = value > result["null_high"]
    return result


def _interval(
    r: np.ndarray, a: np.ndarray, b: np.ndarray, k: int, draws: int, rng: np.random.Generator
) -> tuple[float, float]:
    """Resample guides; a guide drawn twice makes no pair with itself."""
    times = rng.multinomial(k, np.full(k, 1.0 / k), size=draws)
    weight = times[:, a] * times[:, b] * ~np.isnan(r)
    total = weight.sum(axis=1)
    means = (weight @ np.nan_to_num(r))[total > 0] / total[total > 0]
    low, high = np.quantile(means, [0.025, 0.975])
    return float(low), float(high)
