"""The table of coverage by stratum, on bands whose coverage is planted."""

import numpy as np
import pytest

from foretell.bench.coverage import coverage_by_stratum


def table(n=90, g=60, *, weak=1.0, nominal=0.9, infinite=0.0, **options):
    """Bands that are made for errors of one sd; strong conditions have errors of 1 / `weak`."""
    rng = np.random.default_rng(0)
    strength = rng.random(n)
    sd = np.where(strength > np.quantile(strength, 2 / 3), 1.0 / weak, 1.0)
    truth = sd[:, None] * rng.normal(size=(n, g))
    half = np.full((n, g), 1.6448536)
    half[:, : int(infinite * g)] = np.inf
    given = {"strength": strength, "expression": rng.random(g)} | options
    mask = np.ones((n, g), dtype=bool)
    rows = coverage_by_stratum(truth, -half, half, mask, nominal, rng=rng, **given)
    return {(row.by, row.name): row for row in rows}


def test_honest_bands_hold_in_every_stratum():
    rows = table(n=180)
    assert {row.verdict for row in rows.values()} == {"holds"}
    assert all(row.coverage == pytest.approx(0.9, abs=0.03) for row in rows.values())


def test_bands_that_fail_the_strong_are_found_out_there_only():
    rows = table(n=180, weak=0.5)
    assert rows["strength", "high"].verdict == "falls short"
    assert rows["strength", "low"].verdict == "holds"
    assert rows["strength", "high"].coverage < 0.65


def test_nothing_is_claimed_below_forty_conditions():
    row = table(n=60)["strength", "low"]
    assert row.verdict == "20 conditions: below 40 nothing is claimed"
    assert np.isnan(row.lower)
    assert np.isfinite(row.coverage)


def test_endless_bands_are_counted_and_not_scored():
    rows = table(n=180, infinite=0.5)
    assert rows["all", "all"].infinite == pytest.approx(0.5)
    assert rows["all", "all"].coverage == pytest.approx(0.9, abs=0.03)
    everything = table(infinite=1.0)["all", "all"]
    assert (everything.n, everything.infinite) == (0, 1.0)


def test_unknown_novelty_is_in_no_stratum():
    novelty = np.where(np.arange(180) < 150, np.arange(180.0), np.nan)
    rows = table(n=180, novelty=novelty)
    assert sum(row.n for (by, _), row in rows.items() if by == "novelty") == 150


def test_contexts_of_one_perturbation_are_one_cluster():
    rows = table(n=180, cluster=np.repeat(np.arange(30), 6))
    assert rows["all", "all"].n == 30
    assert rows["all", "all"].verdict.startswith("30 conditions")
