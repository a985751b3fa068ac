"""Bands: how often the intervals of every model hold, in words and numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from foretell.report.numbers import clean, fixed, interval

if TYPE_CHECKING:
    from foretell.bench.results import Results

__all__ = ["BandRow", "bands"]


@dataclass(frozen=True)
class BandRow:
    """One model and one part of the conditions or genes, as text."""

    model: str
    part: str
    nominal: str
    coverage: str
    interval: str
    n: int
    infinite: str
    verdict: str


def bands(results: Results) -> list[tuple[str, list[BandRow]]]:
    """Return, for each data set and split with intervals, how often they hold."""
    found: dict[str, list[BandRow]] = {}
    for record in results.coverage.to_dict("records"):
        row = clean({str(key): value for key, value in record.items()})
        place = f"{row['dataset']} · {str(row['split']).replace('_', ' ')}"
        part = "all" if row["by"] == "all" else f"{row['by']}: {row['stratum']}"
        found.setdefault(place, []).append(
            BandRow(
                model=str(row["model"]),
                part=part,
                nominal=f"{row['nominal']:.0%}",
                coverage=fixed(row["coverage"], 3),
                interval=interval(row["low"], row["high"], 3),
                n=int(row["n"]),
                infinite=f"{row['infinite']:.0%}",
                verdict=str(row["verdict"]),
            )
        )
    return list(found.items())
