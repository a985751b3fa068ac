"""Failures: a model in trouble is a row with its reason, and never anybody else's problem."""

from __future__ import annotations

import numpy as np
import pytest
from troubled import Troubled, events, numbers, run_tiny

from foretell.bench.references import CEILING

TROUBLE = {
    "raises": "ValueError: on purpose",
    "answers nan": "BadModelOutput: troubled answered NaN or infinity",
    "answers short": "BadModelOutput: troubled answered (1, 30) to a query of (4, 30)",
    "answers nothing": "BadModelOutput: troubled answered a NoneType",
    "answers what no file holds": "BadModelOutput: a memoryview cannot be written",
    "exits": "SystemExit: 3",
    "leaves": "ended with code 7",
    "is killed": "ended by SIGKILL",
    "is slow": "stopped after 6 s",
}
DIES = {"exits", "leaves", "is killed", "is slow"}


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """The tiny study with one model in each kind of trouble."""
    models = [(how, Troubled(how=how)) for how in (*TROUBLE, "not at all", "abstains")]
    out = tmp_path_factory.mktemp("failures")
    return run_tiny(out, *models, timeout_s=6.0, run_with={"jobs": 4})


@pytest.fixture(scope="module")
def calm(tmp_path_factory):
    """The same study without trouble."""
    return run_tiny(tmp_path_factory.mktemp("calm"), ("not at all", Troubled()))


def rows_of(results, model: str, metric: str = "pearson_delta"):
    frame = results.evaluation.frame
    return frame[(frame["model"] == model) & (frame["metric"] == metric)].sort_values("condition")


@pytest.mark.parametrize("how", TROUBLE)
def test_trouble_is_a_row_with_its_reason(results, how):
    runs = results.runs[results.runs["model"] == how]
    assert len(runs) == 2
    assert set(runs["status"]) == {"failed"}
    assert all(TROUBLE[how] in reason for reason in runs["reason"])
    board = results.leaderboard[results.leaderboard["model"] == how]
    assert set(board["status"]) == {"failed"}
    assert all(TROUBLE[how] in reason for reason in board["reason"])
    assert set(board["n_failed"]) == {8}


@pytest.mark.parametrize("metric", ["pearson_delta", "mse"])
@pytest.mark.parametrize("how", TROUBLE)
def test_trouble_scores_as_the_floor(results, how, metric):
    rows, floor = rows_of(results, how, metric), rows_of(results, "context_mean", metric)
    assert rows["condition"].tolist() == floor["condition"].tolist()
    np.testing.assert_array_equal(rows["value"], floor["value"])
    np.testing.assert_array_equal(rows["value"], rows["floor"])
    assert set(rows["status"]) == {"failed"}


def test_nobody_else_is_touched(results, calm):
    for model in ("no_change", "context_mean", "not at all", CEILING):
        for metric in ("pearson_delta", "mse"):
            rows, same = rows_of(results, model, metric), rows_of(calm, model, metric)
            np.testing.assert_array_equal(rows["value"], same["value"])
            assert set(rows["status"]) == {"ok"}


def test_rows_that_abstain_score_as_the_floor_and_are_counted(results):
    rows = rows_of(results, "abstains", "mse")
    abstained = rows["status"] == "abstained"
    assert abstained.sum() == 4
    assert set(rows.loc[abstained, "reason"]) == {"not today"}
    np.testing.assert_array_equal(rows.loc[abstained, "value"], rows.loc[abstained, "floor"])
    assert (rows.loc[~abstained, "value"] != rows.loc[~abstained, "floor"]).all()
    board = results.leaderboard.set_index(["model", "metric"])
    assert board.loc[("abstains", "mse"), "n_abstained"] == 4


def test_every_row_that_was_asked_for_is_there(results):
    frame = results.evaluation.frame
    keys = ["model", "condition", "metric", "repeat", "fold"]
    assert not frame.duplicated(keys).any()
    n_models = len(TROUBLE) + 7  # two untroubled, one baseline, floor and three references
    assert len(frame) == n_models * 8 * 2


def test_a_failure_is_kept_and_a_death_is_tried_again(tmp_path):
    flag = tmp_path / "trouble"
    flag.touch()
    models = [
        (how, Troubled(how=how, flag=str(flag), tally=str(tmp_path / how)))
        for how in ("raises", "is killed")
    ]
    first = run_tiny(tmp_path / "out", *models)
    assert set(first.runs.set_index("model").loc[["raises", "is killed"], "status"]) == {"failed"}
    flag.unlink()
    second = run_tiny(tmp_path / "out", *models)
    status = second.runs.groupby("model")["status"].agg(set)
    assert status["raises"] == {"failed"}
    assert status["is killed"] == {"done"}
    third = run_tiny(tmp_path / "out", *models, run_with={"retry_failed": True})
    assert set(third.runs["status"]) == {"done"}
    assert len((tmp_path / "raises").read_text().split()) == 4
    assert len((tmp_path / "is killed").read_text().split()) == 4
    assert len(events(tmp_path / "out", "run")) == 8 + 2 + 2
    fresh = run_tiny(tmp_path / "fresh", *models)
    for one, other in zip(numbers(third), numbers(fresh), strict=True):
        np.testing.assert_array_equal(one["value"], other["value"])
