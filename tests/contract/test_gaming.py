"""Gaming: nothing that adds no knowledge raises a score, but where the card says so."""

import numpy as np
import pytest

from foretell.contract.gaming import MEANINGS, TRANSFORMATIONS, fails_of, gaming_row
from foretell.contract.gaming_screen import Submission, screen
from foretell.contract.truths import chance_of
from foretell.core.metric import metric
from foretell.core.registry import find

METRICS = {e.name: e.declared for e in find("metrics") if not e.problem}
OF_CONDITIONS = {name: m for name, m in METRICS.items() if m.level != "network"}
SLOW = {"cells", "panel"}
CASES = [
    pytest.param(name, marks=[pytest.mark.slow] if m.needs & SLOW else [])
    for name, m in OF_CONDITIONS.items()
]


@pytest.mark.parametrize("name", CASES)
def test_exactly_the_declared_transformations_fail(name):
    assert sorted(fails_of(METRICS[name])) == sorted(METRICS[name].fails), gaming_row(METRICS[name])


@pytest.mark.parametrize("name", METRICS)
def test_what_a_card_declares_is_a_transformation(name):
    assert METRICS[name].fails <= set(MEANINGS)


@pytest.mark.parametrize("name", CASES)
def test_the_true_shift_scores_best_of_all_answers(name):
    """Of both floors, resampled controls, and all transformations that the card does not name."""
    m, s = METRICS[name], screen(9)
    if m.higher_is_better is None or m.best_is_expected or "confidence" in m.needs:
        pytest.skip("no order, or an order of conditions, or a best on average only")
    truth, sign = s.truth_for(m), 1 if m.higher_is_better else -1
    perfect = Submission(s.truth.shift)
    best = sign * np.nanmean(m(truth, s.answer(perfect)))
    others = [Submission(x) for x in (s.training_mean, 0 * s.resampled, s.resampled)]
    others += [change(s, perfect) for k, (_, change) in TRANSFORMATIONS.items() if k not in m.fails]
    for given in others:
        if np.isfinite(given.shift).all():
            assert sign * np.nanmean(m(truth, s.answer(given))) <= best + 1e-9


@pytest.mark.parametrize("name", [n for n, m in OF_CONDITIONS.items() if m.chance is not None])
def test_no_change_is_exactly_at_chance(name):
    if METRICS[name].needs & SLOW or "confidence" in METRICS[name].needs:
        pytest.skip("control cells are drawn, or confidences given, beside the means")
    m, s = METRICS[name], screen(3)
    truth = s.truth_for(m)
    found = m(truth, s.answer(Submission(0 * s.resampled)))
    known = ~np.isnan(found)
    expected = np.broadcast_to(chance_of(m, truth), found.shape)
    np.testing.assert_allclose(found[known], expected[known], atol=1e-12)


def test_a_metric_that_pays_for_size_is_found_out():
    @metric(formula="size", higher_is_better=True, best=np.inf, chance=None)
    def pays_for_size(truth, answer):
        """Length of the predicted shift."""
        return np.linalg.norm(answer.shift, axis=1)

    row = gaming_row(pays_for_size)
    assert row["fourfold"] == row["offset"] == "gains"
    assert row["quarter"] == "ok"
    assert row["permuted"] == "blind"
    assert row["constant_cells"] == row["everything_de"] == "-"


def test_a_metric_that_fills_in_what_is_missing_is_found_out():
    @metric(formula="1 for no answer", higher_is_better=True, best=1.0, chance=None)
    def likes_silence(truth, answer):
        """Whether there is no number."""
        return np.isnan(answer.mean).any(axis=1).astype(float)

    assert gaming_row(likes_silence)["nan_rows"] == "gains"
