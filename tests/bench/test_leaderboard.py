"""Leaderboard: means over conditions first, ratios of means after, and honest about doubt."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from foretell.bench.leaderboard import leaderboard
from foretell.bench.references import CEILING
from foretell.core.evaluation import COLUMNS, Evaluation

METRIC = "pearson_delta"


def board_of(
    values: dict[str, np.ndarray],
    metric: str = METRIC,
    repeats: int = 1,
    metrics: int = 1,
    **columns,
):
    """Rank models by values (n conditions); the keys `floor` and the ceiling's are needed."""
    rows = []
    for model, numbers in values.items():
        for repeat in range(repeats):
            for i, value in enumerate(numbers):
                row = {
                    "dataset": "d",
                    "split": "t",
                    "repeat": repeat,
                    "fold": i % 2,
                    "model": model,
                    "condition": f"c{i:03d}",
                    "metric": metric,
                    "value": value,
                    "floor": values["floor"][i],
                    "ceiling": values[CEILING][i],
                    "status": "ok" if np.isfinite(value) else "n/a",
                }
                rows.append(row)
    defaults = {"str": "", "int64": 0, "float64": np.nan, "bool": False}
    frame = pd.DataFrame(rows)
    for name, kind in COLUMNS.items():
        if name not in frame:
            frame[name] = defaults[kind]
    frame = frame.assign(**columns)
    names = (metric, *("mae",) * (metrics - 1))  # the others have no rows
    study = SimpleNamespace(metrics=names, draws=400, seed=0)
    block = SimpleNamespace(dataset=SimpleNamespace(name="d"), name="t")
    plan = SimpleNamespace(blocks=[block], study=study, undeclared=lambda block: [])
    found = leaderboard(plan, Evaluation(frame), pd.DataFrame(columns=["dataset"]))
    return found.set_index("model")


def draw(n: int, seed: int = 0) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    floor = rng.normal(0.1, 0.1, n)
    return {
        "m": floor + rng.normal(0.2, 0.05, n),
        "floor": floor,
        CEILING: floor + rng.gamma(2, 0.3, n),
    }


def test_calibrated_is_a_ratio_of_means_and_not_a_mean_of_ratios():
    values = draw(40)
    m, floor, ceiling = values["m"], values["floor"], values[CEILING]
    board = board_of(values)
    expected = (m - floor).mean() / (ceiling - floor).mean()
    np.testing.assert_allclose(board.loc["m", "calibrated"], expected)
    assert abs(((m - floor) / (ceiling - floor)).mean() - expected) > 0.01
    assert board.loc["m", "calibrated_low"] < expected < board.loc["m", "calibrated_high"]
    assert board.loc["floor", "calibrated"] == 0
    np.testing.assert_allclose(board.loc[CEILING, "calibrated"], 1)
    assert board["is_informative"].all()


def test_calibrated_is_not_clipped():
    values = draw(30)
    values |= {"worse": values["floor"] - 0.5, "better": values[CEILING] + 0.5}
    board = board_of(values)
    assert board.loc["worse", "calibrated"] < 0
    assert board.loc["better", "calibrated"] > 1


@pytest.mark.parametrize("metric", [METRIC, "mse"])
def test_a_ceiling_that_is_not_better_beyond_doubt_is_uninformative(metric):
    rng = np.random.default_rng(1)
    values = draw(30)
    same = values | {CEILING: values["floor"] + rng.normal(0, 0.2, 30)}
    worse = values | {CEILING: values["floor"] + (1 if metric == "mse" else -1)}
    for doubtful in (same, worse):
        assert not board_of(doubtful, metric)["is_informative"].any()
    sign = -1 if metric == "mse" else 1
    better = values | {CEILING: values["floor"] + sign * np.abs(rng.normal(0.5, 0.1, 30))}
    assert board_of(better, metric)["is_informative"].all()


def test_without_a_ceiling_there_is_no_calibrated_score_but_a_skill():
    values = draw(20) | {CEILING: np.full(20, np.nan)}
    board = board_of(values, "mse")
    assert board.loc["m", "calibrated":"is_informative"].isna()[:3].all()
    assert not board.loc["m", "is_informative"]
    skill = 1 - values["m"].mean() / values["floor"].mean()
    np.testing.assert_allclose(board.loc["m", "skill"], skill)


@pytest.mark.parametrize("n", [7, 8])
def test_below_eight_conditions_there_are_values_but_neither_intervals_nor_ranks(n):
    board = board_of(draw(n) | {"other": draw(n)["m"] + 1e-3})
    for column in ("tie_group", "rank", "low", "calibrated", "ceiling_low"):
        assert pd.isna(board.loc["m", column]) == (n < 8)
    assert board["value"].notna().all()
    assert not (n < 8 and board["is_informative"].any())
    expected = ["floor", "m", "other"] if n < 8 else ["other", "m", "floor"]
    assert list(board.index) == [CEILING, *expected]


def test_where_the_ceiling_is_not_beyond_the_floor_models_are_listed_by_name_without_ranks():
    values = draw(30) | {"zz": draw(30)["m"] + 1, "aa": draw(30)["m"] - 1}
    board = board_of(values | {CEILING: values["floor"] - 0.1})
    assert list(board.index) == [CEILING, "aa", "floor", "m", "zz"]
    assert board["rank"].isna().all()
    assert board["tie_group"].isna().all()
    without = board_of(values | {CEILING: np.full(30, np.nan)})
    assert without.loc["zz", "rank"] == 1  # nothing speaks against an order where there is none


def test_models_that_cannot_be_told_apart_share_a_group():
    rng = np.random.default_rng(2)
    values = draw(40)
    values |= {"twin": values["m"] + rng.normal(0, 0.05, 40), "far": values["m"] - 1.0}
    board = board_of(values)
    assert board.loc["twin", "tie_group"] == board.loc["m", "tie_group"]
    assert board.loc["far", "tie_group"] != board.loc["m", "tie_group"]
    assert board.loc["far", "rank"] == 4


def test_a_condition_is_the_unit_however_often_it_was_repeated():
    """More repeats of the same conditions do not narrow an interval."""
    once, often = board_of(draw(12)), board_of(draw(12), repeats=9)
    for column in ("value", "low", "high", "calibrated", "calibrated_low", "n_conditions"):
        np.testing.assert_allclose(once[column], often[column], rtol=1e-12)


def test_what_is_not_available_is_counted_and_left_out():
    values = draw(12)
    values["m"] = np.where(np.arange(12) < 5, np.nan, values["m"])
    board = board_of(values)
    assert board.loc["m", ["n_conditions", "n_na"]].tolist() == [7, 5]
    np.testing.assert_allclose(board.loc["m", "value"], values["m"][5:].mean())
    assert board.loc["floor", "n_conditions"] == 12
    nothing = board_of(values | {"m": np.full(12, np.nan)})
    assert nothing.loc["m", "status"] == "n/a"
    assert np.isnan(nothing.loc["m", "value"])


@pytest.mark.parametrize(("metric", "best"), [(METRIC, "high"), ("mse", "low")])
def test_the_best_model_comes_first_and_the_ceiling_above_all(metric, best):
    values = draw(20) | {"low": np.full(20, 0.0), "high": np.full(20, 5.0)}
    if metric == "mse":
        values[CEILING] = 2 * values["floor"] - values[CEILING]  # below the floor
    board = board_of(values, metric)
    assert board.index[0] == CEILING
    assert board.index[1] == best
    assert board.loc[best, "rank"] == 1


def test_the_order_of_rows_and_models_does_not_matter():
    values = draw(15) | {"other": draw(15, 5)["m"]}
    turned = dict(reversed([(k, v) for k, v in values.items()]))
    columns = ["value", "low", "high", "calibrated", "calibrated_low", "rank"]
    one, other = board_of(values)[columns], board_of(turned)[columns]
    pd.testing.assert_frame_equal(one, other.loc[one.index])


def test_intervals_cover_the_mean_as_often_as_they_say():
    covered = []
    for seed in range(60):
        values = draw(40, seed)
        board = board_of(values)
        covered.append(board.loc["floor", "low"] <= 0.1 <= board.loc["floor", "high"])
    assert 0.85 <= np.mean(covered) <= 1.0


def test_a_metric_is_asked_more_of_where_many_metrics_are_looked_at():
    """What one look calls better beyond doubt, eight looks may not."""
    rng = np.random.default_rng(4)
    values = draw(30)
    noise = rng.normal(size=30)
    noise = (noise - noise.mean()) / noise.std()
    values[CEILING] = values["floor"] + 2.3 / np.sqrt(30) + noise  # 2.3 standard errors
    assert board_of(values)["is_informative"].all()
    assert not board_of(values, metrics=8)["is_informative"].any()
