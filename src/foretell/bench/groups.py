"""Groups: test conditions of one fold in one context, ready to be scored."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from foretell.bench.truth import HeldOut, hold_out_truth
from foretell.core.context import Condition, Context
from foretell.core.dataset import Dataset
from foretell.core.metric import Truth
from foretell.core.profiles import Profiles
from foretell.core.split import Split
from foretell.core.steps import Step
from foretell.data.preprocess import fit_steps
from foretell.stats.gene_tests import gene_tests

__all__ = ["Fold", "Group", "groups_of", "prepare_folds", "truth_of"]


@dataclass(frozen=True, eq=False)
class Fold:
    """One fold of a repeat, ready to be judged.

    Parameters
    ----------
    split : which conditions are tested.
    data : the data set behind the steps that were fitted on this fold's training rows.
    truth : held-out sums of all conditions of the repeat, on this fold's genes.
    train : training profiles, for the perturbed mean.
    """

    split: Split
    data: Dataset
    truth: HeldOut
    train: Profiles


@dataclass(frozen=True, eq=False)
class Group:
    """Test conditions of one fold in one context."""

    fold: Fold
    context: Context
    conditions: tuple[Condition, ...]
    query_rows: np.ndarray
    rows: np.ndarray
    pool: np.ndarray
    mask: np.ndarray
    pool_mask: np.ndarray
    model_control: np.ndarray
    references: tuple[np.ndarray, np.ndarray]


def prepare_folds(
    dataset: Dataset, splits: Sequence[Split], steps: Sequence[Step], halves: int, seed: int
) -> Iterator[Fold]:
    """Fit the steps per fold; neighbouring folds whose steps come out equal share their truth."""
    pool = tuple(sorted({c for split in splits for c in split.test}, key=Condition.sort_key))
    if all(dataset.n_by_condition[c] == 1 for c in pool):
        halves = 1  # an observation has no halves: every one would be the observation itself
    last: tuple[tuple[Step, ...], HeldOut] | None = None  # more than one would not fit
    for split in splits:
        fitted = fit_steps(steps, split.train_part(dataset))
        data = dataset.with_steps(fitted)
        if last is None or fitted != last[0]:
            last = None
            last = fitted, hold_out_truth(data, split, pool, halves=halves, seed=seed)
        yield Fold(split, data, last[1], split.train_part(data).profiles())


def groups_of(fold: Fold, policy: str) -> Iterator[Group]:
    """Yield the test conditions of a fold, context by context."""
    query = fold.split.query(fold.data)
    position = {condition: i for i, condition in enumerate(fold.truth.conditions)}
    for index, context in enumerate(query.controls.contexts):
        query_rows = np.flatnonzero(query.control_index == index)
        conditions = tuple(fold.split.test[i] for i in query_rows)
        pool = np.array([i for c, i in position.items() if c.context == context])
        competitors = [fold.truth.conditions[i] for i in pool]
        mask = np.array([~_targeted(fold, [c], policy) for c in conditions])
        rows = np.array([position[c] for c in conditions])
        yield Group(
            fold=fold,
            context=context,
            conditions=conditions,
            query_rows=query_rows,
            rows=rows,
            pool=pool,
            mask=mask & np.isfinite(fold.truth.mean[rows]),
            pool_mask=~_targeted(fold, competitors, policy)
            & np.isfinite(fold.truth.mean[pool]).all(axis=0),
            model_control=query.controls.mean[index],
            references=_references(fold, context, query.controls.mean[index]),
        )


def _targeted(fold: Fold, conditions: Sequence[Condition], policy: str) -> np.ndarray:
    """(g,) True for genes that are left out because a condition targets them directly."""
    if policy == "as_predicted":
        return np.zeros(len(fold.data.genes), dtype=bool)
    targets = {target for c in conditions for target in c.perturbation.targets}
    return np.isin(fold.data.genes, sorted(targets))


def _references(
    fold: Fold, context: Context, model_control: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Mean training profile, as the truth side and the model side refer to it.

    With training conditions in the context it is their mean profile for both. Without, it is the
    mean shift elsewhere on top of each side's own half of the controls.
    """
    train = fold.train
    here = np.array([c.context == context for c in train.conditions])
    if here.any():
        count = np.isfinite(train.Y[here]).sum(axis=0)
        mean = np.nan_to_num(train.Y[here]).sum(axis=0) / np.maximum(count, 1)
        return mean, mean
    shift = train.S_filled.mean(axis=0)
    return fold.truth.control_mean[context] + shift, model_control + shift


def truth_of(group: Group, half: int) -> Truth:
    """Return what metrics see of one half of the held-out observations.

    A gene counts where both halves measured it, so that answers and duplicate are scored on the
    same genes.
    """
    held, rows, context = group.fold.truth, group.rows, group.context
    own = np.searchsorted(group.pool, rows)
    measured, again = np.isfinite(held.half_mean[half]), np.isfinite(held.other_mean[half, rows])
    again |= ~again.any(axis=1, keepdims=True)  # there is no other half, and no duplicate
    mask = group.mask & measured[rows] & again
    return Truth(
        mean=np.nan_to_num(held.half_mean[half, rows]),
        control=held.control_mean[context],
        reference=group.references[0],
        mask=mask,
        n_obs=held.half_n[half, rows],
        variance=held.half_variance[half, rows],
        control_variance=held.control_variance[context],
        control_n=held.control_n[context],
        pool=np.nan_to_num(held.half_mean[half, group.pool]) - held.control_mean[context],
        own=own,
        pool_mask=group.pool_mask & measured[group.pool].all(axis=0),
        tests=gene_tests(
            held.half_mean[half, rows],
            held.half_variance[half, rows],
            held.half_n[half, rows],
            held.control_mean[context],
            held.control_variance[context],
            held.control_n[context],
            mask,
        ),
    )
