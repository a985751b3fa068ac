"""Contract: the public checks of models, encodings, metrics and splits, one function per clause.

An author of a method outside Foretell runs all clauses of its kind with one call; every clause
that is broken says what was observed and what to do.

>>> from foretell.contract import CLAUSES, check_model
>>> from foretell.core.registry import make_model
>>> check_model(make_model("training_mean"))
>>> CLAUSES["models"][0].name, CLAUSES["models"][0].sentence
('answers_are_finite', 'Require numbers wherever the model does not abstain, also for the unknown.')
"""

from __future__ import annotations

from foretell.contract.clauses import Clause, check_all, find_clauses
from foretell.contract.errors import ContractBroken
from foretell.contract.split_maker import SplitMaker
from foretell.core.encoding import Encoding
from foretell.core.metric import Metric
from foretell.core.model import Model

__all__ = [
    "CLAUSES",
    "Clause",
    "ContractBroken",
    "SplitMaker",
    "check_encoding",
    "check_metric",
    "check_model",
    "check_split",
]

CLAUSES: dict[str, tuple[Clause, ...]] = find_clauses()
"""Clauses by kind: ``models``, ``encodings``, ``metrics``, ``network_metrics``, ``splits``."""


def check_model(model: Model) -> None:
    """Run every clause for models; `ContractBroken` names all that are broken."""
    check_all(CLAUSES["models"], model)


def check_encoding(encoding: Encoding) -> None:
    """Run every clause for encodings."""
    check_all(CLAUSES["encodings"], encoding)


def check_metric(metric: Metric) -> None:
    """Run every clause for metrics, or for metrics of networks."""
    kind = "network_metrics" if metric.level == "network" else "metrics"
    check_all(CLAUSES[kind], metric)


def check_split(maker: SplitMaker) -> None:
    """Run every clause for splits; the maker says which task."""
    check_all(CLAUSES["splits"], maker)
