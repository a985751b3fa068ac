"""Gates in small: the simulation studies run, and what they promise shows in few repeats."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import numpy as np
import pytest

GATES = Path(__file__).resolve().parents[2] / "benchmarks" / "gates"


@pytest.fixture(scope="module")
def gate():
    """Import a gate by name; the files import each other from their own folder."""
    sys.path.insert(0, str(GATES))
    yield importlib.import_module
    sys.path.remove(str(GATES))


def test_halves_of_the_controls_remove_what_a_shared_control_gives(gate):
    study = gate("null_control")
    found = np.mean([study.one_screen(240, seed) for seed in range(2)], axis=0)
    assert abs(found[0]) < 0.08
    assert found[1] == pytest.approx(np.sqrt(60 / 300), abs=0.1)


def test_one_screen_has_scores_of_every_part(gate):
    study = gate("calibrated_coverage")
    setting = study.Setting(10, 20)
    scores = study.one_screen(setting, 0)
    parts = {"floor", "equal", "duplicate", "fitted floor", "refitted", study.CEILING}
    assert parts <= set(scores)
    for label in parts:
        assert all(np.isfinite(scores[label][m]).all() for m in ("pearson_delta", "mse"))
    again = study.one_screen(setting, 0)
    np.testing.assert_array_equal(scores["equal"]["mse"], again["equal"]["mse"])
    better = [scores[label]["pearson_delta"].mean() for label in ("duplicate", "floor")]
    assert better[0] > better[1]


def test_a_third_is_a_duplicate_at_matched_depth(gate):
    import pandas as pd

    study = gate("calibrated_coverage")
    rng = np.random.default_rng(0)
    labels = rng.choice(["control", "A", "B"], 600)
    obs = pd.DataFrame({"perturbation": labels, "batch": rng.choice(["x", "y"], 600)})
    kept, third = study.thirds(obs, rng)
    assert not set(kept) & set(third)
    assert len(kept) + len(third) == 600
    assert (obs["perturbation"].iloc[third] != "control").all()
    sizes = obs.iloc[kept].groupby("perturbation").size()
    again = obs.iloc[third].groupby("perturbation").size()
    assert abs(sizes["A"] / 2 - again["A"]) <= 1.5


def test_equal_methods_are_called_different_in_five_percent(gate):
    study = gate("type_one_error")
    draws = dict((name, draw) for name, draw, is_gate in study.NULLS if is_gate)
    for name in ("normal", "clusters of contexts"):
        assert 2.5 <= study._alone(draws[name], 12, 1000) <= 7.5
    assert study._family(10, 0.8, 100) <= 12.0
    assert study._power(40, 0.5, 300)["rate"] > 70


def test_a_table_has_every_column_of_every_row(gate):
    text = gate("run").table([{"a": 1}, {"b": 22}])
    assert text.splitlines() == ["a  b", "1", "   22"]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["null_control", "type_one_error", "calibrated_coverage"])
def test_the_quick_study_runs(gate, name):
    rows = gate(name).study(quick=True)
    assert rows
    assert isinstance(gate(name).passed(rows), bool)
