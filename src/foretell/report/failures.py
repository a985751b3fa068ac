"""Failures: everything that was not run, not scored or not supported, with its reason."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from foretell.report.panels import Block

if TYPE_CHECKING:
    import pandas as pd

    from foretell.bench.results import Results

__all__ = ["Failures", "Group", "failures"]

COUNTED = re.compile(r"^(?P<text>.*) \((?P<count>\d+)\)$", re.DOTALL)


@dataclass(frozen=True)
class Group:
    """Rows with one cause.

    Parameters
    ----------
    who : model or metric.
    where : folds, models or conditions, in words.
    """

    dataset: str
    split: str
    who: str
    count: int
    where: str
    reason: str


@dataclass(frozen=True, eq=False)
class Failures:
    """What is missing from a study."""

    runs: tuple[Group, ...]
    absent: tuple[Group, ...]
    unavailable: tuple[Group, ...]
    unsupported: tuple[Group, ...]

    @property
    def n_runs(self) -> int:
        """Fits that failed."""
        return sum(group.count for group in self.runs)


def failures(results: Results, blocks: Sequence[Block]) -> Failures:
    """Collect what failed, what does not apply, and what could not be scored."""
    frame = results.evaluation.frame
    return Failures(
        runs=tuple(_runs(results.runs)),
        absent=tuple(_absent(blocks)),
        unavailable=tuple(_unavailable(frame[frame["status"] == "n/a"], results)),
        unsupported=tuple(_unsupported(frame)),
    )


def _runs(runs: pd.DataFrame) -> Iterable[Group]:
    failed = runs[runs["status"] != "done"]
    total = runs.groupby(["dataset", "split", "model"]).size()
    columns = ["dataset", "split", "model", "reason"]
    for key, part in failed.groupby(columns, sort=False, dropna=False):
        dataset, split, model, reason = (str(value) for value in key)
        of = int(total[(dataset, split, model)])
        if len(part) == of:
            where = f"all {of} fits" if of > 1 else "the only fit"
        else:
            pairs = part[["repeat", "fold"]].itertuples(index=False)
            folds = ", ".join(f"{repeat}.{fold}" for repeat, fold in pairs)
            where = f"{len(part)} of {of} fits (repeat.fold {folds})"
        yield Group(dataset, split, model, len(part), where, reason)


def _absent(blocks: Sequence[Block]) -> Iterable[Group]:
    for block in blocks:
        seen = {str(r["model"]): str(r["reason"] or "") for p in block.panels for r in p.absent}
        for model, reason in seen.items():
            yield Group(block.dataset, block.split, model, 0, "", reason)


def _unavailable(rows: pd.DataFrame, results: Results) -> Iterable[Group]:
    """Group metrics without a value; counts inside reasons are merged to a range."""
    if rows.empty:
        return
    merged = rows.assign(cause=[_split_count(str(reason))[0] for reason in rows["reason"]])
    everybody = results.evaluation.frame.groupby(["dataset", "split"])["model"].nunique()
    columns = ["dataset", "split", "metric", "cause"]
    for key, part in merged.groupby(columns, sort=False):
        dataset, split, metric, cause = (str(value) for value in key)
        models = list(dict.fromkeys(map(str, part["model"])))
        n = int(part["condition"].nunique())
        is_all = len(models) == int(everybody[(dataset, split)])
        where = "every model" if is_all else ", ".join(models)
        yield Group(dataset, split, metric, n, where, _with_range(cause, part["reason"]))


def _split_count(reason: str) -> tuple[str, int | None]:
    match = COUNTED.match(reason)
    return (match["text"], int(match["count"])) if match else (reason, None)


def _with_range(cause: str, reasons: Iterable[Any]) -> str:
    """Write a cause with the range of the counts that its reasons end in.

    >>> _with_range("fewer than 5 genes", ["fewer than 5 genes (0)", "fewer than 5 genes (3)"])
    'fewer than 5 genes (0 to 3)'
    """
    counts = [n for n in (_split_count(str(r))[1] for r in reasons) if n is not None]
    if not counts:
        return cause
    low, high = min(counts), max(counts)
    return f"{cause} ({low})" if low == high else f"{cause} ({low} to {high})"


def _unsupported(frame: pd.DataFrame) -> Iterable[Group]:
    """Group conditions that a model only answered by a fallback, or declined."""
    rows = frame[frame["status"].isin(["fallback", "abstained"])]
    columns = ["dataset", "split", "model", "status", "reason"]
    for key, part in rows.groupby(columns, sort=False, dropna=False):
        dataset, split, model, status, reason = (str(value) for value in key)
        yield Group(dataset, split, model, int(part["condition"].nunique()), status, reason)
