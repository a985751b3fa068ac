"""Evidence: how wrong a fitted model was on conditions that it did not see."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from foretell.core.context import Condition
from foretell.core.dataset import Dataset
from foretell.core.model import Model
from foretell.core.query import Query
from foretell.uncertainty.relation import Seen, unit_of

__all__ = ["Evidence", "evidence_of", "left_out_evidence", "stack"]


@dataclass(frozen=True, eq=False)
class Evidence:
    """Residuals of n conditions, and what they may be compared with.

    Parameters
    ----------
    conditions : n conditions.
    relation : how each stands to what the model was trained on.
    unit : name of the exchangeable unit of each.
    residual : (n, g) measured minus predicted mean; NaN = not measured.
    shift : (n, g) predicted shifts.
    sd : (n, g) predicted standard deviations, or None.
    noise : (n, g) sampling variance of the measured means, or None.
    n_obs : (n,) observations.
    """

    conditions: tuple[Condition, ...]
    relation: tuple[str, ...]
    unit: tuple[str, ...]
    residual: np.ndarray
    shift: np.ndarray
    sd: np.ndarray | None = None
    noise: np.ndarray | None = None
    n_obs: np.ndarray = field(default_factory=lambda: np.empty(0, dtype=np.int64))

    def __len__(self) -> int:
        return len(self.conditions)

    @property
    def units(self) -> np.ndarray:
        """(n,) codes of the units."""
        return np.unique(np.array(self.unit, dtype=str), return_inverse=True)[1].ravel()

    @property
    def n_units(self) -> int:
        """Number of exchangeable units."""
        return len(set(self.unit))

    def rows(self, keep: np.ndarray) -> Evidence:
        """Return some conditions (mask or positions)."""
        at = np.arange(len(self))[keep]
        return Evidence(
            conditions=tuple(self.conditions[i] for i in at),
            relation=tuple(self.relation[i] for i in at),
            unit=tuple(self.unit[i] for i in at),
            residual=self.residual[at],
            shift=self.shift[at],
            sd=None if self.sd is None else self.sd[at],
            noise=None if self.noise is None else self.noise[at],
            n_obs=self.n_obs[at],
        )


def evidence_of(model: Model, seen: Seen, held: Dataset, *, with_noise: bool = False) -> Evidence:
    """Ask a fitted model about held-out conditions; those that it abstains from are left out."""
    profiles = held.profiles()
    answered = model.predict(Query.of(held, profiles.conditions))
    relation = tuple(seen.relation(c) for c in profiles.conditions)
    evidence = Evidence(
        conditions=profiles.conditions,
        relation=relation,
        unit=tuple(map(unit_of, profiles.conditions, relation)),
        residual=profiles.Y - answered.mean,
        shift=answered.shift,
        sd=answered.sd,
        noise=_noise(held) if with_noise else None,
        n_obs=profiles.n,
    )
    return evidence.rows(answered.answered)


def left_out_evidence(model: Model, train: Dataset) -> Evidence | None:
    """Return the closed-form left-out residuals of training, where the model has them.

    None too where a perturbation was trained on in several contexts or doses: left out in one of
    them it is not unseen.
    """
    profiles = train.profiles()
    seen = Seen.of(profiles.conditions)
    relation = tuple(seen.new(c.perturbation) for c in profiles.conditions)
    unit = tuple(map(unit_of, profiles.conditions, relation))
    predicted = model.leave_one_out() if len(set(unit)) == len(unit) else None
    if predicted is None:
        return None
    evidence = Evidence(
        conditions=profiles.conditions,
        relation=relation,
        unit=unit,
        residual=profiles.Y - predicted,
        shift=predicted - profiles.control[profiles.context_index],
        n_obs=profiles.n,
    )
    in_company = np.bincount(profiles.context_index)[profiles.context_index] > 1
    return evidence.rows(np.isfinite(predicted).all(axis=1) & in_company)


def stack(parts: list[Evidence]) -> Evidence:
    """Put the evidence of several folds together, fold after fold."""

    def joined(name: str) -> np.ndarray | None:
        found = [getattr(part, name) for part in parts]
        return None if any(value is None for value in found) else np.concatenate(found)

    return Evidence(
        conditions=tuple(c for part in parts for c in part.conditions),
        relation=tuple(r for part in parts for r in part.relation),
        unit=tuple(u for part in parts for u in part.unit),
        residual=np.concatenate([part.residual for part in parts]),
        shift=np.concatenate([part.shift for part in parts]),
        sd=joined("sd"),
        noise=joined("noise"),
        n_obs=np.concatenate([part.n_obs for part in parts]),
    )


def _noise(held: Dataset) -> np.ndarray:
    """(n, g) variance between observations over their number; NaN where there is only one."""
    position = {c: i for i, c in enumerate(held.perturbed)}
    code = np.array([position.get(c, -1) for c in held.conditions], dtype=np.int64)
    moments = held.moments(code[held.codes], len(position))
    n = np.asarray(moments.measured, dtype=float)
    return np.where(n > 1, np.asarray(moments.variance) / np.maximum(n, 1.0), np.nan)
