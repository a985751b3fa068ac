"""Score: a prediction made elsewhere, judged against a real screen by our own rules.

The real observations of every condition are divided in random halves: one is the truth, the other
the ceiling, as in a study. What cannot be as in a study is said of every number: nobody knows
which controls the prediction has seen, so that both sides share them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from foretell.bench.score_answers import crossed, evaluate, not_applicable
from foretell.bench.score_board import make_board
from foretell.bench.score_matched import Matched, match
from foretell.bench.score_scorer import AnswerOf, Same, Scores
from foretell.bench.score_truth import Measured, Policy, measure
from foretell.core.dataset import Dataset
from foretell.core.errors import EmptySplit, shorten
from foretell.core.metric import Metric
from foretell.core.profiles import Profiles
from foretell.core.registry import find
from foretell.data.readers.predictions.outside import Outside

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["METRICS", "ORACLE", "ScoredPrediction", "measure_truth", "score_against"]

METRICS = (
    "pearson_delta",
    "pearson_delta_perturbed",
    "mse",
    "mae",
    "pds_cosine",
    "de_overlap",
    "de_auprc[abs_lfc]",
)
ORACLE = "mean of the other test conditions (sees test truths)"
REFERENCES = ("floor", "ceiling", "oracle", "crossed_floor", "crossed_ceiling")


@dataclass(frozen=True, eq=False)
class ScoredPrediction:
    """What is said of a prediction.

    Parameters
    ----------
    table : one row per condition and metric: value, floor, ceiling, oracle, the first three with
        divided controls (``crossed``, ``crossed_floor``, ``crossed_ceiling``), number of halves,
        status (``ok``, ``missing``, ``n/a``), reason and expected inflation.
    board : one row per metric, see `foretell.bench.score_board`.
    notes : what was done to bring the prediction and the truth together.
    floor : what the floor is, in words.
    about : halves, seed, policy, scale, numbers; plain values.
    """

    table: pd.DataFrame
    board: pd.DataFrame
    notes: tuple[str, ...]
    floor: str
    about: dict[str, Any]


def measure_truth(
    real: Dataset,
    train: Profiles | None = None,
    *,
    halves: int = 20,
    policy: Policy = "mask",
    seed: int = 0,
) -> tuple[Measured, ...]:
    """Measure all perturbed conditions of a real screen that are not training conditions.

    Raises
    ------
    EmptySplit
        If none is left.
    """
    seen = set() if train is None else set(train.conditions)
    conditions = [c for c in real.perturbed if c not in seen]
    if not conditions:
        raise EmptySplit(
            f"every condition of '{real.name}' is a training condition",
            "give a real file that holds others",
        )
    if train is not None:
        train = _on_genes(train, real.genes)
    return tuple(measure(real, conditions, train, halves=halves, policy=policy, seed=seed))


def _on_genes(train: Profiles, genes: np.ndarray) -> Profiles:
    """Bring training profiles onto the real genes; what they lack is not known."""
    from dataclasses import replace

    if np.array_equal(train.genes, genes):
        return train
    place = {gene: i for i, gene in enumerate(train.genes)}
    at = np.array([place.get(gene, -1) for gene in genes])
    if (at < 0).mean() > 0.5:
        raise EmptySplit(
            f"the training file shares {int((at >= 0).sum())} of {len(genes)} genes with the real "
            f"one (such as {shorten(train.genes[:3])})",
            "name genes alike in both files",
        )
    known = at >= 0
    at = np.maximum(at, 0)
    return replace(
        train,
        Y=np.where(known, train.Y[:, at], np.nan),
        control=np.where(known, train.control[:, at], np.nan),
        genes=genes,
    )


def score_against(
    truth: Sequence[Measured],
    outside: Outside,
    *,
    metrics: Sequence[str] = METRICS,
    normalise: bool = False,
    predicted_controls: bool = False,
    references: dict[str, Scores] | None = None,
    seed: int = 0,
) -> ScoredPrediction:
    """Score a prediction against a truth that was measured before.

    Parameters
    ----------
    truth : of `measure_truth`, one per context.
    metrics : names, or patterns such as ``de_*``.
    normalise : convert predicted counts to the scale of the truth.
    predicted_controls : let predicted shifts subtract the predicted controls.
    references : scores of floor, ceiling and oracle by context, which do not depend on the
        prediction; filled in where it lacks them.
    """
    import pandas as pd

    chosen = _metrics(metrics)
    references = {} if references is None else references
    parts, notes = [], []
    for held in truth:
        matched = match(
            outside,
            held.conditions,
            held.genes,
            held.scale,
            held.mapping,
            held.floor,
            normalise=normalise,
        )
        notes += [note for note in matched.notes if note not in notes]
        parts += _rows(held, matched, chosen, references, predicted_controls)
    table = pd.DataFrame(parts)
    first = truth[0]
    about = {
        "halves": first.n_halves,
        "crossed_halves": len(first.halves),
        "scale": str(first.scale),
        "seed": seed,
        "layout": outside.layout,
        "n_genes": len(first.genes),
        "n_conditions": sum(len(held.conditions) for held in truth),
        "n_controls": {str(held.context): held.control.n for held in truth},
        "controls": "predicted" if predicted_controls else "measured, shared",
    }
    floor = "no change" if first.train is None else f"mean of {len(first.train)} training shifts"
    return ScoredPrediction(table, make_board(table, chosen, seed), tuple(notes), floor, about)


def _metrics(names: Sequence[str]) -> list[Metric]:
    from fnmatch import fnmatchcase

    known = find("metrics")
    found: dict[str, Metric] = {}
    for name in names:
        pattern = name.replace("[", "[[]")
        hits = [n for n in known.names if fnmatchcase(n, pattern)] if "*" in name else []
        for hit in hits or [name]:
            found[hit] = known[hit]
    return list(found.values())


def _rows(
    held: Measured,
    matched: Matched,
    metrics: Sequence[Metric],
    references: dict[str, Scores],
    predicted_controls: bool,
) -> list[dict[str, Any]]:
    """Rows of the table for one context."""
    reasons = {m.name: not_applicable(m, held) for m in metrics}
    known = references.setdefault(str(held.context), {})
    lacking = [m for m in metrics if m.name not in known.get("floor", {})]
    control = matched.control if predicted_controls else None
    answers = {"value": Same(matched.mean)} | (_references(held) if lacking else {})
    asked = {label: metrics if label == "value" else lacking for label in answers}
    scores = evaluate(held, answers, asked, reasons, control=control, few=frozenset({"oracle"}))
    divided = _divided(held, matched, metrics, lacking, reasons) if not predicted_controls else {}
    for label in REFERENCES:
        known.setdefault(label, {}).update((scores | divided).get(label, {}))
    columns = {"value": scores["value"], "crossed": divided.get("crossed", {})}
    columns |= {label: known[label] for label in REFERENCES}
    means = {
        label: {name: _mean(values) for name, values in by_metric.items()}
        for label, by_metric in columns.items()
    }
    return [
        row
        for m in metrics
        for row in _of_metric(held, matched, m, means, scores["value"][m.name], reasons[m.name])
    ]


def _divided(
    held: Measured,
    matched: Matched,
    metrics: Sequence[Metric],
    lacking: Sequence[Metric],
    reasons: dict[str, np.ndarray],
) -> Scores:
    """Scores with divided controls, of the prediction and of references that are not known."""
    answers: dict[str, AnswerOf] = {"crossed": Same(matched.mean)}
    if lacking:
        shape = held.moments.mean.shape
        answers["crossed_floor"] = lambda half, rows: np.broadcast_to(
            held.divided_floor(half), shape
        )[rows]
        answers["crossed_ceiling"] = held.moments.other
    asked = {label: metrics if label == "crossed" else lacking for label in answers}
    return crossed(held, answers, asked, reasons)


def _references(held: Measured) -> dict[str, AnswerOf]:
    """Floor, duplicate, and the mean of the other test conditions."""
    floor = np.broadcast_to(held.floor, held.moments.mean.shape)
    return {
        "floor": Same(floor),
        "ceiling": held.moments.other,
        "oracle": Same(held.oracle),
    }


def _mean(values: np.ndarray) -> np.ndarray:
    """(m,) mean over the halves with a value."""
    count = np.isfinite(values).sum(axis=0)
    total = np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0).sum(axis=0)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def _of_metric(
    held: Measured,
    matched: Matched,
    metric: Metric,
    means: dict[str, dict[str, np.ndarray]],
    values: np.ndarray,
    reasons: np.ndarray,
) -> list[dict[str, Any]]:
    nothing = np.full(len(held.conditions), np.nan)
    columns = {label: by_metric.get(metric.name, nothing) for label, by_metric in means.items()}
    shares = metric.refers_to == "control" and held.control.n > 0
    n = np.isfinite(values).sum(axis=0)
    rows = []
    for i, condition in enumerate(held.conditions):
        reason = str(reasons[i]) or ("" if n[i] else "undefined in every half")
        status = "n/a" if reason else "missing" if matched.is_missing[i] else "ok"
        rows.append(
            {
                "condition": held.labels[i],
                "context": str(held.context),
                "cluster": "+".join(condition.perturbation.targets),
                "metric": metric.name,
                **{label: float(column[i]) for label, column in columns.items()},
                "n": int(n[i]),
                "n_obs": int(held.moments.n[i]),
                "status": status,
                "reason": reason,
                "shared_control": shares,
                "inflation": float(held.inflation[i]) if shares else 0.0,
            }
        )
    return rows
