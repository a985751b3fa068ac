"""Clauses for metrics of networks: a network against a reference, both of the type `Network`."""

from __future__ import annotations

import inspect
from dataclasses import replace
from typing import Any

import numpy as np

from foretell.contract.agreement import agree, changed, snapshot
from foretell.contract.errors import require
from foretell.contract.references import require_known
from foretell.core.metric import Metric
from foretell.core.network import Network

__all__ = [
    "check_empty_at_chance",
    "check_edge_order_irrelevant",
    "check_gene_order_irrelevant",
    "check_inputs_untouched",
    "check_missing_genes_as_absent_edges",
    "check_noise_from_improving",
    "check_perfect_at_best",
    "check_record_complete",
    "check_references",
    "check_self_loops_out",
    "check_strangers_out",
    "check_undefined_as_nan",
    "check_unit_irrelevant",
    "reference_network",
]

ROUNDING = 1e-12
N_GENES, DENSITY = 12, 0.25


def reference_network(seed: int = 0) -> Network:
    """Draw a signed network whose weights all differ; every gene has an edge."""
    rng = np.random.default_rng(seed)
    A = np.where(rng.random((N_GENES, N_GENES)) < DENSITY, rng.normal(size=(N_GENES, N_GENES)), 0.0)
    np.fill_diagonal(A, 0.0)
    A[np.arange(N_GENES), (np.arange(N_GENES) + 1) % N_GENES] = rng.normal(size=N_GENES)
    return _network(A, [f"G{i}" for i in range(N_GENES)])


def check_record_complete(metric: Metric) -> None:
    """Require formula, docstring, the level of networks, no needs, and a best beyond chance."""
    chance, is_number = metric.chance, isinstance(metric.chance, (int, float))
    wrong = {
        "formula": not metric.formula,
        "docstring": not inspect.getdoc(metric.score),
        "level ('network')": metric.level != "network",
        "needs (none: a network has no other parts)": bool(metric.needs),
        "best (a number, or inf where it is 1 / prevalence)": np.isnan(metric.best),
        "chance (a number, 'prevalence' or None)": not is_number
        and chance not in ("prevalence", None),
        "direction (best lies on the wrong side of chance)": is_number
        and (metric.best > float(chance or 0.0)) != metric.higher_is_better,
    }
    found = [what for what, is_wrong in wrong.items() if is_wrong]
    require(not found, f"the record needs {'; '.join(found)}", "see `foretell.core.metric.metric`")


def check_references(metric: Metric) -> None:
    """Require that the declared reference is in the bibliography."""
    require_known([metric.reference] if metric.reference else [])


def check_perfect_at_best(metric: Metric) -> None:
    """Require `best` for the reference itself; 1 / prevalence of what is looked for where inf."""
    truth = reference_network()
    score = _value(metric, truth, truth)
    holds = abs(score - metric.best) <= ROUNDING if np.isfinite(metric.best) else score > 1.0
    require(
        holds,
        f"{score:g} for the reference itself, best = {metric.best:g}",
        "declare the best value, or correct the formula",
    )


def check_empty_at_chance(metric: Metric) -> None:
    """Require exactly the chance level for a network without edges."""
    truth = reference_network()
    chance: Any = metric.chance
    if chance == "prevalence":
        chance = truth.A.nnz / (N_GENES * (N_GENES - 1))
    score = _value(metric, truth, _network(np.zeros((N_GENES, N_GENES)), truth.nodes))
    require(
        chance is None or abs(score - chance) <= ROUNDING,
        f"{score:g} for a network without edges, chance = {metric.chance}",
        "a network that says nothing scores chance by definition: treat it as a total tie",
    )


def check_gene_order_irrelevant(metric: Metric) -> None:
    """Require the same score with the genes of either network in another order."""
    truth, answer = _example()
    order = np.random.default_rng(2).permutation(N_GENES)
    for first, second in ((_turned(truth, order), answer), (truth, _turned(answer, order))):
        _require_same(metric, (truth, answer), (first, second), "with the genes in another order")


def check_edge_order_irrelevant(metric: Metric) -> None:
    """Require the same score whatever the order in which the edges are stored."""
    truth, answer = _example()
    again, ends = answer.A.copy(), answer.A.indptr
    for start, stop in zip(ends[:-1], ends[1:], strict=True):
        again.indices[start:stop] = answer.A.indices[start:stop][::-1]
        again.data[start:stop] = answer.A.data[start:stop][::-1]
    again.has_sorted_indices = False
    turned = replace(answer, A=again)
    _require_same(metric, (truth, answer), (truth, turned), "with the edges in another order")


def check_self_loops_out(metric: Metric) -> None:
    """Require the same score with self-loops in either network."""
    truth, answer = _example()
    looped = [_network(n.A.toarray() + 3.0 * np.eye(N_GENES), n.nodes) for n in (truth, answer)]
    for given in ((looped[0], answer), (truth, looped[1])):
        _require_same(metric, (truth, answer), given, "with self-loops")


def check_strangers_out(metric: Metric) -> None:
    """Require the same score with edges of genes that the reference does not have."""
    truth, answer = _example()
    A = np.full((N_GENES + 2, N_GENES + 2), 9.0)
    A[:N_GENES, :N_GENES] = answer.A.toarray()
    wider = _network(A, [*answer.nodes, "X1", "X2"])
    _require_same(metric, (truth, answer), (truth, wider), "with genes that are not in question")


def check_missing_genes_as_absent_edges(metric: Metric) -> None:
    """Require that a gene which the answer lacks counts as one without edges there."""
    truth, answer = _example()
    A = answer.A.toarray()
    A[[3, 7]], A[:, [3, 7]] = 0.0, 0.0
    kept = np.delete(np.arange(N_GENES), [3, 7])
    lacking = _network(A[np.ix_(kept, kept)], answer.nodes[kept])
    silent = _network(A, answer.nodes)
    _require_same(metric, (truth, silent), (truth, lacking), "where genes are missing")


def check_unit_irrelevant(metric: Metric) -> None:
    """Require the same score for weights in another unit: methods have none in common."""
    truth, answer = _example()
    scaled = _network(1e-3 * answer.A.toarray(), answer.nodes)
    _require_same(metric, (truth, answer), (truth, scaled), "with all weights a thousandth")


def check_noise_from_improving(metric: Metric) -> None:
    """Require that scores get worse, on average, the more noise is added to the reference."""
    truth, rng = reference_network(), np.random.default_rng(0)
    means = []
    for size in (0.0, 0.5, 20.0):
        drawn = [truth.A.toarray() + size * rng.normal(size=truth.A.shape) for _ in range(30)]
        means.append(
            float(np.mean([_value(metric, truth, _network(A, truth.nodes)) for A in drawn]))
        )
    falling = np.diff(means) * (1 if metric.higher_is_better else -1)
    require(
        (falling <= ROUNDING).all() and falling[-1] < 0,
        f"mean scores {[round(m, 3) for m in means]} with more and more noise",
        "the declared direction must agree with the formula",
    )


def check_undefined_as_nan(metric: Metric) -> None:
    """Require one number in every case, NaN where the reference has no edge or nothing else."""
    truth, answer = _example()
    none, every = np.zeros((N_GENES, N_GENES)), np.ones((N_GENES, N_GENES))
    for A, what in ((none, "no edge"), (every, "nothing but edges")):
        score = _value(metric, _network(A, truth.nodes), answer)
        require(
            np.isnan(score),
            f"{score:g} for a reference with {what}",
            "there is nothing to find, or nothing to confuse it with: return NaN",
        )


def check_inputs_untouched(metric: Metric) -> None:
    """Require that both networks stay as they were."""
    given = _example()
    before = snapshot(given)
    metric(*_any(given))
    found = changed(before, snapshot(given))
    require(not found, f"scoring changed {found} (0 = truth, 1 = answer)", "work on copies")


def _network(A: np.ndarray, nodes: Any) -> Network:
    import scipy.sparse as sp

    return Network(sp.csr_matrix(A), np.asarray(nodes, dtype=str))


def _example() -> tuple[Network, Network]:
    """Return a reference, and an answer that is partly right, with ties and absent edges."""
    truth, rng = reference_network(), np.random.default_rng(1)
    A = truth.A.toarray() + rng.normal(size=truth.A.shape)
    A[np.abs(A) < 0.4] = 0.0
    np.fill_diagonal(A, 0.0)
    return truth, _network(np.round(A, 1), truth.nodes)


def _turned(network: Network, order: np.ndarray) -> Network:
    return replace(network, A=network.A[order][:, order], nodes=network.nodes[order])


def _any(given: tuple[Network, Network]) -> tuple[Any, Any]:
    return given


def _value(metric: Metric, truth: Network, answer: Network) -> float:
    scores = metric(*_any((truth, answer)))
    require(scores.shape == (1,), f"scores of shape {scores.shape}", "return one number, (1,)")
    return float(scores[0])


def _require_same(
    metric: Metric, first: tuple[Network, Network], second: tuple[Network, Network], when: str
) -> None:
    a, b = _value(metric, *first), _value(metric, *second)
    require(
        agree(np.array([a]), np.array([b]), ROUNDING),
        f"{a:g} becomes {b:g} {when}",
        "look pairs of genes up by name, among the genes of the reference",
    )
