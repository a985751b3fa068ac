"""Similarity: how alike conditions are, by what is known without what is held out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np

from foretell.core.context import Condition
from foretell.core.dataset import Dataset
from foretell.core.errors import BadStudy, did_you_mean
from foretell.core.perturbation import Perturbation
from foretell.core.registry import find
from foretell.core.split import Split
from foretell.data.preprocess import Log1p, Normalize, fit_steps

__all__ = ["Similarity", "similarity"]

By = Literal["components", "encoding", "table", "contexts"]


@dataclass(frozen=True)
class Similarity:
    """What makes two conditions alike; 1 for equal, 0 for unrelated.

    Parameters
    ----------
    by : ``components``: shared targets out of all targets (Jaccard); ``encoding``: cosine between
        vectors of a registered encoding, fitted on the training side; ``table``: the same with
        vectors from a file; ``contexts``: correlation between the control means of their contexts
        (``model`` halves), less the mean over contexts.
    encoding : name of the encoding.
    file : table of vectors by target, as the encoding ``table`` reads it.
    """

    by: By = "components"
    encoding: str = ""
    file: str = ""

    def __post_init__(self) -> None:
        if self.by not in get_args(By):
            raise BadStudy(f"`by` is {self.by!r}", did_you_mean(str(self.by), get_args(By)))
        for name, needed in (("encoding", "encoding"), ("file", "table")):
            if bool(getattr(self, name)) != (self.by == needed):
                raise BadStudy(
                    f"by = '{self.by}' with {name} = '{getattr(self, name)}'",
                    f"`{name}` belongs to by = '{needed}', which needs it",
                )


def similarity(
    split: Split,
    dataset: Dataset,
    rows: Sequence[Condition],
    columns: Sequence[Condition],
    chosen: Similarity,
) -> np.ndarray:
    """Return (n_rows, n_columns) similarities; 0 where nothing is known of one of the two.

    Only the training side and the ``model`` halves of the controls of `split` are read. Counts
    are brought to log1p per median library first.
    """
    if chosen.by == "components":
        return _jaccard([c.perturbation for c in rows], [c.perturbation for c in columns])
    data = _logged(dataset, split)
    if chosen.by == "contexts":
        means = _control_means(data, split, [*rows, *columns])
        left, right = (np.array([means[str(c.context)] for c in side]) for side in (rows, columns))
        return _cosine(left, right)
    fields = {"file": chosen.file} if chosen.by == "table" else {}
    encoding = find("encodings").make(chosen.encoding or "table", **fields)
    fitted = encoding.fit(split.train_part(data).profiles())
    left, right = (_vectors(fitted.encode([c.perturbation for c in s])) for s in (rows, columns))
    return _cosine(left, right)


def _vectors(encoded: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    vectors, covered = encoded
    return np.where(np.asarray(covered)[:, None], vectors, 0.0)


def _cosine(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    lengths = [np.linalg.norm(side, axis=1, keepdims=True) for side in (left, right)]
    a, b = (s / np.where(n > 1e-12, n, np.inf) for s, n in zip((left, right), lengths, strict=True))
    cosine: np.ndarray = a @ b.T
    return cosine


def _jaccard(rows: Sequence[Perturbation], columns: Sequence[Perturbation]) -> np.ndarray:
    targets = sorted({t for p in (*rows, *columns) for t in p.targets})
    place = {t: j for j, t in enumerate(targets)}

    def members(side: Sequence[Perturbation]) -> np.ndarray:
        M = np.zeros((len(side), len(targets)))
        for i, p in enumerate(side):
            M[i, [place[t] for t in p.targets]] = 1.0
        return M

    left, right = members(rows), members(columns)
    both = left @ right.T
    shared: np.ndarray = both / (left.sum(axis=1)[:, None] + right.sum(axis=1)[None, :] - both)
    return shared


def _logged(dataset: Dataset, split: Split) -> Dataset:
    if not dataset.scale.is_counts:
        return dataset
    steps = fit_steps((Normalize(target_sum="median"), Log1p()), split.train_part(dataset))
    return dataset.with_steps(steps)


def _control_means(
    data: Dataset, split: Split, conditions: Sequence[Condition]
) -> dict[str, np.ndarray]:
    """Control mean of every context, less the mean over contexts, centred over genes."""
    query = split.query_for(data, [*dict.fromkeys(replace(c, horizon_h=None) for c in conditions)])
    means = query.controls.mean - query.controls.mean.mean(axis=0)
    means = means - means.mean(axis=1, keepdims=True)
    return {str(c): mean for c, mean in zip(query.controls.contexts, means, strict=True)}
