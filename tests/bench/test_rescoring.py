"""Re-scoring: a new metric needs no refit, and leaves the scores of other metrics alone."""

from __future__ import annotations

import pandas as pd
from troubled import events, numbers, run_tiny

from foretell.bench.runner import plan_study
from foretell.bench.store import Store
from foretell.models.baselines.training_mean import TrainingMean

MODEL = ("a", TrainingMean())


def files(store: Store, plan) -> dict[str, bytes]:
    keys = [key for task in plan.scores() for _, key, _ in task.wanted]
    return {key: store.score_file(key).read_bytes() for key in keys}


def test_a_new_metric_is_scored_from_the_stored_predictions(tmp_path):
    first = run_tiny(tmp_path, MODEL, metrics=("pearson_delta",))
    fitted = len(events(tmp_path, "run"))
    both = run_tiny(tmp_path, MODEL, metrics=("pearson_delta", "mae"))
    assert len(events(tmp_path, "run")) == fitted
    fresh = run_tiny(tmp_path / "fresh", MODEL, metrics=("pearson_delta", "mae"))
    for a, b in zip(numbers(both), numbers(fresh), strict=True):
        pd.testing.assert_frame_equal(a, b, check_exact=True)
    old = both.evaluation.frame
    old = old[old["metric"] == "pearson_delta"].reset_index(drop=True)
    pd.testing.assert_frame_equal(old, first.evaluation.frame.reset_index(drop=True))


def test_fewer_metrics_are_read_from_what_is_there(tmp_path):
    both = run_tiny(tmp_path, MODEL, metrics=("pearson_delta", "mae"))
    store = Store(tmp_path / "store")
    before = files(store, plan_study(_study(("pearson_delta", "mae")), store))
    fewer = run_tiny(tmp_path, MODEL, metrics=("mae",))
    assert files(store, plan_study(_study(("mae",)), store)) == before
    assert set(fewer.evaluation.frame["metric"]) == {"mae"}
    kept = both.evaluation.frame.query("metric == 'mae'").reset_index(drop=True)
    pd.testing.assert_frame_equal(fewer.evaluation.frame.reset_index(drop=True), kept)


def _study(metrics):
    from troubled import tiny_study

    return tiny_study(MODEL, metrics=metrics)


def test_a_metric_whose_file_changes_is_scored_again_and_no_other(tmp_path, monkeypatch):
    from foretell.bench import metric_code, worker

    run_tiny(tmp_path, MODEL, run_with={"jobs": 1}, metrics=("pearson_delta", "mae"))
    store = Store(tmp_path / "store")
    plan = plan_study(_study(("pearson_delta", "mae")), store)
    key = next(key for task in plan.scores() for _, key, _ in task.wanted)
    held = store.scored(key)
    assert worker.lacks_of(store, key, held) == []
    assert worker.lacks_of(store, key, held | {"mae": "another"}) == ["mae"]
    assert held == metric_code.metric_versions(("pearson_delta", "mae"))
