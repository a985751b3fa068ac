"""Network metrics: a network, inferred or prior, against a reference.

Candidates are all ordered pairs of two different genes of the reference: its `nodes`, which are the
genes that have an edge where it was read from an edge list. Self-loops do not count on either side.
A gene that the answer lacks has no edges there; genes that only the answer has are left out. An
absent edge scores 0, a present one its absolute weight, unless signs are asked for.

`NETWORK_METRICS` lists what is here; every score is an array of one number.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

import numpy as np

from foretell.core.errors import BadMapping
from foretell.core.metric import Metric, ScoreFunction, metric
from foretell.core.network import Network
from foretell.stats.edges import (
    borda_points,
    early_precision,
    edge_jaccard,
    precision_recall_trapezoid,
    top_edges,
)
from foretell.stats.ranking import auroc_rows, average_precision_rows

__all__ = ["NETWORK_METRICS", "Candidates", "borda", "candidates"]


@dataclass(frozen=True, eq=False)
class Candidates:
    """All ordered pairs of different reference genes.

    Parameters
    ----------
    truth : (n,) weight in the reference; 0 = no edge.
    answer : (n,) weight in the answer; 0 = no edge, or a gene that it lacks.
    """

    truth: np.ndarray
    answer: np.ndarray

    @property
    def is_edge(self) -> np.ndarray:
        """(n,) True for edges of the reference."""
        return np.asarray(self.truth != 0)

    @property
    def size(self) -> np.ndarray:
        """(n,) absolute weight in the answer."""
        return np.asarray(np.abs(self.answer))

    def of_sign(self, sign: int, signed: bool) -> tuple[np.ndarray, np.ndarray]:
        """Return labels and scores for finding the edges of one sign.

        Signed, an answer is proposed with its own sign, and edges of the other sign are wrong.
        Not signed, absolute weights are ranked and edges of the other sign are left out.
        """
        is_edge = np.sign(self.truth) == sign
        if signed:
            return is_edge, np.maximum(sign * self.answer, 0.0)
        kept = is_edge | (self.truth == 0)
        return is_edge[kept], self.size[kept]


def candidates(truth: Network, answer: Network) -> Candidates:
    """Look all candidate edges up in both networks, by the names of their genes."""
    n = len(truth.nodes)
    place = {str(name): i for i, name in enumerate(answer.nodes)}
    at = np.array([place.get(str(name), -1) for name in truth.nodes], dtype=np.int64)
    known = np.flatnonzero(at >= 0)
    found = np.zeros((n, n))
    part = answer.A[at[known]][:, at[known]]
    found[np.ix_(known, known)] = part.toarray() if hasattr(part, "toarray") else part
    reference = truth.A.toarray() if hasattr(truth.A, "toarray") else np.asarray(truth.A)
    apart = ~np.eye(n, dtype=bool)
    return Candidates(reference[apart].astype(np.float64), found[apart])


def borda(networks: Sequence[Network], name: str = "borda") -> Network:
    """Combine several networks into one by the mean ranks of their edges.

    Genes are those of all networks together; every ordered pair is ranked in every network by its
    absolute weight, absent edges last together. The weight is the mean rank, stretched to 0 ... 1;
    its sign is that of the networks' signed points together. Pairs that no network has stay absent.

    Parameters
    ----------
    networks : one at least.
    name : of the combined network.

    Notes
    -----
    Dense over genes: O(n_networks n_genes^2) memory. Source: marbach2012, pratapa2020.
    """
    import scipy.sparse as sp

    if not networks:
        raise BadMapping("there is no network to combine", "give one at least")
    nodes = np.unique(np.concatenate([np.asarray(n.nodes).astype(str) for n in networks]))
    everything = Network(sp.csr_array((len(nodes), len(nodes))), nodes)
    weights = np.array([candidates(everything, network).answer for network in networks])
    points = borda_points(np.abs(weights))
    own = np.array([borda_points(np.abs(row)) for row in weights])
    sign = np.where((np.sign(weights) * own).sum(axis=0) < 0, -1.0, 1.0)
    present = (weights != 0).any(axis=0)
    A = np.zeros((len(nodes), len(nodes)))
    A[~np.eye(len(nodes), dtype=bool)] = np.where(present, sign * points, 0.0)
    return Network(sp.csr_array(A), nodes, name=name)


def _auprc(pairs: Candidates) -> float:
    return float(average_precision_rows(pairs.is_edge[None], pairs.size[None])[0])


def _trapezoid(pairs: Candidates) -> float:
    return precision_recall_trapezoid(pairs.is_edge, pairs.size)


def _auroc(pairs: Candidates) -> float:
    return float(auroc_rows(pairs.is_edge[None], pairs.size[None])[0])


def _precision(pairs: Candidates) -> float:
    return early_precision(pairs.is_edge, pairs.size).precision


def _ratio(pairs: Candidates) -> float:
    return early_precision(pairs.is_edge, pairs.size).ratio


def _signed_ratio(pairs: Candidates, sign: int, signed: bool) -> float:
    return early_precision(*pairs.of_sign(sign, signed)).ratio


def _jaccard(pairs: Candidates) -> float:
    is_edge = pairs.is_edge
    return edge_jaccard(is_edge, top_edges(pairs.size, int(is_edge.sum())))


def _spearman(pairs: Candidates) -> float:
    from scipy.stats import rankdata

    if np.ptp(pairs.truth) == 0 or len(pairs.truth) < 2:
        return float("nan")
    if np.ptp(pairs.answer) == 0:
        return 0.0  # says nothing: chance by definition
    return float(np.corrcoef(rankdata(pairs.truth), rankdata(pairs.answer))[0, 1])


def _score(of: Callable[[Candidates], float]) -> ScoreFunction:
    """Make a score of (reference, answer); NaN where no pair, or every pair, is an edge."""

    def score(truth: Any, answer: Any) -> np.ndarray:
        pairs = candidates(truth, answer)
        if not pairs.is_edge.any() or pairs.is_edge.all():
            return np.array([np.nan])
        return np.array([of(pairs)])

    return cast(ScoreFunction, score)


def _declare(
    name: str, of: Callable[[Candidates], float], doc: str, formula: str, **record: Any
) -> Metric:
    score = _score(of)
    score.__doc__ = doc
    known: dict[str, Any] = {"higher_is_better": True, "best": 1.0, "reference": "pratapa2020"}
    known |= {"level": "network", "refers_to": "nothing", "whole": True}
    return metric(name=name, formula=formula, **known | record)(score)


# What a perfect network scores depends on the reference: 1 / prevalence, without an upper limit.
_OF_SIGN = "early precision for {} edges over their share of the candidates; {}"
_BLIND = "absolute weights are ranked, and reference edges of the other sign are left out"
_SEES = "only answers of that sign are proposed, and reference edges of the other sign are wrong"

NETWORK_METRICS: tuple[Metric, ...] = (
    _declare(
        "network_auprc",
        _auprc,
        "Average precision of edges, ranked by absolute weight; equal weights pass together.",
        "sum over thresholds on |weight| of (recall gained) x (precision there)",
        chance="prevalence",
    ),
    _declare(
        "network_auprc[trapezoid]",
        _trapezoid,
        "Area under straight lines between points of the precision-recall curve; optimistic.",
        "trapezoid rule over (recall, precision), from (0, 1) on",
        chance=None,
        is_calibrated=False,
        used_by="BEELINE, sklearn auc(recall, precision)",
    ),
    _declare(
        "network_auroc",
        _auroc,
        "Chance that an edge of the reference has a larger |weight| than another pair.",
        "area under the ROC curve over all ordered pairs, ties by half",
        chance=0.5,
        used_by="BEELINE AUROC",
    ),
    _declare(
        "network_early_precision",
        _precision,
        "Precision among the k strongest edges, k = edges of the reference, ties taken along.",
        "share of reference edges among the k largest |weight| and their ties",
        chance="prevalence",
        used_by="BEELINE early precision",
    ),
    _declare(
        "network_epr",
        _ratio,
        "Early precision ratio: how many times better than chance the strongest edges are.",
        "early precision / (reference edges / ordered pairs)",
        chance=1.0,
        best=float("inf"),
        used_by="BEELINE EPR",
    ),
    *(
        _declare(
            f"network_epr[{word}{'' if signed else ', absolute'}]",
            partial(_signed_ratio, sign=sign, signed=signed),
            f"Early precision ratio of {word} edges alone.",
            _OF_SIGN.format(word, _SEES if signed else _BLIND),
            chance=1.0,
            best=float("inf"),
            used_by="" if signed else "BEELINE signed early precision, as a ratio",
        )
        for word, sign in (("activation", 1), ("inhibition", -1))
        for signed in (True, False)
    ),
    _declare(
        "network_jaccard",
        _jaccard,
        "Share of edges in common of the reference and the answer's k strongest.",
        "|common| / |either|, of the reference's k edges and the k largest |weight| with ties",
        chance=None,
        used_by="BEELINE Jaccard, between runs of one method",
    ),
    _declare(
        "network_spearman",
        _spearman,
        "Rank correlation of signed weights over all ordered pairs; absent edges are 0.",
        "Spearman correlation of A_ij in both networks, ties at mid-rank",
        chance=0.0,
        used_by="BEELINE Spearman, between runs of one method, on |weight|",
    ),
)
