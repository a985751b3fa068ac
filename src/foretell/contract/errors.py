"""ContractBroken: which clause, what was observed, what to do."""

from __future__ import annotations

from typing import Any

from foretell.core.errors import ForetellError

__all__ = ["ContractBroken", "require"]


class ContractBroken(ForetellError):
    """A model, encoding, metric or split broke a clause of the contract.

    Parameters
    ----------
    problem : what was observed.
    way_out : what to do.
    clause : name of the clause; empty where several are broken.
    """

    def __init__(self, problem: str, way_out: str = "", clause: str = "") -> None:
        super().__init__(problem, way_out)
        self.clause = clause

    def __reduce__(self) -> Any:
        """Survive the way between processes, clause included."""
        return type(self), (self.problem, self.way_out, self.clause)


def require(holds: object, observed: str, way_out: str) -> None:
    """Raise where a clause does not hold."""
    if not holds:
        raise ContractBroken(observed, way_out)
