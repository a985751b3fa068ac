"""Comparisons: what the stored evaluation alone says about differences, honest about doubt."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from foretell.bench.by_condition import directions, scores_of
from foretell.bench.comparisons import compare
from foretell.bench.references import CEILING, COUNTS, INTERPOLATED
from foretell.core.evaluation import COLUMNS, Evaluation
from foretell.stats.comparison.sign_flips import sign_flip_test

RECORDS = [
    {"name": "pearson_delta", "higher_is_better": True, "best": 1.0, "chance": 0.0},
    {"name": "mse", "higher_is_better": False, "best": 0.0, "chance": None},
    {"name": "width", "higher_is_better": None, "best": 0.0, "chance": None},
]
DEFAULTS = {"str": "", "int64": 0, "float64": np.nan, "bool": False}


def evaluation(values, *, repeats=1, cluster=None, **columns):
    """An evaluation of values: (dataset, metric) -> model -> (n,); floor and ceiling by name."""
    rows = []
    for (dataset, metric), models in values.items():
        for model, numbers in models.items():
            for repeat in range(repeats):
                for i, value in enumerate(numbers):
                    row = {"dataset": dataset, "split": "t", "repeat": repeat, "fold": i % 2}
                    row |= {"model": model, "condition": f"c{i:03d}", "metric": metric}
                    row |= {"cluster": f"c{i:03d}" if cluster is None else f"k{cluster[i]}"}
                    row |= {"value": value, "status": "ok" if np.isfinite(value) else "n/a"}
                    row["reason"] = "" if np.isfinite(value) else "too few genes"
                    row["floor"] = models["floor"][i]
                    row["ceiling"] = models[CEILING][i] if CEILING in models else np.nan
                    rows.append(row)
    frame = pd.DataFrame(rows)
    for name, kind in COLUMNS.items():
        if name not in frame:
            frame[name] = DEFAULTS[kind]
    return Evaluation(frame.assign(**columns))


def draw(n=30, seed=0, **gains):
    """Models on n conditions that differ in how hard they are; `gains` over the floor."""
    rng = np.random.default_rng(seed)
    floor = rng.normal(0.1, 0.3, n)
    found = {"floor": floor}
    for name, gain in gains.items():
        found[name] = floor + gain + rng.normal(0, 0.1, n)
    return found


def test_a_difference_is_paired_and_points_at_the_better_model():
    values = {
        ("d", "pearson_delta"): draw(good=0.2, twin=0.2),
        ("d", "mse"): draw(good=-0.2, twin=-0.2, seed=1),
    }
    found = compare(evaluation(values), RECORDS, draws=500)
    pairs = found.pairs.set_index(["metric", "model", "other"])
    assert len(pairs) == 6
    for metric in ("pearson_delta", "mse"):
        assert pairs.loc[(metric, "floor", "good"), "better"] == "good"
        assert pairs.loc[(metric, "good", "twin"), "better"] == ""
        row = pairs.loc[(metric, "floor", "good")]
        own = values["d", metric]
        assert row["difference"] == pytest.approx((own["floor"] - own["good"]).mean())
        assert row["low"] < row["difference"] < row["high"]
        assert row["p"] <= row["p_adjusted"] <= 0.05
        assert row["win_rate"] < 0.2
        assert (row["n_conditions"], row["n_clusters"], row["status"]) == (30, 30, "ok")
    # the spread between conditions is three times the gain: not paired, nothing would be seen
    assert pairs.loc[("mse", "floor", "good"), "high"] - 0.2 < 0.1


def test_p_values_are_those_of_the_sign_flip_test():
    values = {("d", "mse"): draw(n=12, a=0.05)}
    found = compare(evaluation(values), RECORDS, draws=20_000).pairs
    own = values["d", "mse"]
    exact = sign_flip_test(own["a"] - own["floor"], np.arange(12), 1, np.random.default_rng())
    assert found["p"][0] == pytest.approx(exact.p[0], abs=0.01)
    assert found["p_adjusted"][0] == found["p"][0]  # one look


def test_more_data_sets_and_metrics_are_more_looks():
    one = {("d", "mse"): draw(n=20, a=0.05)}
    many = one | {(f"e{i}", "mse"): draw(n=20, seed=i + 5, a=0.0) for i in range(15)}
    few, more = (compare(evaluation(v), RECORDS, draws=999).pairs for v in (one, many))
    assert few["p"][0] == more["p"][0]  # what one data set draws does not depend on the others
    assert more["p_adjusted"][0] > few["p_adjusted"][0]
    assert (more["p_adjusted"] >= more["p"]).all()


def test_repeats_of_the_same_conditions_change_nothing():
    values = {("d", "mse"): draw(a=0.1, b=0.2)}
    once = compare(evaluation(values), RECORDS, draws=300)
    often = compare(evaluation(values, repeats=7), RECORDS, draws=300)
    for name in ("pairs", "models", "floors"):
        pd.testing.assert_frame_equal(getattr(once, name), getattr(often, name))


def test_conditions_of_one_perturbation_are_one_piece_of_evidence():
    base = draw(n=10, a=0.05, seed=3)
    wide = {model: np.tile(x, 4) for model, x in base.items()}
    together = compare(evaluation({("d", "mse"): base}), RECORDS, draws=999).pairs.iloc[0]
    clusters = np.tile(np.arange(10), 4)
    tiled = compare(evaluation({("d", "mse"): wide}, cluster=clusters), RECORDS, draws=999)
    row = tiled.pairs.iloc[0]
    assert (row["n_conditions"], row["n_clusters"]) == (40, 10)
    assert row["p"] == pytest.approx(together["p"], abs=0.05)
    naive = compare(evaluation({("d", "mse"): wide}), RECORDS, draws=999).pairs.iloc[0]
    assert naive["high"] - naive["low"] < 0.7 * (row["high"] - row["low"])


@pytest.mark.parametrize("n", [7, 8])
def test_below_eight_independent_units_nothing_is_claimed(n):
    values = {("d", "mse"): draw(n=n, a=5.0)}
    found = compare(evaluation(values), RECORDS, draws=999)
    status = "ok" if n == 8 else "n/a"
    for table, columns in (
        (found.pairs, ["low", "high", "p", "p_adjusted"]),
        (found.models, ["rank_low", "rank_high", "tie_group"]),
        (found.floors, ["low", "high"]),
    ):
        assert (table["status"] == status).all()
        assert table[columns].isna().all(axis=None) == (n < 8)
    assert found.pairs["difference"].notna().all()
    assert (found.pairs["better"] == "").all() == (n < 8)
    crowded = evaluation({("d", "mse"): draw(n=40, a=5.0)}, cluster=np.arange(40) % n)
    assert (compare(crowded, RECORDS, draws=99).pairs["status"] == status).all()


def test_places_and_groups_follow_the_pairs():
    values = {("d", "pearson_delta"): draw(best=1.0, twin=1.0, middle=0.5)}
    places = compare(evaluation(values), RECORDS, draws=999).models.set_index("model")
    assert places.loc["best", ["rank_low", "rank_high", "tie_group"]].tolist() == [1, 2, 1]
    assert places.loc["middle", ["rank_low", "rank_high", "tie_group"]].tolist() == [3, 3, 2]
    assert places.loc["floor", ["rank_low", "rank_high"]].tolist() == [4, 4]


def test_wins_are_counted_against_every_floor_and_never_against_itself():
    values = {("d", "pearson_delta"): draw(a=0.1, b=0.3)}
    found = compare(evaluation(values), RECORDS, draws=300, floors=("a", "nobody")).floors
    table = found.set_index(["model", "floor"])
    assert set(table.index) == {
        *(("a", "primary floor"), ("b", "primary floor"), ("floor", "primary floor")),
        *(("b", "a"), ("floor", "a")),
    }
    own = values["d", "pearson_delta"]
    expected = (own["b"] > own["a"]).mean()
    assert table.loc[("b", "a"), "win_rate"] == pytest.approx(expected)
    assert table.loc[("b", "a"), "low"] <= expected <= table.loc[("b", "a"), "high"]
    assert table.loc[("floor", "primary floor"), "win_rate"] == 0.5  # it ties with itself


def test_references_and_descriptions_are_not_compared():
    models = draw(a=0.1) | {name: draw()["floor"] for name in (CEILING, INTERPOLATED, COUNTS)}
    found = compare(evaluation({("d", "mse"): models, ("d", "width"): models}), RECORDS, draws=99)
    assert set(found.models["model"]) == {"floor", "a"}
    assert set(found.pairs["metric"]) == {"mse"}


def test_missing_scores_are_left_out_of_both_and_counted():
    values = {("d", "mse"): draw(a=1.0, b=1.0)}
    values["d", "mse"]["a"][:12] = np.nan
    found = compare(evaluation(values), RECORDS, draws=300).pairs.set_index(["model", "other"])
    assert found.loc[("a", "b"), "n_conditions"] == 18
    assert found.loc[("b", "floor"), "n_conditions"] == 30
    own = values["d", "mse"]
    assert found.loc[("a", "b"), "difference"] == pytest.approx(np.nanmean(own["a"] - own["b"]))


def test_a_model_of_one_data_set_alone_is_compared_there():
    values = {("d", "mse"): draw(a=1.0), ("e", "mse"): draw(b=1.0)}
    pairs = compare(evaluation(values), RECORDS, draws=99).pairs
    assert set(zip(pairs["dataset"], pairs["model"], pairs["other"], strict=True)) == {
        ("d", "a", "floor"),
        ("e", "b", "floor"),
    }


def test_the_order_of_rows_does_not_matter():
    values = {("d", "mse"): draw(a=0.1, b=0.2), ("e", "mse"): draw(seed=1, a=0.1, b=0.0)}
    given = evaluation(values)
    mixed = Evaluation(given.frame.sample(frac=1.0, random_state=1))
    keys = ["dataset", "model", "other"]
    one, other = (compare(e, RECORDS, draws=200).pairs for e in (given, mixed))
    pd.testing.assert_frame_equal(
        one.sort_values(keys).reset_index(drop=True), other.sort_values(keys).reset_index(drop=True)
    )


def test_metrics_and_their_stored_records_are_read_alike():
    from foretell.core.metric import metric

    @metric(formula="x", higher_is_better=False, best=0.0, chance=None, name="mse")
    def score(truth, answer):
        """Nothing."""

    assert directions([score]) == directions([RECORDS[1]])
    values = evaluation({("d", "mse"): draw(a=0.1)})
    (table,) = scores_of(values, [score])
    assert table.models == ("a", "floor")
    assert np.isnan(table.of("nobody")).all()


def test_nothing_to_compare_is_no_error():
    found = compare(Evaluation.concat([]), RECORDS)
    assert len(found.pairs) == len(found.models) == len(found.floors) == 0
