"""The page of a score: it says what is marked, and nothing in a name is run."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from foretell.bench.score import ScoredPrediction
from foretell.bench.score_board import BOARD
from foretell.report.score import board_cells, render_score

HOSTILE = "<script>alert(1)</script>{{ 7*7 }}"
ROW = dict.fromkeys(BOARD, np.nan) | {
    "metric": "pearson_delta",
    "value": 0.4,
    "low": 0.3,
    "high": 0.5,
    "floor": 0.0,
    "ceiling": 0.8,
    "calibrated": 0.5,
    "calibrated_low": 0.4,
    "calibrated_high": 0.6,
    "crossed": 0.35,
    "calibrated_crossed": 0.45,
    "inflation": 0.2,
    "is_informative": True,
    "n_conditions": 12,
    "n_missing": 0,
    "n_na": 0,
    "reason": "",
}


@pytest.fixture
def scored() -> ScoredPrediction:
    about = {
        "pred": HOSTILE,
        "n_conditions": 12,
        "n_genes": 60,
        "scale": "log1p",
        "halves": 20,
        "crossed_halves": 4,
        "seed": 0,
        "layout": "cell-eval",
        "controls": "measured, shared",
    }
    table = pd.DataFrame([{"condition": HOSTILE, "status": "missing"}])
    return ScoredPrediction(table, pd.DataFrame([ROW]), (HOSTILE,), "no change", about)


def test_nothing_in_a_name_is_run(scored: ScoredPrediction) -> None:
    page = render_score(scored)
    assert "<script>alert" not in page
    assert "{{ 7*7 }}" in page
    assert "&lt;script&gt;alert" in page


def test_the_page_shows_both_ways_of_taking_the_controls(scored: ScoredPrediction) -> None:
    page = render_score(scored)
    assert "0.400 [0.300, 0.500]" in page
    assert "0.350 (0.450)" in page
    assert "1 conditions were not predicted" in page


def test_what_is_not_known_is_a_dash_with_its_reason() -> None:
    cells = board_cells(ROW | {"calibrated": np.nan, "is_informative": False})
    assert cells["calibrated"] == "–"
    assert cells["why"] == "not informative here"
    cells = board_cells(ROW | {"n_na": 3, "reason": "too few"})
    assert cells["why"] == "3 not available: too few"
