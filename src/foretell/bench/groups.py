"""Groups: test conditions of one fold in one context, ready to be scored."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from foretell.bench.interactions import Parts, measured_parts
from foretell.bench.populations import HeldCells, hold_out_cells
from foretell.bench.spaces import fit_spaces
from foretell.bench.truth import ControlMoments, HeldOut, hold_out_truth
from foretell.core.context import Condition, Context
from foretell.core.dataset import Dataset
from foretell.core.profiles import Profiles
from foretell.core.split import Split
from foretell.core.steps import Step
from foretell.data.preprocess import fit_steps
from foretell.stats.gene_tests import MomentTest

__all__ = ["Fold", "Group", "Rules", "groups_of", "prepare_folds"]


@dataclass(frozen=True)
class Rules:
    """How answers are judged.

    Parameters
    ----------
    halves : random halves of the held-out observations.
    policy : what happens to directly targeted genes, ``mask``, ``reveal`` or ``as_predicted``.
    test : which test calls a gene differential; see `foretell.stats.gene_tests`.
    seed : axis of every draw.
    needs : what the metrics ask for; the rest is not computed.
    gene_sets : name of a set -> its members.
    phenotype : column of the components that says which perturbations are of one kind.
    """

    halves: int = 20
    policy: str = "mask"
    test: MomentTest = "moderated"
    seed: int = 0
    needs: frozenset[str] = frozenset()
    gene_sets: Mapping[str, frozenset[str]] = field(default_factory=dict)
    phenotype: str = ""


@dataclass(frozen=True, eq=False)
class Fold:
    """One fold of a repeat, ready to be judged.

    Parameters
    ----------
    split : which conditions are tested.
    data : the data set behind the steps that were fitted on this fold's training rows.
    truth : held-out sums of all conditions of the repeat, on this fold's genes.
    train : training profiles.
    rules : how answers are judged.
    cells : held-out cells in spaces fitted on training, or None.
    """

    split: Split
    data: Dataset
    truth: HeldOut
    train: Profiles
    rules: Rules
    cells: HeldCells | None = None


@dataclass(frozen=True, eq=False)
class Group:
    """Test conditions of one fold in one context.

    Parameters
    ----------
    query_rows : (n,) rows of the fold's query.
    rows : (n,) positions among the held-out conditions of the repeat.
    pool : (m,) positions of all of them in this context: they compete in a retrieval.
    mask : (n, g) True for genes that count.
    pool_mask : (g,) True for genes that no competitor targets.
    references : mean training profile, as the truth side and the model side refer to it.
    parts : measured parts of combinations, or None where no metric asks.
    """

    fold: Fold
    context: Context
    conditions: tuple[Condition, ...]
    query_rows: np.ndarray
    rows: np.ndarray
    pool: np.ndarray
    mask: np.ndarray
    pool_mask: np.ndarray
    references: tuple[np.ndarray, np.ndarray]
    parts: Parts | None = None

    @property
    def truth_control(self) -> ControlMoments:
        """Moments of the ``truth`` half of the controls."""
        return self.fold.truth.controls[self.context][0]

    @property
    def model_control(self) -> ControlMoments:
        """Moments of the ``model`` half of the controls."""
        return self.fold.truth.controls[self.context][1]


def prepare_folds(
    dataset: Dataset, splits: Sequence[Split], steps: Sequence[Step], rules: Rules
) -> Iterator[Fold]:
    """Fit the steps per fold; neighbouring folds whose steps come out equal share their truth."""
    pool = tuple(sorted({c for split in splits for c in split.test}, key=Condition.sort_key))
    # an observation has no halves: every one would be the observation itself
    halves = 1 if all(dataset.n_by_condition[c] == 1 for c in pool) else rules.halves
    last: tuple[tuple[Step, ...], HeldOut] | None = None  # more than one would not fit
    for split in splits:
        fitted = fit_steps(steps, split.train_part(dataset))
        data = dataset.with_steps(fitted)
        if last is None or fitted != last[0]:
            last = None
            last = fitted, hold_out_truth(data, split, pool, halves=halves, seed=rules.seed)
        train = split.train_part(data)
        cells = _cells(data, split, last[1], train, rules)
        yield Fold(split, data, last[1], train.profiles(), rules, cells)


def _cells(
    data: Dataset, split: Split, held: HeldOut, train: Dataset, rules: Rules
) -> HeldCells | None:
    """Project cells where a metric asks for them and the data hold any."""
    asked = {"cells", "panel"} & rules.needs
    if not asked or data.scale.is_relative or data.mapping.observation != "cells":
        return None
    allowed = ~_targeted(data, held.conditions, rules.policy)
    if not allowed.any():
        return None
    return hold_out_cells(data, split, held, fit_spaces(train, allowed, rules.seed))


def groups_of(fold: Fold) -> Iterator[Group]:
    """Yield the test conditions of a fold, context by context."""
    position = {condition: i for i, condition in enumerate(fold.truth.conditions)}
    contexts = sorted({c.context for c in fold.split.test}, key=str)
    for context in contexts:
        query_rows = np.array(
            [i for i, c in enumerate(fold.split.test) if c.context == context], dtype=np.int64
        )
        conditions = tuple(fold.split.test[i] for i in query_rows)
        pool = np.array([i for c, i in position.items() if c.context == context])
        competitors = [fold.truth.conditions[i] for i in pool]
        policy = fold.rules.policy
        mask = np.array([~_targeted(fold.data, [c], policy) for c in conditions])
        rows = np.array([position[c] for c in conditions])
        asked = "parts" in fold.rules.needs
        yield Group(
            fold=fold,
            context=context,
            conditions=conditions,
            query_rows=query_rows,
            rows=rows,
            pool=pool,
            mask=mask & np.isfinite(fold.truth.mean[rows]),
            pool_mask=~_targeted(fold.data, competitors, policy)
            & np.isfinite(fold.truth.mean[pool]).all(axis=0),
            references=_references(fold, context),
            parts=measured_parts(conditions, fold.truth, fold.train) if asked else None,
        )


def _targeted(data: Dataset, conditions: Sequence[Condition], policy: str) -> np.ndarray:
    """(g,) True for genes that are left out because a condition targets them directly."""
    if policy == "as_predicted":
        return np.zeros(len(data.genes), dtype=bool)
    targets = {target for c in conditions for target in c.perturbation.targets}
    return np.isin(data.genes, sorted(targets))


def _references(fold: Fold, context: Context) -> tuple[np.ndarray, np.ndarray]:
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
    truth, model = fold.truth.controls[context]
    return truth.mean + shift, model.mean + shift
