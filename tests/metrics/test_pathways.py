"""Pathway scores, against loops over sets."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import pearsonr

from foretell.core.registry import find

METRICS = find("metrics")


def scores(shift, sets):
    """Parametric score of every set with three genes or more."""
    return np.array(
        [
            (shift[s].mean() - shift.mean()) / (shift.std() / np.sqrt(s.sum()))
            for s in sets
            if s.sum() >= 3
        ]
    )


@given(st.integers(0, 10_000))
def test_pathway_metrics_compare_scores_of_sets(draw, seed):
    truth, answer = draw(seed)
    for i, keep in enumerate(truth.mask):
        sets = truth.gene_sets[:, keep]
        own, predicted = (scores(side.shift[i][keep], sets) for side in (truth, answer))
        found = METRICS["pathway_score_corr"](truth, answer)[i]
        assert np.isclose(found, pearsonr(own, predicted).statistic)
        k = int(np.ceil(len(own) / 10))
        top = [set(np.argsort(-np.abs(z))[:k]) for z in (own, predicted)]
        found = METRICS["pathway_overlap"](truth, answer)[i]
        assert np.isclose(found, len(top[0] & top[1]) / k)
