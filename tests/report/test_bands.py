"""Bands: the report says how often intervals hold, where there are any."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd

from foretell.bench.coverage_table import COLUMNS
from foretell.report.bands import bands
from foretell.report.write import write_report

ROW = {"dataset": "toy", "split": "unseen_perturbation", "model": "<b>cv+</b>", "by": "all"}
ROW |= {"stratum": "all", "nominal": 0.9, "coverage": 0.912, "low": 0.9, "high": 0.925, "n": 120}
ROW |= {"infinite": 0.25, "verdict": "holds"}
WEAK = ROW | {"by": "strength", "stratum": "high", "coverage": 0.7, "low": None, "high": None}


def with_bands(results: Any, *rows: dict[str, Any]) -> Any:
    return replace(results, coverage=pd.DataFrame(rows, columns=list(COLUMNS)))


def test_without_intervals_there_is_no_section(build: Any) -> None:
    assert 'id="bands"' not in write_report(build()).read_text(encoding="utf-8")


def test_coverage_its_interval_and_infinite_bands_are_shown(build: Any) -> None:
    results = with_bands(build(), ROW, WEAK)
    ((place, rows),) = bands(results)
    assert place == "toy · unseen perturbation"
    assert [row.part for row in rows] == ["all", "strength: high"]
    assert (rows[0].coverage, rows[0].interval, rows[0].infinite) == (
        "0.912",
        "[0.900, 0.925]",
        "25%",
    )
    assert rows[1].interval == ""
    page = write_report(results).read_text(encoding="utf-8")
    assert "Do the intervals hold?" in page
    assert "&lt;b&gt;cv+&lt;/b&gt;" in page
    assert "<b>cv+</b>" not in page.partition("<script")[0]
