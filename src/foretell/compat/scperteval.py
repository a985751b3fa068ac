"""scPertEval 0.2.0: every protocol that needs no optimal transport, as score, DRF and BDS.

What it does, and where the native definition differs:

- Scores and calibration are apart, at different depth: `score` takes all cells as the truth,
  `calibrate` one half of them, of one split with one seed. Native: both on the same 20 halves.
- The all-perturbed mean averages the *other test truths*: an oracle that no model can be.
  Native: the mean of the training perturbations; the oracle is a marked row.
- Top genes and differential genes come from a Welch test against a sample of all other perturbed
  cells, the predicted ones too. Variances are E x^2 - (E x)^2 in the width of the data.
- Panels of a perturbation's own genes make the rows of a table incomparable; nothing targeted is
  left out anywhere; perturbations below 30 cells are dropped. A protocol on differential genes is
  refused as a whole where one perturbation has none: it stands in `left_out`.
- `rank`, `transpose_rank`: Euclid on raw profiles, 0 = best; ties are broken by seeded noise.
- DRF divides by (neg - perfect) + 1e-6, which is not free of scale, and is clipped to [-1, 1]; BDS
  counts NaN as a loss.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from foretell.compat import scperteval_metrics as m
from foretell.compat.inputs import cells_of
from foretell.compat.scores import CompatScores, tidy
from foretell.compat.scperteval_data import Screened
from foretell.core.errors import BadMapping, UnknownName, did_you_mean, shorten

__all__ = ["NAME", "PROTOCOLS", "VERSION", "Protocol", "calibrate", "score"]

NAME, VERSION = "scPertEval", "0.2.0"
TOP, PADJ, EXPRESSED = 50, 0.05, 1000
LEFT_OUT = (("sinkhorn_w2_*", "needs the optimal transport library it is defined by"),)

Pairwise = Callable[[np.ndarray, np.ndarray], float]


@dataclass(frozen=True)
class Protocol:
    """One row of its table.

    Parameters
    ----------
    name : as it prints it, with the value of its parameter.
    metric : of two arrays; of profiles and weights where `exponent` is given.
    on : ``profile``, ``cells``, ``test`` or ``rank``.
    centre : source that both profiles subtract, or empty.
    panel : ``top``, ``degs``, ``heg``, ``pca`` or empty.
    exponent : of the weights; 0 = none.
    positive, negative : sources of the controls.
    perfect : best value; higher is better where it is 1.
    """

    name: str
    metric: Any
    on: str = "profile"
    centre: str = ""
    panel: str = ""
    exponent: float = 0.0
    positive: str = "interpolated"
    negative: str = "all_perturbed_mean"
    perfect: float = 1.0


CONTROL, PERTURBED = "control_mean", "all_perturbed_mean"
_Pert = partial(Protocol, centre=PERTURBED, negative=CONTROL)
_Ctrl = partial(Protocol, centre=CONTROL)
_Cells = partial(Protocol, on="cells", positive="second", negative="all_perturbed", perfect=0.0)
_Test = partial(Protocol, on="test", positive="second", negative="all_perturbed")
_Rank = partial(Protocol, on="rank", negative="global_mean", perfect=0.0)


def _mse(truth: np.ndarray, answer: np.ndarray) -> float:
    return float(np.mean((truth - answer) ** 2))


def _l2(truth: np.ndarray, answer: np.ndarray) -> float:
    return float(np.sqrt(np.sum((truth - answer) ** 2)))


def _centred() -> Iterable[Protocol]:
    """Correlations and R2, from the control and from the perturbed mean, on each panel."""
    for mark, made in (("ctrl", _Ctrl), ("pert", _Pert)):
        for name, metric, weighted in (
            ("pearson", m.pearson, m.weighted_pearson),
            ("r2", m.r2, m.weighted_r2),
        ):
            yield made(f"{name}_{mark}", metric)
            yield made(f"{name}_{mark}_top_k={TOP}", metric, panel="top")
            yield made(f"{name}_{mark}_degs_padj={PADJ}", metric, panel="degs")
            yield made(f"weighted_{name}_{mark}_exp2", weighted, exponent=2.0)


PROTOCOLS = (
    Protocol("pearson", m.pearson),
    Protocol("mse", _mse, perfect=0.0),
    *(Protocol(f"wmse_exp{e}", m.weighted_mse, exponent=float(e), perfect=0.0) for e in (1, 2, 4)),
    Protocol(f"mse_top_k={TOP}", _mse, panel="top", perfect=0.0),
    Protocol(f"mse_degs_padj={PADJ}", _mse, panel="degs", perfect=0.0),
    *_centred(),
    Protocol(f"pearson_heg_k={EXPRESSED}", m.pearson, panel="heg"),
    _Ctrl(f"pearson_ctrl_heg_k={EXPRESSED}", m.pearson, panel="heg"),
    Protocol(f"l2_heg_k={EXPRESSED}", _l2, panel="heg", perfect=0.0),
    _Rank("rank", partial(m.ranks, of_answers=False)),
    _Rank("transpose_rank", partial(m.ranks, of_answers=True)),
    _Rank("nir", lambda G, P: 1.0 - m.ranks(G, P, of_answers=True), perfect=1.0),
    *(_Cells(f"unbiased_mmd_median_{p}_k={TOP}", m.mmd, panel=p) for p in ("top", "pca")),
    *(_Cells(f"energy_distance_{p}_k={TOP}", m.energy, panel=p) for p in ("top", "pca")),
    _Test("de_auprc", m.auprc),
    _Test("de_auroc", m.auroc),
    _Test(f"de_overlap_k={TOP}", partial(m.overlap, k=TOP)),
)


class _NothingSelected(Exception):
    """A panel without genes, for which the peer refuses a whole protocol."""


def score(
    real: Any,
    pred: Any,
    *,
    perturbation: str = "perturbation",
    control: str = "control",
    protocols: Sequence[str] = (),
    min_cells: int = 30,
    subsample: int = 8192,
    seed: int = 42,
) -> CompatScores:
    """Score a prediction as ``scperteval score`` does, by protocol and perturbation.

    Parameters
    ----------
    real, pred : AnnData-like; the same genes in any order.
    perturbation, control : column and label of the controls; `pred` needs no controls.
    protocols : names, or the beginnings of names; all where empty.
    min_cells, subsample, seed : its own settings, with its defaults.

    Returns
    -------
    CompatScores
        With the statistics ``mean`` and ``median``, NaN left out.
    """
    cells = cells_of(real, perturbation, control)
    held = Screened(cells, "all", _predicted(pred, cells, perturbation), seed, min_cells, subsample)
    missing = [n for n in held.names if not (held.pred and len(held.pred.rows(n)))]
    if missing:
        raise UnknownName(
            f"{NAME} needs predicted cells of every perturbation; none of {shorten(missing)}",
            "add them, or leave these perturbations out of the real file",
        )
    return _run(held, _chosen(protocols), ("prediction",), "score")


def calibrate(
    real: Any,
    *,
    perturbation: str = "perturbation",
    control: str = "control",
    protocols: Sequence[str] = (),
    calibrator: str = "drf",
    min_cells: int = 30,
    subsample: int = 8192,
    seed: int = 42,
) -> CompatScores:
    """Calibrate protocols as ``scperteval calibrate`` does: ``drf`` or ``bds``."""
    if calibrator not in ("drf", "bds"):
        raise UnknownName(
            f"there is no calibrator '{calibrator}'", did_you_mean(calibrator, ("drf", "bds"))
        )
    cells = cells_of(real, perturbation, control)
    held = Screened(cells, "first", None, seed, min_cells, subsample)
    return _run(held, _chosen(protocols), ("positive", "negative"), calibrator)


def _predicted(pred: Any, real: Any, perturbation: str) -> Any:
    """Read the predicted cells in the order of the real genes; no controls are needed."""
    if perturbation not in pred.obs.columns:
        way_out = did_you_mean(perturbation, pred.obs.columns)
        raise BadMapping(f"there is no column '{perturbation}' in the prediction's obs", way_out)
    first = str(np.asarray(pred.obs[perturbation]).astype(str)[0])
    cells = cells_of(pred, perturbation, first)
    place = {gene: i for i, gene in enumerate(cells.genes)}
    other = set(place) ^ set(real.genes)
    if other:
        raise BadMapping(
            f"{NAME} needs the same genes on both sides; they differ: {shorten(sorted(other))}",
            "leave the others out",
        )
    return cells.with_values(cells.X[:, [place[gene] for gene in real.genes]])


def _chosen(names: Sequence[str]) -> list[Protocol]:
    chosen = [p for p in PROTOCOLS if not names or p.name in names or p.name.split("=")[0] in names]
    if not chosen:
        way_out = did_you_mean(names[0], [p.name for p in PROTOCOLS])
        raise UnknownName(f"there is no protocol '{names[0]}'", way_out)
    return chosen


def _run(
    held: Screened, protocols: list[Protocol], roles: tuple[str, ...], kind: str
) -> CompatScores:
    values: dict[str, dict[str, float]] = {}
    refused: list[tuple[str, str]] = []
    for protocol in protocols:
        try:
            raw = {role: _values(held, protocol, _source(protocol, role)) for role in roles}
        except _NothingSelected as error:
            refused.append((protocol.name, str(error)))
            continue
        values[protocol.name] = {
            name: _combined(kind, [raw[role][i] for role in roles], protocol.perfect)
            for i, name in enumerate(held.names)
        }
    middles = (
        (("bds", np.nanmean),)
        if kind == "bds"
        else (("mean", np.nanmean), ("median", np.nanmedian))
    )
    statistics = [
        (name, statistic, float(of(list(by_label.values()))))
        for name, by_label in values.items()
        for statistic, of in middles
        if not np.isnan(list(by_label.values())).all()
    ]
    return tidy(f"{NAME} {VERSION} {kind}", values, statistics, (*LEFT_OUT, *refused))


def _source(protocol: Protocol, role: str) -> str:
    return role if role == "prediction" else str(getattr(protocol, role))


def _combined(kind: str, values: list[float], perfect: float) -> float:
    if kind == "score":
        return values[0]
    positive, negative = values
    higher = perfect == 1.0
    if kind == "bds":
        return float(positive > negative if higher else positive < negative)
    beyond = negative > perfect if higher else negative < perfect
    if not np.isfinite(negative) or beyond:
        return float("nan")
    sign = 1.0 if higher else -1.0
    gain, whole = sign * (positive - negative), sign * (perfect - negative)
    return float(np.clip(gain / (whole + 1e-6), -1.0, 1.0))


def _values(held: Screened, protocol: Protocol, source: str) -> list[float]:
    """Value of every perturbation, for one source in the place of the answer."""
    if protocol.on == "rank":
        truths = np.vstack([held.profile(held.truth, name) for name in held.names])
        answers = np.vstack([held.profile(source, name) for name in held.names])
        return list(map(float, protocol.metric(truths, answers)))
    one = {"profile": _of_profiles, "cells": _of_cells, "test": _of_tests}[protocol.on]
    return [one(held, protocol, source, name) for name in held.names]


def _of_profiles(held: Screened, protocol: Protocol, source: str, name: str) -> float:
    genes = _panel(held, protocol, name)
    centre = held.profile(protocol.centre, name) if protocol.centre else 0.0
    truth = (held.profile(held.truth, name) - centre)[genes]
    answer = (held.profile(source, name) - centre)[genes]
    if protocol.exponent:
        w = m.weights(held.test(name, held.truth).t, protocol.exponent)
        return float(protocol.metric(truth, answer, w))
    return float(protocol.metric(truth, answer))


def _panel(held: Screened, protocol: Protocol, name: str) -> Any:
    if protocol.panel == "top":
        return held.top(name, TOP)
    if protocol.panel == "heg":
        return held.expressed(EXPRESSED)
    if protocol.panel == "degs":
        genes = held.differential(name, PADJ)
        if not len(genes):
            raise _NothingSelected(f"refused as a whole: no gene differs in {name}")
        return genes
    return slice(None)


def _of_cells(held: Screened, protocol: Protocol, source: str, name: str) -> float:
    sides = (held.points(side, name, protocol.panel, TOP) for side in (held.truth, source))
    return float(protocol.metric(*sides))


def _of_tests(held: Screened, protocol: Protocol, source: str, name: str) -> float:
    """Test the negative control against the controls, all others against all perturbed."""
    reference = "control" if source == "all_perturbed" else "all_perturbed"
    size = np.abs(held.test(name, source, reference).t)
    return float(protocol.metric(held.test(name, held.truth), size))
