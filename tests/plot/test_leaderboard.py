"""The forest plot draws the table's numbers, names them, and says what it cannot draw."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import matplotlib
import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes

from foretell.bench.results import Results
from foretell.core.errors import UnknownName
from foretell.core.evaluation import COLUMNS, Evaluation
from foretell.plot.leaderboard import leaderboard

matplotlib.use("Agg")


@pytest.fixture(autouse=True)
def close_figures() -> Iterator[None]:
    import matplotlib.pyplot as plt

    yield
    plt.close("all")


def table(metric: str = "pearson_delta", *, informative: bool = True) -> pd.DataFrame:
    models = ["technical duplicate", "ridge", "mean", "stranger"]
    value = np.array([0.8, 0.5, 0.2, np.nan])
    return pd.DataFrame(
        {
            "dataset": "screen",
            "split": "unseen_perturbation",
            "metric": metric,
            "model": models,
            "value": value,
            "low": value - 0.1,
            "high": value + 0.1,
            "floor": [0.2, 0.2, 0.2, np.nan],
            "is_informative": [informative, informative, informative, None],
            "rank": [np.nan, 1, 2, np.nan],
            "tie_group": [np.nan, 1, 2, np.nan],
            "status": ["ok", "ok", "ok", "not applicable"],
        }
    )


def results(folder: Path) -> Results:
    study = {
        "primary": "pearson_delta",
        "ceiling": "technical duplicate",
        "floors": {"unseen_perturbation": "mean"},
        "metrics": [
            {"name": "mse", "higher_is_better": False, "chance": None},
            {"name": "pearson_delta", "higher_is_better": True, "chance": 0.0},
        ],
    }
    board = pd.concat([table("mse"), table()], ignore_index=True)
    empty = Evaluation(pd.DataFrame({name: [] for name in COLUMNS}))
    none = pd.DataFrame()
    return Results(folder, study, empty, board, none, [], none, none, none, none)


def names(ax: Axes) -> list[str]:
    return [label.get_text() for label in ax.get_yticklabels()]


def test_the_drawn_rows_are_the_tables_with_the_ceiling_first() -> None:
    ax, data = leaderboard(table(), return_data=True)
    assert names(ax) == ["technical duplicate", "ridge  a", "mean  b"]
    assert list(data["role"]) == ["ceiling", "model", "floor"]
    assert list(data["value"]) == [0.8, 0.5, 0.2]
    drawn = [line.get_xdata() for line in ax.lines if line.get_marker() in "oDs"]
    assert [float(np.ravel(x)[0]) for x in drawn] == [0.8, 0.5, 0.2]


def test_results_bring_the_primary_metric_its_direction_and_chance(tmp_path: Path) -> None:
    ax = leaderboard(results(tmp_path))
    assert "pearson_delta (higher is better)" in ax.get_xlabel()
    assert ax.get_title(loc="left") == "screen · unseen perturbation"
    legend = ax.get_legend()
    assert legend is not None
    assert [t.get_text() for t in legend.get_texts()] == ["ceiling, 95%", "floor", "chance"]
    other = leaderboard(results(tmp_path), metric="mse")
    assert "mse (lower is better)" in other.get_xlabel()


def test_a_metric_that_is_not_informative_is_hollow_and_says_so() -> None:
    ax = leaderboard(table(informative=False))
    assert "not informative here" in ax.get_xlabel()
    faces = {line.get_markerfacecolor() for line in ax.lines if line.get_marker() in "oDs"}
    assert faces == {"white"}


def test_without_a_ceiling_there_is_no_band() -> None:
    frame = table()
    ax = leaderboard(frame[frame["model"] != "technical duplicate"])
    assert not ax.patches
    assert names(ax) == ["ridge  a", "mean  b"]


def test_names_are_text_and_never_formulas() -> None:
    ax = leaderboard(table().replace({"ridge": "$\\frac{broken$"}))
    ax.figure.canvas.draw()
    assert names(ax)[1] == "$\\frac{broken$  a"


def test_it_draws_where_it_is_told_and_leaves_the_table_alone() -> None:
    import matplotlib.pyplot as plt

    _, axes = plt.subplots(1, 2)
    frame = table()
    before = frame.copy()
    assert leaderboard(frame, ax=axes[1]) is axes[1]
    assert not axes[0].lines
    pd.testing.assert_frame_equal(frame, before)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"metric": "pearson"}, "no metric 'pearson'.*pearson_delta"),
        ({"dataset": "scren"}, "no dataset 'scren'.*screen"),
        ({"split": "unseen"}, "no split 'unseen'"),
    ],
)
def test_an_unknown_name_is_answered_with_the_known_ones(asked: dict[str, str], said: str) -> None:
    with pytest.raises(UnknownName, match=f"(?s){said}"):
        leaderboard(table(), **asked)


def test_an_empty_table_is_an_explained_error() -> None:
    with pytest.raises(UnknownName, match="empty"):
        leaderboard(table().iloc[:0])
    with pytest.raises(UnknownName, match="no model has a score"):
        leaderboard(table().assign(value=np.nan))
