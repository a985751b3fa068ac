"""Truths: small arrays with a known answer, on which metrics are examined."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np

from foretell.core.gene_tests import GeneTests
from foretell.core.metric import Answer, Metric, Truth
from foretell.core.population import Population
from foretell.stats.gene_tests import gene_tests
from foretell.stats.multiplicity import benjamini_hochberg

__all__ = [
    "MASKED",
    "calibrated",
    "chance_of",
    "example_for",
    "example_truth",
    "noisy",
    "perfect",
    "redrawn",
    "shifted",
    "take",
]

T = TypeVar("T", Truth, Answer)

MASKED = 3  # the first genes, which never count
N_CELLS, N_CONTROLS, AXES = 40, 60, 5
PER_CONDITION = (
    *("mean", "mask", "variance", "detected", "n_obs", "own", "parts", "part_shifts"),
    *("lower", "upper", "sd", "calls", "confidence"),
)
PER_GENE = (
    *("mean", "control", "reference", "mask", "variance", "detected", "control_variance", "pool"),
    *("pool_mask", "train", "parts", "part_shifts", "gene_sets", "lower", "upper", "sd", "calls"),
)
POPULATIONS = ("cells", "panel")
LEVEL, Z = 0.9, 1.6448536269514722


def example_truth(n: int = 8, g: int = 40) -> Truth:
    """Return n conditions and g genes, a third of which respond clearly in each condition.

    All genes vary alike between cells, so that the genes that differ are those that moved most.
    The first genes are masked; further conditions compete in retrieval. Every condition is a
    combination, whose parts add up to a little less than its shift.
    """
    rng = np.random.default_rng(7)
    control = rng.uniform(0.5, 2.0, size=g)
    S = rng.normal(0.0, 0.03, size=(n + 4, g))
    S += (
        rng.choice([-1.0, 1.0], size=S.shape)
        * rng.uniform(0.3, 1.0, size=S.shape)
        * (rng.random(S.shape) < 1 / 3)
    )
    counted = np.arange(g) >= MASKED
    share = rng.uniform(0.2, 0.8, size=(n, 2, 1)) * (1.0 + rng.normal(0, 0.3, size=(n, 2, g)))
    part_shifts = share * S[:n, None]
    truth = Truth(
        mean=control + S[:n],
        control=control,
        reference=control + S.mean(axis=0),
        mask=np.tile(counted, (n, 1)),
        n_obs=np.full(n, 50),
        variance=np.full((n, g), 0.1),
        detected=rng.uniform(0.1, 0.9, size=(n, g)),
        control_variance=np.full(g, 0.1),
        control_n=100,
        pool=S,
        own=np.arange(n),
        pool_mask=counted,
        train=S[n:] + rng.normal(0.0, 0.1, size=(4, g)),
        parts=part_shifts.sum(axis=1),
        part_shifts=part_shifts,
        gene_sets=rng.random((6, g)) < 0.3,
        phenotypes=np.arange(n + 4) % 3,
    )
    return _with_tests(_with_cells(truth, rng))


def _with_tests(truth: Truth) -> Truth:
    variance, control_variance = truth.variance, truth.control_variance
    assert variance is not None
    assert control_variance is not None
    tests = gene_tests(
        truth.mean,
        variance,
        truth.n_obs,
        truth.control,
        control_variance,
        truth.control_n,
        truth.mask,
    )
    return replace(truth, tests=tests)


def _with_cells(truth: Truth, rng: np.random.Generator, *, exact: bool = True) -> Truth:
    """Add cells on a panel and in mixed axes; their means are the profiles, exactly or on average.

    Exact cells are of one sample only: their means vary less than those of a population do.
    """
    n, g = truth.mean.shape
    columns = np.flatnonzero(truth.mask.all(axis=0))
    noise = rng.normal(0.0, 0.3, size=(n, N_CELLS, g))
    spread = rng.normal(0.0, 0.3, size=(N_CONTROLS, g))
    if exact:
        noise -= noise.mean(axis=1, keepdims=True)
        spread -= spread.mean(axis=0)
    X = (truth.mean[:, None] + noise).reshape(n * N_CELLS, g)
    control = truth.control + spread
    panel = Population(
        X[:, columns], np.repeat(np.arange(n), N_CELLS), control[:, columns], columns
    )
    return replace(truth, panel=panel, cells=_mixed(panel))


def redrawn(truth: Truth, rng: np.random.Generator) -> Truth:
    """Return the same conditions with fresh cells of the same populations."""
    return _with_cells(truth, rng, exact=False)


def _mixed(panel: Population) -> Population:
    """Return the panel in a few axes that are mixtures of its genes."""
    W = np.random.default_rng(3).normal(size=(panel.X.shape[1], AXES)) / np.sqrt(panel.X.shape[1])
    assert panel.columns is not None
    W = W[np.argsort(np.argsort(panel.columns))]
    return Population(panel.X @ W, panel.row, panel.control @ W, None, panel.sampled)


def example_for(metric: Metric) -> Truth:
    """Return an example of what a metric is defined for.

    Values; labels of change; or conditions whose shifts are close within a phenotype.
    """
    truth = example_truth()
    if truth.pool is None or truth.phenotypes is None:
        return truth
    zero, n = np.zeros(truth.mean.shape[1]), len(truth.mean)
    if "labels" in metric.needs:
        labels = np.where(np.abs(truth.pool) > 0.2, np.sign(truth.pool), 0.0)
        return replace(truth, mean=labels[:n], control=zero, reference=zero, pool=labels)
    if "phenotypes" in metric.needs:
        pool = truth.pool[truth.phenotypes] + 0.1 * truth.pool
        return replace(truth, mean=truth.control + pool[:n], pool=pool)
    return truth


def chance_of(metric: Metric, truth: Truth) -> np.ndarray | float | None:
    """Return the chance level of every condition, or None where there is none."""
    if not isinstance(metric.chance, str):
        return None if metric.chance is None else float(metric.chance)
    if metric.chance == "pool_share":
        m = 0 if truth.pool is None else len(truth.pool)
        ranks = np.arange(1, m + 1)
        known = {"top1": 1.0 * (ranks <= 1), "top5": 1.0 * (ranks <= 5), "mrr": 1.0 / ranks}
        return next(float(v.mean()) for end, v in known.items() if metric.name.endswith(end))
    if "gene_sets" in metric.needs and truth.gene_sets is not None:
        n_sets = (truth.mask.astype(int) @ truth.gene_sets.T >= 3).sum(axis=1)
        return np.asarray(np.ceil(0.1 * n_sets - 1e-9) / n_sets)
    if truth.tests is None:
        return None
    differs = (truth.tests.called & truth.mask).sum(axis=1)
    if metric.chance == "top_share":
        differs = np.minimum(differs, int(re.sub(r"\D", "", metric.name)))
    return np.asarray(differs / truth.mask.sum(axis=1))


def perfect(truth: Truth, half: float = 0.05) -> Answer:
    """Return the answer whose shift is the true shift, with the true cells and narrow intervals.

    `half` : half the width of the intervals.
    """
    called = None if truth.tests is None else truth.tests.called
    return Answer(
        truth.mean.copy(),
        truth.control.copy(),
        truth.reference.copy(),
        pool=None if truth.pool is None else truth.pool[truth.own],
        own=np.arange(len(truth.mean)),
        variance=None if truth.variance is None else truth.variance.copy(),
        detected=None if truth.detected is None else truth.detected.copy(),
        tests=truth.tests,
        cells=truth.cells,
        panel=truth.panel,
        lower=truth.mean - half,
        upper=truth.mean + half,
        coverage=LEVEL,
        sd=np.full(truth.mean.shape, half / Z),
        calls=called,
        call_fdr=0.05,
        confidence=np.arange(len(truth.mean), dtype=float),
    )


def calibrated(truth: Truth, rng: np.random.Generator, sd: float = 0.1) -> Answer:
    """Return an answer that errs by as much as it says: normal errors of its own `sd`."""
    mean = truth.mean + rng.normal(0.0, sd, size=truth.mean.shape)
    own: dict[str, Any] = {"mean": mean, "lower": mean - Z * sd, "upper": mean + Z * sd}
    return replace(perfect(truth), **own, sd=np.full(mean.shape, sd))


def shifted(truth: Truth, shift: np.ndarray | float) -> Answer:
    """Return the answer of a given shift; both sides refer to the control, whose cells move."""
    whole = np.broadcast_to(np.asarray(shift, float), truth.mean.shape)
    mean = truth.control + whole
    panel = None
    if truth.panel is not None:
        columns = truth.panel.columns
        assert columns is not None
        moved = truth.panel.control[None] + whole[:, None, columns]
        k = len(truth.panel.control)
        panel = Population(
            moved.reshape(-1, len(columns)),
            np.repeat(np.arange(len(mean)), k),
            truth.panel.control,
            columns,
            sampled=False,
        )
    return replace(
        perfect(truth),
        mean=mean,
        control=truth.control.copy(),
        reference=truth.control.copy(),
        pool=whole.copy(),
        panel=panel,
        cells=None if panel is None else _mixed(panel),
        lower=mean - 0.5,
        upper=mean + 0.5,
        sd=np.full(mean.shape, 0.5 / Z),
        calls=np.zeros(mean.shape, dtype=bool),
        confidence=np.zeros(len(mean)),
        tests=_tests_of(truth, np.zeros(mean.shape)),
    )


def _tests_of(truth: Truth, statistic: np.ndarray) -> GeneTests | None:
    """Return tests with a given statistic, which is normal where nothing differs."""
    from scipy.special import ndtr

    if truth.tests is None:
        return None
    p = np.where(truth.mask, 2.0 * ndtr(-np.abs(statistic)), np.nan)
    return replace(truth.tests, statistic=statistic, p=p, q=benjamini_hochberg(p, axis=1))


def noisy(answer: Answer, size: float, rng: np.random.Generator) -> Answer:
    """Return the answer with normal noise on every value, cells included.

    The noise has the given size on average, less where the answer is confident. Calls are flipped,
    tests and spreads moved, intervals widened or given up, and confidences shuffled in proportion.
    """
    uncertain = np.linspace(1.5, 0.5, len(answer.mean))[:, None]
    noise = rng.normal(0.0, size, size=answer.mean.shape) * uncertain
    moved: dict[str, Any] = {"mean": answer.mean + noise}
    if answer.pool is not None and answer.own is not None:
        pool = answer.pool.copy()
        pool[answer.own] += noise
        moved["pool"] = pool
    if answer.panel is not None:
        panel = answer.panel
        moved["panel"] = replace(panel, X=panel.X + noise[:, panel.columns][panel.row])
        moved["cells"] = _mixed(moved["panel"])
    bands = _moved_bands(answer, noise, size)
    return replace(answer, **moved, **bands, **_moved_extras(answer, noise, size, rng))


def _moved_bands(answer: Answer, noise: np.ndarray, size: float) -> dict[str, Any]:
    """Move intervals with the noise, widen them, and give some up."""
    given_up = np.random.default_rng(0).random(noise.shape) < size / 10
    signs = {"lower": -1.0, "upper": 1.0}
    bounds = {name: getattr(answer, name) for name in signs}
    return {
        name: np.where(given_up, signs[name] * np.inf, bound + noise + signs[name] * size / 2)
        for name, bound in bounds.items()
        if bound is not None
    }


def _moved_extras(
    answer: Answer, noise: np.ndarray, size: float, rng: np.random.Generator
) -> dict[str, Any]:
    """Flip calls, move tests and spreads, shuffle confidences."""
    from scipy.special import ndtr

    found: dict[str, Any] = {}
    if not size:
        return found
    if answer.calls is not None:
        found["calls"] = answer.calls ^ (rng.random(noise.shape) < min(size, 1.0) / 2)
    if answer.tests is not None:
        statistic = answer.tests.statistic + rng.normal(0.0, 3.0 * size, size=noise.shape)
        p = 2.0 * ndtr(-np.abs(statistic))
        q = benjamini_hochberg(p, axis=1)
        found["tests"] = replace(answer.tests, statistic=statistic, p=p, q=q)
    if answer.variance is not None:
        found["variance"] = answer.variance * np.exp(noise)
    if answer.detected is not None:
        found["detected"] = np.clip(answer.detected + noise / 3, 0.0, 1.0)
    if answer.confidence is not None:
        by = size**2 * len(answer.confidence)
        found["confidence"] = answer.confidence + by * rng.normal(size=answer.confidence.shape)
    return found


def take(value: T, *, conditions: np.ndarray | None = None, genes: np.ndarray | None = None) -> T:
    """Return some conditions or genes, in the order asked for; pools are kept.

    The cells in mixed axes stay as they are when genes are taken: their axes were fitted before.
    """
    parts = dict(vars(value))
    for name, given in parts.items():
        parts[name] = _taken(name, given, conditions, genes)
    return type(value)(**parts)


def _taken(name: str, value: Any, conditions: np.ndarray | None, genes: np.ndarray | None) -> Any:
    if value is None:
        return None
    if name in POPULATIONS:
        value = value if conditions is None else value.select(conditions)
        return value if genes is None or value.columns is None else _regened(value, genes)
    if name == "tests":
        arrays = {
            part: _sliced(getattr(value, part), conditions, genes)
            for part in ("statistic", "p", "q", "lfc")
        }
        return replace(value, **arrays)
    by_row = conditions if name in PER_CONDITION else None
    return _sliced(value, by_row, genes if name in PER_GENE else None)


def _sliced(array: Any, conditions: np.ndarray | None, genes: np.ndarray | None) -> Any:
    array = array if conditions is None else array[conditions]
    return array if genes is None else array[..., genes]


def _regened(population: Population, genes: np.ndarray) -> Population:
    """Name the columns of a panel by the new positions of its genes; leave out those not taken."""
    assert population.columns is not None
    place = {int(gene): i for i, gene in enumerate(genes)}
    kept = [i for i, column in enumerate(population.columns) if int(column) in place]
    columns = np.array([place[int(population.columns[i])] for i in kept], dtype=np.int64)
    order = np.argsort(columns)
    at = np.asarray(kept, dtype=np.int64)[order]
    return replace(
        population,
        X=population.X[:, at],
        control=population.control[:, at],
        columns=columns[order],
    )
