"""Forest: where marks stand on the axis that all rows of a leaderboard share."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from foretell.report.numbers import MINUS
from foretell.report.panels import Panel

__all__ = ["Axis", "Bar", "axis_of", "nice_ticks"]

REACH = 2.0  # spans of (floor, ceiling) beyond which a model is drawn as an arrow


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
    """Return an axis that shows floor, ceiling and every model near them; None without values.

    A model far outside would squeeze all others together: it becomes an arrow at the edge.
    """
    ends = [v for row in panel.rows for v in (row["low"], row["value"], row["high"])]
    known = [v for v in ends if v is not None and math.isfinite(v)]
    if not known:
        return None
    low, high = min(known), max(known)
    core = [v for v in (panel.floor_value, *(panel.band or ())) if v is not None]
    reach = REACH * (max(core) - min(core)) if core else 0.0
    if panel.band and reach > 0:
        low, high = max(low, min(core) - reach), min(high, max(core) + reach)
    chance, span = panel.chance, high - low
    if chance is not None and low - 0.5 * span <= chance <= high + 0.5 * span:
        low, high = min(low, chance), max(high, chance)
    room = 0.04 * (high - low) or 0.1 * abs(high) or 1.0
    return Axis(low - room, high + room)


def nice_ticks(low: float, high: float) -> list[tuple[float, str]]:
    """Return round numbers between two ends, with their texts.

    >>> [text for _, text in nice_ticks(-0.02, 0.32)]
    ['0.0', '0.1', '0.2', '0.3']
    """
    raw = (high - low) / 6
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(m * power for m in (1, 2, 5, 10) if m * power >= raw * 0.9999)
    digits = max(0, -math.floor(math.log10(step) + 1e-9))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    values = [i * step for i in range(first, last + 1)]
    return [(v, f"{v + 0.0:,.{digits}f}".replace("-", MINUS)) for v in values]
