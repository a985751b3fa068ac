"""Scope: what each data set can and cannot show, in words that its tables support."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from foretell.report.numbers import plural
from foretell.report.panels import MIN_CONDITIONS, Block, Panel

if TYPE_CHECKING:
    from foretell.bench.results import Results

__all__ = ["Asked", "Scope", "scopes"]


@dataclass(frozen=True)
class Asked:
    """One task on one data set.

    Parameters
    ----------
    task : in words.
    can, cannot : sentences without a full stop; one of the two may be empty.
    """

    task: str
    can: tuple[str, ...]
    cannot: tuple[str, ...]


@dataclass(frozen=True)
class Scope:
    """One data set: its note, what its kind of values leaves open, and what every task shows."""

    dataset: str
    note: str
    limits: tuple[str, ...]
    tasks: tuple[Asked, ...]


def scopes(results: Results, blocks: Sequence[Block]) -> list[Scope]:
    """Return the scope of every data set, in the order of the study."""
    cards = {card["name"]: card for card in results.study["datasets"]}
    names = list(dict.fromkeys(block.dataset for block in blocks))
    return [
        Scope(
            dataset=name,
            note=str(cards.get(name, {}).get("note") or ""),
            limits=tuple(_limits(cards.get(name, {}))),
            tasks=tuple(_asked(block) for block in blocks if block.dataset == name),
        )
        for name in names
    ]


def _limits(card: dict[str, Any]) -> list[str]:
    """Return what follows from the kind of the values, whatever is asked."""
    limits = []
    if str(card.get("scale", "")).partition("_")[0] in ("log", "z", "rank", "sign"):
        limits.append(
            f"a relative scale ({card['scale']}): all truths share their source's controls, so "
            "that part of every control-referenced correlation is not about the perturbation"
        )
    if card.get("censored") == "unknown":
        limits.append("only tested pairs are known; what was not tested is masked, not negative")
    if card.get("censored") == "small":
        limits.append("what is not listed was below a threshold, and counts as no change")
    return limits


def _asked(block: Block) -> Asked:
    scored = [panel for panel in block.panels if panel.n_conditions]
    few = [panel for panel in scored if panel.n_conditions < MIN_CONDITIONS]
    enough = [panel for panel in scored if panel.n_conditions >= MIN_CONDITIONS]
    can = []
    if order := _names(panel for panel in enough if panel.informative):
        can.append(f"who is better than the floor, and how near a repeat comes, by {order}")
    if against := _names(panel for panel in enough if panel.informative is None):
        can.append(
            f"who is better than the floor by {against}; not how much could be reached, for there "
            "are no duplicates"
        )
    if few:
        n = max(panel.n_conditions for panel in few)
        can.append(f"{plural(n, 'case')}, without a ranking, by {_names(few)}")
    cannot = []
    if empty := _names(panel for panel in enough if panel.informative is False):
        cannot.append(f"anything by {empty}: a repeat is not better than the floor beyond doubt")
    cannot += _undefined(block)
    return Asked(block.task, tuple(can), tuple(cannot))


def _undefined(block: Block) -> list[str]:
    """Say, reason by reason, which metrics have no value at all."""
    by_reason: dict[str, list[Panel]] = {}
    for panel in block.panels:
        if not panel.n_conditions:
            reasons = [str(row["reason"]) for row in panel.rows if row["status"] == "n/a"]
            by_reason.setdefault(next(filter(None, reasons), "not available"), []).append(panel)
    return [f"{_names(panels)}: {reason}" for reason, panels in by_reason.items()]


def _names(panels: Any) -> str:
    return ", ".join(panel.name for panel in panels)
