"""Charts: small pictures of tables, drawn as SVG by the template; a name is never in them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from foretell.report.forest import nice_ticks

__all__ = ["Chart", "curve", "histogram", "ranked", "scatter"]

LEFT, RIGHT, TOP, BOTTOM = 52.0, 590.0, 12.0, 258.0
Tick = tuple[float, str]
Dot = tuple[float, float, str]


@dataclass(frozen=True)
class Chart:
    """A frame of 600 x 300 units with what is drawn in it.

    Parameters
    ----------
    title : what a screen reader says.
    x_label, y_label : of the axes.
    x_ticks, y_ticks : position and text.
    dots : position and class.
    path : of a line, or empty.
    bars : x, y, width and height.
    levels : horizontal lines, position and class; `walls` : vertical ones.
    """

    title: str
    x_label: str
    y_label: str
    x_ticks: list[Tick]
    y_ticks: list[Tick]
    dots: list[Dot] = field(default_factory=list)
    path: str = ""
    bars: list[tuple[float, float, float, float]] = field(default_factory=list)
    levels: list[tuple[float, str]] = field(default_factory=list)
    walls: list[tuple[float, str]] = field(default_factory=list)


@dataclass(frozen=True)
class _Axis:
    """Values to positions; on a logarithmic axis `low` and `high` are logarithms."""

    low: float
    high: float
    start: float
    end: float
    log: bool = False

    def __call__(self, value: float) -> float:
        v = math.log10(max(value, 1e-9)) if self.log else value
        share = (v - self.low) / (self.high - self.low)
        return round(self.start + share * (self.end - self.start), 1)

    @property
    def ticks(self) -> list[Tick]:
        if not self.log:
            return [(self(value), text) for value, text in _numbers(self.low, self.high)]
        first, last = math.floor(self.low), math.ceil(self.high)
        values = [m * 10.0**k for k in range(first, last + 1) for m in (1, 2, 5)]
        shown = [v for v in values if self.low - 1e-9 <= math.log10(v) <= self.high + 1e-9]
        shown = shown if len(shown) <= 7 else [v for v in shown if f"{v:e}"[0] == "1"]
        return [(self(v), f"{v:,.0f}" if v >= 1 else f"{v:g}") for v in shown]


def _numbers(low: float, high: float) -> list[tuple[float, str]]:
    """Round numbers with their texts; `nice_ticks` thins them where the texts are long."""
    return [
        (float(text.replace("\u2212", "-").replace(",", "")), text)
        for _, text in nice_ticks(low, high)
    ]


def _axis(
    values: Sequence[float], start: float, end: float, *, log: bool = False, zero: bool = False
) -> _Axis:
    known = [math.log10(max(v, 1e-9)) if log else v for v in values]
    known = [*known, 0.0] if zero else known
    low, high = (min(known), max(known)) if known else (0.0, 1.0)
    room = 0.05 * (high - low) or 0.5
    floor = 0.0 if zero and low == 0 else room
    return _Axis(low - floor, high + room, start, end, log)


def scatter(
    points: Sequence[tuple[float, float, str]], title: str, x_label: str, y_label: str
) -> Chart | None:
    """Draw one dot per condition; x is logarithmic. None without points."""
    if not points:
        return None
    x = _axis([p[0] for p in points], LEFT, RIGHT, log=True)
    y = _axis([p[1] for p in points], BOTTOM, TOP, zero=True)
    dots = [(x(a), y(b), kind) for a, b, kind in points]
    return Chart(title, x_label, y_label, x.ticks, y.ticks, dots, levels=[(y(0.0), "axis")])


def ranked(
    values: Sequence[tuple[float, str]], title: str, x_label: str, y_label: str, *, log: bool
) -> Chart | None:
    """Draw sorted values from left to right, at most 1,000 of them."""
    if not values:
        return None
    ordered = sorted(values, key=lambda pair: -pair[0])
    step = max(1, math.ceil(len(ordered) / 1000))
    x = _axis([1.0, float(len(ordered))], LEFT, RIGHT)
    y = _axis([v for v, _ in ordered], BOTTOM, TOP, log=log, zero=not log)
    dots = [(x(i + 1), y(v), kind) for i, (v, kind) in enumerate(ordered) if i % step == 0]
    ticks = [(at, text) for at, text in x.ticks if "." not in text]
    levels = [] if log else [(y(0.0), "axis")]
    return Chart(title, x_label, y_label, ticks, y.ticks, dots, levels=levels)


def histogram(
    values: Sequence[float],
    title: str,
    x_label: str,
    walls: Sequence[tuple[float, str]] = (),
    n_bins: int = 24,
) -> Chart | None:
    """Count values in bins of equal width, with vertical lines at the values of `walls`."""
    if not values:
        return None
    everything = [*values, *(value for value, _ in walls)]
    x = _axis(everything, LEFT, RIGHT)
    width = (x.high - x.low) / n_bins
    counts = [0] * n_bins
    for value in values:
        counts[min(int((value - x.low) / width), n_bins - 1)] += 1
    y = _axis([float(c) for c in counts], BOTTOM, TOP, zero=True)
    bars = []
    for i, count in enumerate(counts):
        if count:
            left, right = x(x.low + i * width), x(x.low + (i + 1) * width)
            top = y(float(count))
            bars.append((left, top, round(right - left - 1, 1), round(BOTTOM - top, 1)))
    ticks = [(at, text) for at, text in y.ticks if "." not in text]
    lines = [(x(value), kind) for value, kind in walls]
    return Chart(title, x_label, "conditions", x.ticks, ticks, bars=bars, walls=lines)


def curve(points: Sequence[tuple[float, float]], title: str, x_label: str, y_label: str) -> Chart:
    """Draw a line through points; x is logarithmic, and its ticks are the points."""
    x = _axis([p[0] for p in points], LEFT, RIGHT, log=True)
    y = _axis([p[1] for p in points], BOTTOM, TOP, zero=True)
    path = "M" + " L".join(f"{x(a)} {y(b)}" for a, b in points)
    dots = [(x(a), y(b), "yes") for a, b in points]
    ticks = [(x(a), f"{a:,.0f}") for a, _ in points]
    return Chart(title, x_label, y_label, ticks, y.ticks, dots, path, levels=[(y(0.0), "axis")])
