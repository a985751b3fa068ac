"""Forest: where marks stand on the axis that all rows of a leaderboard share."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from foretell.report.numbers import MINUS
from foretell.report.panels import Panel

__all__ = ["Axis", "Bar", "axis_of", "nice_ticks"]

STRETCH = 3.0  # how much longer far models may make the axis before they become arrows


@dataclass(frozen=True)
class Bar:
    """One row's interval, in percent of the axis.

    Parameters
    ----------
    x : position of the value; None where it lies off the axis.
    x1, x2 : ends of the interval, cut at the axis.
    off : -1 or 1 where the value lies off the axis to the left or right, else 0.
    """

    x: float | None
    x1: float
    x2: float
    off: int


@dataclass(frozen=True)
class Axis:
    """A linear axis in percent of its width."""

    low: float
    high: float

    def percent(self, value: float) -> float:
        """Position of a value."""
        return round(100 * (value - self.low) / (self.high - self.low), 2)

    def holds(self, value: float | None) -> bool:
        """Return whether a value lies on the axis."""
        return value is not None and self.low <= value <= self.high

    def bar(self, row: dict[str, Any]) -> Bar | None:
        """Place a row of the leaderboard; None where it has no value."""
        value = row["value"]
        if value is None:
            return None
        low, high = (value if row[end] is None else row[end] for end in ("low", "high"))
        x1, x2 = (self.percent(min(max(v, self.low), self.high)) for v in (low, high))
        off = -1 if value < self.low else 1 if value > self.high else 0
        return Bar(None if off else self.percent(value), x1, x2, off)

    @property
    def ticks(self) -> list[tuple[float, str]]:
        """Position and text of three to seven ticks."""
        return [(self.percent(value), text) for value, text in nice_ticks(self.low, self.high)]


def axis_of(panel: Panel) -> Axis | None:
    """Return an axis that shows floor, ceiling and models; None without values.

    A few models far outside would squeeze all others together: they become arrows at the edge.
    """
    spans = [_span([row["low"], row["value"], row["high"]]) for row in panel.rows]
    models = [span for span in spans if span is not None]
    core = _span([panel.floor_value, *(panel.band or ())]) or (models[0] if models else None)
    if core is None:
        return None
    low, high = _reach(core, models)
    chance, room = panel.chance, 0.5 * (high - low)
    if chance is not None and low - room <= chance <= high + room:
        low, high = min(low, chance), max(high, chance)
    room = 0.04 * (high - low) or 0.1 * abs(high) or 1.0
    return Axis(low - room, high + room)


def _span(values: Sequence[float | None]) -> tuple[float, float] | None:
    """Smallest interval that holds the finite values."""
    known = [v for v in values if v is not None and math.isfinite(v)]
    return (min(known), max(known)) if known else None


def _reach(core: tuple[float, float], models: list[tuple[float, float]]) -> tuple[float, float]:
    """Return an interval with the core and all models, or without the few that stretch it."""
    middle = sum(core) / 2
    near = sorted(models, key=lambda span: max(abs(v - middle) for v in span))

    def ends(kept: list[tuple[float, float]]) -> tuple[float, float]:
        everything = [*core, *(v for span in kept for v in span)]
        return min(everything), max(everything)

    full = ends(near)
    for n_left_out in range(1, len(near) // 2 + 1):
        low, high = ends(near[:-n_left_out])
        if full[1] - full[0] > STRETCH * (high - low) > 0:
            return low, high
    return full


def nice_ticks(low: float, high: float) -> list[tuple[float, str]]:
    """Return round numbers between two ends with their texts, fewer where the texts are long.

    >>> [text for _, text in nice_ticks(-0.02, 0.32)]
    ['0.0', '0.1', '0.2', '0.3']
    >>> [text for _, text in nice_ticks(0.049, 0.076)]
    ['0.05', '0.06', '0.07']
    """
    ticks = _ticks(low, high, 6)
    return _ticks(low, high, 4) if any(len(text) > 4 for _, text in ticks) else ticks


def _ticks(low: float, high: float, about: int) -> list[tuple[float, str]]:
    raw = (high - low) / about
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(m * power for m in (1, 2, 5, 10) if m * power >= raw * 0.9999)
    digits = max(0, -math.floor(math.log10(step) + 1e-9))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    values = [i * step for i in range(first, last + 1)]
    return [(v, f"{v + 0.0:,.{digits}f}".replace("-", MINUS)) for v in values]
