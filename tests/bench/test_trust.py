"""Trust: what a table says of a metric before any model is looked at."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from foretell.bench.references import CEILING, COUNTS, INTERPOLATED
from foretell.bench.trust import COLUMNS, trust, verdict
from foretell.core.evaluation import COLUMNS as ROWS
from foretell.core.evaluation import Evaluation

RECORDS = [
    {"name": "pearson_delta", "higher_is_better": True, "best": 1.0, "chance": 0.0},
    {"name": "mse", "higher_is_better": False, "best": 0.0, "chance": None},
    {"name": "pearson", "higher_is_better": True, "best": 1.0, "chance": None}
    | {"is_calibrated": False},
]
DEFAULTS = {"str": "", "int64": 0, "float64": np.nan, "bool": False}


def rows_of(metric, models, dataset="d"):
    rows = []
    for model, values in models.items():
        for i, value in enumerate(values):
            row = {"dataset": dataset, "split": "t", "model": model, "condition": f"c{i:02d}"}
            row |= {"cluster": f"c{i:02d}", "metric": metric, "value": value}
            row |= {"floor": models["floor"][i], "ceiling": models[CEILING][i]}
            known = np.isfinite(value)
            rows.append(
                row | {"status": "ok" if known else "n/a", "reason": "" if known else "why"}
            )
    return rows


def table_of(*parts, **given):
    frame = pd.DataFrame([row for part in parts for row in part])
    for name, kind in ROWS.items():
        if name not in frame:
            frame[name] = DEFAULTS[kind]
    found = trust(Evaluation(frame), RECORDS, draws=400, **given)
    assert tuple(found.columns) == COLUMNS
    return found.set_index("metric")


def draw(n=30, seed=0, ceiling=0.5, counts=0.05, spread=0.1, sign=1.0):
    rng = np.random.default_rng(seed)
    floor = rng.normal(0.2, 0.05, n)
    gains = {"floor": 0.0, "m": 0.2, "other": 0.25, CEILING: ceiling}
    gains |= {INTERPOLATED: ceiling + 0.05, COUNTS: counts}
    found = {k: floor + sign * (g + rng.normal(0, spread, n)) for k, g in gains.items()}
    return found | {"floor": floor}


def test_ranges_are_ratios_of_means_and_shares_of_conditions():
    models = draw()
    row = table_of(rows_of("pearson_delta", models)).loc["pearson_delta"]
    floor, ceiling = models["floor"], models[CEILING]
    assert row["drf"] == pytest.approx((floor - ceiling).mean() / (floor - 1.0).mean())
    assert row["drf_low"] < row["drf"] < row["drf_high"]
    assert row["bds"] == pytest.approx((ceiling > floor).mean())
    gain = (models[COUNTS] - floor).mean() / (ceiling - floor).mean()
    assert row["counts_only"] == pytest.approx(gain)
    assert row["interpolated"] == pytest.approx(models[INTERPOLATED].mean())
    assert row["is_informative"]
    assert row["chance"] == "0.0"
    assert row["verdict"].startswith("trust: ")
    assert (row["n_conditions"], row["n_clusters"], row["n_na"], row["n_pairs"]) == (30, 30, 0, 3)


def test_the_smallest_difference_shrinks_with_more_conditions_and_agrees_with_the_spread():
    few, many = (table_of(rows_of("mse", draw(n=n, sign=-1.0))).loc["mse"] for n in (12, 400))
    assert many["smallest_difference"] < 0.3 * few["smallest_difference"]
    expected = 2.8 * 0.1 / 20  # the median pair: the floor, without noise, and a model with 0.1
    assert many["smallest_difference"] == pytest.approx(expected, rel=0.15)
    room = many["floor"] - many["ceiling"]
    assert many["smallest_calibrated"] == pytest.approx(many["smallest_difference"] / room)


def test_the_best_metric_comes_first_within_a_data_set():
    parts = [
        rows_of("mse", draw(ceiling=0.0, spread=0.3, sign=-1.0)),
        rows_of("pearson", draw(ceiling=0.3)),
        rows_of("pearson_delta", draw(seed=1)),
        rows_of("pearson_delta", draw(seed=1), dataset="second"),
    ]
    found = table_of(*parts).reset_index()
    assert list(found["dataset"]) == ["d", "d", "d", "second"]
    assert found["metric"][0] == "pearson_delta"
    words = dict(zip(found["metric"], found["verdict"], strict=True))
    assert words["mse"].startswith("do not trust: a repeat of the experiment is not clearly")
    assert words["pearson"] == "do not trust: it is high for any answer"


def test_what_counting_cells_can_do_is_a_warning():
    row = table_of(rows_of("pearson_delta", draw(counts=0.4))).loc["pearson_delta"]
    assert "with care: counting cells alone makes" in row["verdict"]


def test_what_is_not_there_is_counted_with_its_reason():
    models = {name: np.where(np.arange(30) < 5, np.nan, x) for name, x in draw().items()}
    row = table_of(rows_of("pearson_delta", models)).loc["pearson_delta"]
    assert (row["n_na"], row["n_conditions"], row["reason"]) == (5, 25, "why")
    nothing = {name: np.full(30, np.nan) for name in models}
    row = table_of(rows_of("pearson_delta", nothing)).loc["pearson_delta"]
    assert row["verdict"] == "cannot tell: not available here, why"
    some = draw() | {CEILING: np.where(np.arange(30) < 20, np.nan, draw()[CEILING])}
    row = table_of(rows_of("pearson_delta", some)).loc["pearson_delta"]
    assert row["n_without_ceiling"] == 20
    assert "20 conditions have no ceiling" in row["verdict"]


def test_without_a_ceiling_or_with_few_conditions_nothing_can_be_told():
    row = table_of(rows_of("mse", draw() | {CEILING: np.full(30, np.nan)})).loc["mse"]
    assert row["verdict"] == "cannot tell: without replicates there is no ceiling"
    assert np.isnan(row["drf"])
    row = table_of(rows_of("mse", draw(n=7))).loc["mse"]
    assert row["verdict"] == "cannot tell: 7 independent units, at least 8 are needed"
    assert not row["is_informative"]


def test_a_model_beside_its_twin_has_no_spread_and_is_not_asked_about_power():
    models = draw()
    models = {k: v for k, v in models.items() if k not in ("m", "other")}
    models["twin"] = models["floor"].copy()
    row = table_of(rows_of("mse", models)).loc["mse"]
    assert row["n_pairs"] == 0
    assert np.isnan(row["smallest_difference"])


def test_many_metrics_ask_more_of_each():
    rng = np.random.default_rng(4)
    models = draw(spread=0.1)
    noise = rng.normal(size=30)
    noise = (noise - noise.mean()) / noise.std()
    models[CEILING] = models["floor"] + 2.4 / np.sqrt(30) + noise
    part = rows_of("pearson_delta", models)
    frame = pd.DataFrame(part)
    for name, kind in ROWS.items():
        if name not in frame:
            frame[name] = DEFAULTS[kind]
    verdicts = [
        trust(Evaluation(frame), [RECORDS[0]] + RECORDS[1:2] * extra, draws=999)["is_informative"][
            0
        ]
        for extra in (0, 19)
    ]
    assert verdicts == [True, False]


def test_the_verdict_and_the_leaderboard_agree_on_what_is_informative():
    """Both draw from the same seeds: no metric is informative in one table and not in the other."""
    from types import SimpleNamespace

    from foretell.bench.leaderboard import leaderboard

    for seed in range(12):
        rng = np.random.default_rng(seed)
        models = draw(seed=seed)
        models[CEILING] = models["floor"] + rng.normal(0.4, 1.0, 30)
        frame = pd.DataFrame(rows_of("pearson_delta", models))
        for name, kind in ROWS.items():
            if name not in frame:
                frame[name] = DEFAULTS[kind]
        study = SimpleNamespace(metrics=("pearson_delta",), draws=400, seed=0)
        block = SimpleNamespace(dataset=SimpleNamespace(name="d"), name="t")
        plan = SimpleNamespace(blocks=[block], study=study, undeclared=lambda block: [])
        board = leaderboard(plan, Evaluation(frame), pd.DataFrame(columns=["dataset"]))
        table = trust(Evaluation(frame), [RECORDS[0]], draws=400)
        ceiling = board.set_index("model").loc[CEILING, "is_informative"]
        assert ceiling == table["is_informative"][0]


def test_an_empty_evaluation_makes_an_empty_table():
    assert len(trust(Evaluation.concat([]), RECORDS)) == 0


@pytest.mark.parametrize("bds", [0.5, 0.9])
def test_the_share_of_conditions_decides_between_trust_and_care(bds):
    row = {"n_clusters": 30, "n_conditions": 30, "drf": 0.4, "is_informative": True, "bds": bds}
    row |= {"counts_only": 0.1, "n_without_ceiling": 0}
    expected = "trust: " if bds > 0.75 else "with care: a repeat beats the floor in 50%"
    assert verdict(row).startswith(expected)
