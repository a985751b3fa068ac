"""Divisions: how conditions and controls were divided, and what the leakage audit found."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from foretell.report.numbers import spread
from foretell.report.panels import Block

if TYPE_CHECKING:
    from foretell.bench.results import Results

__all__ = ["Division", "divisions"]

SIZES = ("n_train", "n_calibration", "n_test", "n_unused")
Record = dict[str, Any]


@dataclass(frozen=True, eq=False)
class Division:
    """One data set under one task.

    Parameters
    ----------
    sizes : train, calibration, test and unused conditions, as a number or a range over folds.
    folds : one row per fold.
    halves : context, controls of the model half and of the truth half, folds where shared.
    audit : check, worst count, folds with any, detail of the worst fold, whether it is a leak.
    """

    block: Block
    n_folds: int
    n_repeats: int
    sizes: tuple[str, ...]
    folds: tuple[tuple[int, int, str, tuple[int, ...]], ...]
    halves: tuple[tuple[str, str, str, int], ...]
    audit: tuple[tuple[str, int, int, str, bool], ...]

    @property
    def n_shared(self) -> int:
        """Contexts whose controls are not divided in some fold."""
        return sum(shared > 0 for *_, shared in self.halves)

    @property
    def leaks(self) -> int:
        """Checks that found a leak."""
        return sum(is_leak for *_, is_leak in self.audit)


def divisions(results: Results, blocks: Sequence[Block]) -> list[Division]:
    """Return the splits of every block."""
    found = []
    for block in blocks:
        splits = [
            s for s in results.splits if s["dataset"] == block.dataset and s["split"] == block.split
        ]
        if splits:
            found.append(_division(block, splits))
    return found


def _division(block: Block, splits: list[Record]) -> Division:
    return Division(
        block=block,
        n_folds=len({s["fold"] for s in splits}),
        n_repeats=len({s["repeat"] for s in splits}),
        sizes=tuple(spread(int(s[name]) for s in splits) for name in SIZES),
        folds=tuple(
            (int(s["repeat"]), int(s["fold"]), str(s["hash"]), tuple(int(s[n]) for n in SIZES))
            for s in splits
        ),
        halves=tuple(_halves(splits)),
        audit=tuple(_audit(splits)),
    )


def _halves(splits: list[Record]) -> Iterable[tuple[str, str, str, int]]:
    by_context: dict[str, list[Record]] = {}
    for half in (half for split in splits for half in split["halves"]):
        by_context.setdefault(half["context"], []).append(half)
    for context, halves in by_context.items():
        n_model, n_truth = (spread(int(h[name]) for h in halves) for name in ("n_model", "n_truth"))
        yield context, n_model, n_truth, sum(bool(h["shared"]) for h in halves)


def _audit(splits: list[Record]) -> Iterable[tuple[str, int, int, str, bool]]:
    by_check: dict[str, list[Record]] = {}
    for finding in (finding for split in splits for finding in split["audit"]):
        by_check.setdefault(finding["check"], []).append(finding)
    for check, found in by_check.items():
        worst = max(found, key=lambda f: (bool(f["is_leak"]), int(f["count"])))
        n_found = sum(int(f["count"]) > 0 for f in found)
        is_leak = any(bool(f["is_leak"]) for f in found)
        yield check, int(worst["count"]), n_found, str(worst["detail"]), is_leak
