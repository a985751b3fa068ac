"""Network metrics: against BEELINE's definitions, written out slowly, and scikit-learn."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import spearmanr
from sklearn.metrics import auc, average_precision_score, precision_recall_curve, roc_auc_score

from foretell.core.errors import BadMapping
from foretell.core.network import Network
from foretell.metrics.graph import NETWORK_METRICS, borda, candidates

METRICS = {m.name: m for m in NETWORK_METRICS}
SEEDS = st.integers(0, 10_000)


def network(A, names=None):
    names = [f"g{i}" for i in range(len(A))] if names is None else names
    return Network(sp.csr_matrix(np.asarray(A, float)), np.array(names, dtype=str))


def draw(seed, n=7):
    """A reference with self-loops, and an answer on other genes, with ties, in another order."""
    rng = np.random.default_rng(seed)
    truth = np.where(rng.random((n, n)) < 0.3, rng.choice([-1.0, 1.0], (n, n)), 0.0)
    truth[0, 1], truth[1, 2], truth[2, 0] = 1.0, -1.0, 0.0
    m = n + 1
    names = rng.permutation([f"g{i}" for i in range(1, n)] + ["x", "y"])
    answer = np.where(rng.random((m, m)) < 0.5, rng.integers(-3, 4, (m, m)) / 2, 0.0)
    return network(truth), network(answer, names)


def table(net):
    """Weights by pair of names, self-loops left out."""
    A = net.A.toarray()
    pairs = permutations(range(len(net.nodes)), 2)
    return {(str(net.nodes[i]), str(net.nodes[j])): A[i, j] for i, j in pairs if A[i, j] != 0}


def listed(truth, answer):
    """Every candidate pair with its two weights, looked up one by one."""
    reference, predicted = table(truth), table(answer)
    pairs = list(permutations(sorted(map(str, truth.nodes)), 2))
    return pairs, [reference.get(p, 0.0) for p in pairs], [predicted.get(p, 0.0) for p in pairs]


def slow_early_precision(positives, ranked, possible):
    """BEELINE: the k-th weight or the smallest one that is not 0, whichever is larger."""
    k = len(positives)
    by_weight = sorted(ranked.items(), key=lambda item: -abs(item[1]))
    weights = [abs(w) for _, w in by_weight]
    smallest = min(w for w in weights if w > 0)
    limit = max(smallest, weights[min(len(weights), k) - 1])
    taken = {pair for pair, w in by_weight if abs(w) >= limit}
    return len(taken & positives) / len(taken), len(taken & positives) / len(taken) / (
        k / len(possible)
    )


def value(name, truth, answer):
    return float(METRICS[name](truth, answer)[0])


@given(SEEDS)
def test_areas_are_those_of_scikit_learn_over_all_ordered_pairs(seed):
    truth, answer = draw(seed)
    _, a, b = listed(truth, answer)
    labels, scores = np.array(a) != 0, np.abs(b)
    precision, recall, _ = precision_recall_curve(labels, scores)
    expected = {
        "network_auprc": average_precision_score(labels, scores),
        "network_auprc[trapezoid]": auc(recall, precision),
        "network_auroc": roc_auc_score(labels, scores),
        "network_spearman": np.nan_to_num(spearmanr(a, b).statistic),
    }
    for name, number in expected.items():
        assert value(name, truth, answer) == pytest.approx(number, abs=1e-12)


@given(SEEDS)
def test_early_precision_is_that_of_beeline(seed):
    truth, answer = draw(seed)
    pairs, a, b = listed(truth, answer)
    ranked = {p: w for p, w in zip(pairs, b, strict=True) if w != 0}
    positives = {p for p, w in zip(pairs, a, strict=True) if w != 0}
    precision, ratio = slow_early_precision(positives, ranked, pairs)
    assert value("network_early_precision", truth, answer) == pytest.approx(precision)
    assert value("network_epr", truth, answer) == pytest.approx(ratio)
    taken = sorted(map(abs, ranked.values()), reverse=True)
    limit = taken[min(len(taken), len(positives)) - 1]
    top = {p for p, w in ranked.items() if abs(w) >= limit}
    jaccard = len(top & positives) / len(top | positives)
    assert value("network_jaccard", truth, answer) == pytest.approx(jaccard)


@pytest.mark.parametrize(("word", "sign"), [("activation", 1), ("inhibition", -1)])
@given(seed=SEEDS)
def test_signed_early_precision_leaves_the_other_sign_out_or_counts_it_as_wrong(word, sign, seed):
    truth, answer = draw(seed)
    pairs, a, b = listed(truth, answer)
    own = {p for p, w in zip(pairs, a, strict=True) if np.sign(w) == sign}
    other = {p for p, w in zip(pairs, a, strict=True) if np.sign(w) == -sign}
    possible = [p for p in pairs if p not in other]
    ranked = {p: w for p, w in zip(pairs, b, strict=True) if w != 0 and p not in other}
    blind = slow_early_precision(own, ranked, possible)[1]
    assert value(f"network_epr[{word}, absolute]", truth, answer) == pytest.approx(blind)
    ranked = {p: w for p, w in zip(pairs, b, strict=True) if np.sign(w) == sign}
    sees = slow_early_precision(own, ranked, pairs)[1]
    assert value(f"network_epr[{word}]", truth, answer) == pytest.approx(sees)


def test_a_network_with_every_sign_wrong_is_caught_by_the_signed_ratio_alone():
    truth, _ = draw(1)
    flipped = network(-truth.A.toarray())
    assert value("network_epr[activation]", truth, flipped) == 0.0
    perfect = value("network_epr", truth, truth)
    assert value("network_epr", truth, flipped) == perfect > 1
    assert value("network_epr[activation, absolute]", truth, flipped) > 1
    assert value("network_spearman", truth, flipped) == pytest.approx(-1)


def test_a_perfect_ratio_is_one_over_prevalence():
    truth, _ = draw(2)
    prevalence = candidates(truth, truth).is_edge.mean()
    assert value("network_epr", truth, truth) == pytest.approx(1 / prevalence)


@pytest.mark.parametrize("seed", range(4))
def test_random_networks_score_chance_on_average(seed):
    rng = np.random.default_rng(seed)
    truth, _ = draw(seed, n=9)
    pairs = candidates(truth, truth)
    drawn = [network(rng.random((9, 9))) for _ in range(60)]
    for name in ("network_auroc", "network_epr", "network_early_precision"):
        chance = METRICS[name].chance
        chance = pairs.is_edge.mean() if chance == "prevalence" else chance
        mean = np.mean([value(name, truth, answer) for answer in drawn])
        assert mean == pytest.approx(chance, rel=0.25)


def test_the_trapezoid_pays_for_saying_nothing_and_average_precision_does_not():
    truth, _ = draw(3)
    empty = network(np.zeros((7, 7)))
    prevalence = candidates(truth, empty).is_edge.mean()
    assert value("network_auprc", truth, empty) == pytest.approx(prevalence)
    trapezoid = value("network_auprc[trapezoid]", truth, empty)
    assert trapezoid == pytest.approx((1 + prevalence) / 2)


def test_without_edges_of_a_sign_its_ratio_is_undefined():
    truth = network([[0, 1, 0], [0, 0, 1], [0, 0, 0]])
    assert np.isnan(value("network_epr[inhibition]", truth, truth))
    assert value("network_epr[activation]", truth, truth) == 3.0


@given(SEEDS)
def test_borda_is_the_mean_of_ranks_whatever_the_units(seed):
    rng = np.random.default_rng(seed)
    A, B = rng.random((5, 5)), rng.random((5, 5))
    names = [f"g{i}" for i in range(5)]
    order = rng.permutation(5)
    combined = borda([network(A), network(1e4 * B[order][:, order], np.array(names)[order])])
    pairs = list(permutations(range(5), 2))
    rank = {p: sum(sum(M[q] <= M[p] for q in pairs) for M in (A, B)) / 2 for p in pairs}  # no ties
    low, high = min(rank.values()), max(rank.values())
    expected = [(rank[p] - low) / max(high - low, 1e-300) for p in pairs]
    found = combined.A.toarray()
    np.testing.assert_allclose([found[p] for p in pairs], expected, atol=1e-12)


def test_borda_keeps_the_sign_of_the_majority_and_leaves_absent_pairs_absent():
    positive = network([[0, 2, 0], [0, 0, -1], [0, 0, 0]])
    negative = network([[0, -1, 0], [0, 0, -1], [0, 0, 0]])
    combined = borda([positive, positive, negative], name="crowd")
    A = combined.A.toarray()
    assert (A[0, 1] > 0, A[1, 2] < 0, combined.name) == (True, True, "crowd")
    assert combined.A.nnz == 2
    one = borda([positive])
    assert np.abs(one.A.toarray()).max() == 1.0
    with pytest.raises(BadMapping, match="no network"):
        borda([])
