"""Results: what a test returns, before p-values are adjusted."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from foretell.data.filters.evidence import Groups

__all__ = ["NO_CONTROLS", "Results"]

NO_CONTROLS = "its context has no controls"


@dataclass(eq=False)
class Results:
    """Statistics and p-values of n conditions and g genes; NaN where no test was made.

    Parameters
    ----------
    name : of the test.
    statistic, p : (n, g).
    reasons : (n,) why a condition was not tested, or empty.
    lfc, lfc_definition : where the test has its own.
    n, control_n : (n,) where the test counts something else than observations.
    """

    name: str
    statistic: np.ndarray
    p: np.ndarray
    reasons: tuple[str, ...] = ()
    lfc: np.ndarray | None = None
    lfc_definition: str = ""
    n: np.ndarray | None = None
    control_n: np.ndarray | None = None

    @classmethod
    def empty(cls, n: int, g: int, name: str = "none") -> Results:
        """Return results without any test."""
        return cls(name, np.full((n, g), np.nan), np.full((n, g), np.nan), ("",) * n)

    def put(self, at: np.ndarray, statistic: np.ndarray, p: np.ndarray) -> None:
        """Write the results of some conditions."""
        self.statistic[at], self.p[at] = statistic, p

    def explained(self, groups: Groups, least: int = 1) -> Results:
        """Say why conditions without `least` observations a side were not tested."""
        reasons = []
        for k in range(len(groups.conditions)):
            n, m = int(groups.n[k]), int(groups.control_n[k])
            few = f"{n} observations and {m} controls; the test needs {least} of each"
            reason = NO_CONTROLS if m == 0 else few if min(n, m) < least else ""
            reasons.append(reason or self.reasons[k])
        return replace(self, reasons=tuple(reasons))
