"""Numbers: how values, intervals, times and counts are written in a report."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

__all__ = [
    "EMPTY",
    "clean",
    "count",
    "decimals",
    "fixed",
    "interval",
    "letters",
    "megabytes",
    "plural",
    "seconds",
    "spread",
]

EMPTY = "\u2013"  # what a cell without a value shows
MINUS = "\u2212"


def clean(record: dict[str, Any]) -> dict[str, Any]:
    """Return a table's row with None for every value that is missing."""
    return {key: None if _is_missing(value) else value for key, value in record.items()}


def _is_missing(value: Any) -> bool:
    return value is None or (not isinstance(value, str) and bool(value != value))


def decimals(intervals: Iterable[tuple[float | None, float | None]], fallback: float = 0.1) -> int:
    """Return how many decimals show the typical width of an interval with two digits.

    >>> decimals([(0.049, 0.062), (0.050, 0.064), (0.0, 0.0)])
    3
    >>> decimals([], fallback=1234.5)
    0
    """
    found = [(a, b) for a, b in intervals if a is not None and b is not None]
    widths = sorted(b - a for a, b in found if b - a > 1e-12 * max(abs(a), abs(b)))
    size = widths[len(widths) // 2] if widths else abs(fallback) / 10
    if not math.isfinite(size) or size <= 0:
        return 3
    return min(max(1 - math.floor(math.log10(size)), 0), 8)


def fixed(value: float | None, digits: int = 2) -> str:
    """Write a number with a fixed count of decimals and a true minus sign.

    >>> fixed(-1234.567, 1), fixed(None), fixed(-0.001, 2)
    ('−1,234.6', '–', '0.00')
    """
    if _is_missing(value) or value is None:
        return EMPTY
    if math.isinf(value):
        return "\u221e" if value > 0 else f"{MINUS}\u221e"
    if abs(value) >= 1e9:
        return f"{value:.3g}".replace("-", MINUS)
    text = f"{value:,.{digits}f}"
    if text.startswith("-"):
        text = MINUS + text[1:] if any(c in "123456789" for c in text) else text[1:]
    return text


def interval(low: float | None, high: float | None, digits: int = 2) -> str:
    """Write an interval, or nothing where there is none.

    >>> interval(0.1, 0.25), interval(None, None)
    ('[0.10, 0.25]', '')
    """
    if low is None or high is None:
        return ""
    return f"[{fixed(low, digits)}, {fixed(high, digits)}]"


def count(n: float | None) -> str:
    """Write a count with thousands separated."""
    return EMPTY if _is_missing(n) or n is None else f"{int(n):,}"


def plural(n: int, one: str, many: str = "") -> str:
    """Write a count with its noun.

    >>> plural(1, "model"), plural(2000, "category", "categories")
    ('1 model', '2,000 categories')
    """
    return f"{n:,} {one if n == 1 else many or one + 's'}"


def letters(group: float | None) -> str:
    """Write a tie group as a letter: 1 = a, 27 = aa; nothing where there is none.

    >>> letters(1), letters(28), letters(None), letters(0)
    ('a', 'ab', '', '')
    """
    text, n = "", 0 if _is_missing(group) or group is None else int(group)
    while n > 0:
        n, digit = divmod(n - 1, 26)
        text = chr(ord("a") + digit) + text
    return text


def seconds(value: float | None) -> str:
    """Write a time in the unit that suits it.

    >>> [seconds(v) for v in (0.0123, 4.2, 75, 7300)]
    ['0.01 s', '4.2 s', '1 min 15 s', '2 h 1 min']
    """
    if _is_missing(value) or value is None:
        return EMPTY
    if value < 60:
        return f"{value:.2f} s" if value < 1 else f"{value:.1f} s"
    whole = round(value)
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def megabytes(value: float | None) -> str:
    """Write an amount of memory.

    >>> megabytes(253.4), megabytes(2048)
    ('253 MB', '2.0 GB')
    """
    if _is_missing(value) or value is None:
        return EMPTY
    return f"{value / 1024:.1f} GB" if value >= 1000 else f"{value:.0f} MB"


def spread(values: Iterable[int]) -> str:
    """Write counts as one number, or as a range.

    >>> spread([4, 4]), spread([84, 102])
    ('4', '84 to 102')
    """
    found = list(values)
    if not found:
        return EMPTY
    low, high = min(found), max(found)
    return count(low) if low == high else f"{count(low)} to {count(high)}"
