"""All metrics on means and tests: order does not matter, chance and best are what they say."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from foretell.contract.truths import chance_of
from foretell.core.metric import Metric
from foretell.core.registry import find
from foretell.metrics import sides

OTHERS = ("cells", "graph", "intervals", "selective", "calls")
METRICS: dict[str, Metric] = {
    entry.name: entry.declared
    for entry in find("metrics")
    if entry.module.split(".")[2] not in OTHERS and "labels" not in entry.declared.needs
}
PER_CONDITION = [name for name, m in METRICS.items() if m.level == "condition"]
FLAT_CHANCE = [n for n, m in METRICS.items() if m.chance is not None and m.level == "condition"]


@pytest.mark.parametrize("name", METRICS)
def test_every_metric_declares_how_it_is_read(name):
    metric = METRICS[name]
    assert metric.name == name
    assert metric.formula
    assert metric.reference
    if metric.higher_is_better is not None:
        assert metric.higher_is_better == (metric.best == 1.0)


@pytest.mark.parametrize("constant", [0.0, 0.7, -1e-3, 1e6])
@pytest.mark.parametrize("name", FLAT_CHANCE)
def test_a_constant_shift_scores_exactly_chance(draw, name, constant):
    truth, answer = draw(5)
    flat = np.full(answer.mean.shape, constant)
    given = replace(answer, mean=answer.control + flat, pool=flat, calls=np.zeros(flat.shape, bool))
    expected = chance_of(METRICS[name], truth)
    np.testing.assert_allclose(METRICS[name](truth, given), expected, rtol=1e-12)


@pytest.mark.parametrize("name", METRICS)
def test_one_answer_without_a_number_leaves_the_others_as_they_are(draw, name):
    truth, answer = draw(6)
    if METRICS[name].level != "condition":
        pytest.skip("a statistic of all conditions is not defined then")
    mean, pool = answer.mean.copy(), answer.pool.copy()
    mean[2], pool[2] = np.nan, np.nan
    given = replace(answer, mean=mean, pool=pool)
    before, after = METRICS[name](truth, answer), METRICS[name](truth, given)
    looks_at_means = not METRICS[name].needs & {"calls", "predicted_tests"}
    assert np.isnan(after[2]) == looks_at_means or np.isnan(before[2])
    if "predicted_pool" not in METRICS[name].needs:  # there it is a competitor less
        np.testing.assert_allclose(np.delete(after, 2), np.delete(before, 2))


@pytest.mark.parametrize("name", [n for n in METRICS if METRICS[n].level == "dataset"])
def test_a_statistic_of_all_conditions_is_the_mean_of_its_values(draw, name):
    truth, answer = draw(7)
    values = METRICS[name](truth, answer)
    assert values.shape == (len(truth.mean),)
    again = METRICS[name](truth, answer)
    np.testing.assert_array_equal(values, again)
    assert np.isfinite(values).all()


@pytest.mark.parametrize("name", PER_CONDITION)
def test_large_inputs_are_scored_in_blocks_with_the_same_result(draw, name, monkeypatch):
    truth, answer = draw(8)
    whole = METRICS[name](truth, answer)
    monkeypatch.setattr(sides, "SHARED_VALUES", 100)
    truth, answer = replace(truth), replace(answer)  # nothing is remembered of these
    np.testing.assert_allclose(METRICS[name](truth, answer), whole, rtol=1e-12)


def test_random_answers_score_chance_on_average(draw):
    names = ("pearson_delta", "spearman_delta", "pds_cosine", "pds_l1", "direction_match")
    names += ("retrieval_top1", "retrieval_mrr", "de_overlap", "de_auroc", "centroid_accuracy")
    found: dict[str, list[float]] = {name: [] for name in names}
    for seed in range(250):
        truth, answer = draw(seed)
        noise = np.random.default_rng([7, seed]).normal(0, 1, answer.mean.shape)
        given = replace(answer, mean=answer.control + noise)
        for name, values in found.items():
            values += list(METRICS[name](truth, given) - chance_of(METRICS[name], truth))
    for values in found.values():
        assert abs(np.nanmean(values)) < 0.025
