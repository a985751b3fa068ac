"""DifferentialTable: which genes differ from the controls, in every condition of a data set."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from foretell.core.context import Condition
from foretell.core.gene_tests import GeneTests

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["DifferentialTable"]


@dataclass(frozen=True, eq=False)
class DifferentialTable:
    """Tests of all genes in all perturbed conditions, against the controls of their contexts.

    Parameters
    ----------
    conditions : n perturbed conditions, and how the data set spells them (`labels`).
    genes : (g,) names.
    tests : (n, g) statistics, p, q and log2 fold changes, with the names of test and definition.
    mean, control_mean : (n, g) means on the scale that was tested.
    n, control_n : (n,) observations; samples where cells were joined to pseudobulk.
    on_target : (n, g) True where the gene is a target of the condition.
    reasons : (n,) why a condition was not tested, or empty.
    scale : of the means, in words.
    """

    conditions: tuple[Condition, ...]
    labels: tuple[str, ...]
    genes: np.ndarray
    tests: GeneTests
    mean: np.ndarray
    control_mean: np.ndarray
    n: np.ndarray
    control_n: np.ndarray
    on_target: np.ndarray
    reasons: tuple[str, ...]
    scale: str

    @property
    def statistic(self) -> np.ndarray:
        """(n, g) signed statistics."""
        return self.tests.statistic

    @property
    def p(self) -> np.ndarray:
        """(n, g) p-values; NaN where no test was made."""
        return self.tests.p

    @property
    def q(self) -> np.ndarray:
        """(n, g) p-values adjusted over the genes of a condition."""
        return self.tests.q

    @property
    def lfc(self) -> np.ndarray:
        """(n, g) log2 fold changes, by the definition that `tests` names."""
        return self.tests.lfc

    @cached_property
    def called(self) -> np.ndarray:
        """(n, g) True for differential genes."""
        return self.tests.called

    def to_frame(self, *, only_called: bool = False) -> pd.DataFrame:
        """Return one row per condition and gene that was tested.

        Columns: `condition`, `context`, `gene`, `n`, `n_control`, `statistic`, `p`, `q`, `lfc`,
        `mean`, `control_mean`, `on_target`, `called`. Names are categories, to be small.
        """
        import pandas as pd

        i, j = np.nonzero(self.called if only_called else ~np.isnan(self.p))
        contexts = [str(c.context) for c in self.conditions]
        names, at = np.unique(np.array([*contexts, ""])[:-1], return_inverse=True)
        return pd.DataFrame(
            {
                "condition": pd.Categorical.from_codes(i, pd.Index(list(self.labels))),
                "context": pd.Categorical.from_codes(at[i], pd.Index(list(names))),
                "gene": pd.Categorical.from_codes(j, pd.Index([str(g) for g in self.genes])),
                "n": self.n[i],
                "n_control": self.control_n[i],
                "statistic": self.statistic[i, j],
                "p": self.p[i, j],
                "q": self.q[i, j],
                "lfc": self.lfc[i, j],
                "mean": self.mean[i, j],
                "control_mean": self.control_mean[i, j],
                "on_target": self.on_target[i, j],
                "called": self.called[i, j],
            }
        )

    def summary(self) -> pd.DataFrame:
        """Return one row per condition.

        Columns: `condition`, `context`, `n`, `n_control`, `tested`, `called`, `up`, `down` (genes),
        `target` (measured ones, joined by ``+``), `target_lfc`, `target_q` (largest of them),
        `target_direction` (``up``, ``down``, ``mixed`` or empty), `reason`.
        """
        import pandas as pd

        rows = []
        for k, condition in enumerate(self.conditions):
            at = np.flatnonzero(self.on_target[k])
            lfc, q, called = self.lfc[k, at], self.q[k, at], self.called[k]
            rows.append(
                {
                    "condition": self.labels[k],
                    "context": str(condition.context),
                    "n": int(self.n[k]),
                    "n_control": int(self.control_n[k]),
                    "tested": int((~np.isnan(self.p[k])).sum()),
                    "called": int(called.sum()),
                    "up": int((called & (self.statistic[k] > 0)).sum()),
                    "down": int((called & (self.statistic[k] < 0)).sum()),
                    "target": "+".join(self.genes[at]),
                    "target_lfc": float(lfc.mean()) if len(at) else np.nan,
                    "target_q": float(q.max()) if len(at) else np.nan,
                    "target_direction": _direction(self.statistic[k, at]),
                    "reason": self.reasons[k],
                }
            )
        return pd.DataFrame(rows)


def _direction(statistic: np.ndarray) -> str:
    known = statistic[~np.isnan(statistic)]
    if not len(known):
        return ""
    up, down = bool((known > 0).any()), bool((known < 0).any())
    return "mixed" if up and down else "up" if up else "down" if down else ""
