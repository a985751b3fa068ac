"""The study of the gate, with few screens: promises hold, and those of naive bands do not."""

import numpy as np
import pytest


@pytest.fixture(scope="module")
def rows(gate):
    gate.QUICK = 6
    return gate.study(quick=True)


@pytest.mark.slow
def test_what_the_wrappers_promise_holds_in_every_third_and_at_once(gate, rows):
    assert gate.broken(rows, slack=0.03) == []


@pytest.mark.slow
def test_bands_gene_by_gene_certify_what_they_do_not_hold(rows):
    value = {(row["wrapper"], row["what"]): row["value"] for row in rows}
    naive = "per gene, as it comes"
    assert value[naive, "all"] == pytest.approx(0.9, abs=0.03)
    assert value[naive, "strength high"] < 0.8
    assert value[naive, "novelty high"] < 0.8
    assert value[naive, "at once"] < 0.3


@pytest.mark.slow
def test_scaled_bands_are_narrower_than_bands_that_come_as_they_are(rows):
    value = {(row["wrapper"], row["what"]): row["value"] for row in rows}
    assert value["scaled", "width"] < value["per gene, as it comes", "width"]


def test_one_screen_is_covered_about_as_promised(gate, screen):
    drawn, models = screen
    for name in ("scaled", "scaled, by novelty", "CV+, scaled, by novelty"):
        assert gate.judge(drawn, models[name])["all"] == pytest.approx(0.9, abs=0.05)


def test_a_broken_promise_is_noticed(gate):
    rows = [
        {"wrapper": name, "what": key, "value": 0.9, "n": 200}
        for name in ("scaled, by novelty", "CV+, scaled, by novelty", "panel")
        for key in ("all", "strength high", "at once")
    ]
    rows += [
        {"wrapper": name, "what": key, "value": value, "n": 200}
        for name in ("calls, mean", "calls, tail")
        for key, value in (("mean FDP", 0.05), ("kept", 0.97), ("screen kept", 1.0))
    ]
    assert gate.broken(rows) == []
    rows[1]["value"] = 0.85
    assert gate.broken(rows) == ["scaled, by novelty strength high 0.850"]
    assert not gate.passed(rows)


def test_the_screens_are_the_same_for_the_same_seed(gate, tmp_path):
    first, second = (gate.simulate(3, tmp_path).truth for _ in range(2))
    np.testing.assert_array_equal(first, second)
