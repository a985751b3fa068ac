"""Gaming screen: a small simulated screen with every part that a metric may need, and contestants.

Conditions share a response, belong to programmes, and have effects of their own; the truth is half
of the cells, and the controls are halved between truth and model, as in a study.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from foretell.core.metric import Answer, Metric, Truth
from foretell.core.population import Population
from foretell.stats.gene_tests import gene_tests

__all__ = ["Screen", "Submission", "screen"]

CONDITIONS, TRAINED, GENES, PROGRAMMES, SETS = 24, 24, 160, 4, 15
CELLS, CONTROLS, AXES, SPREAD = 40, 80, 6, 0.3
SD, Z = 0.1, 1.6448536269514722


@dataclass(frozen=True, eq=False)
class Submission:
    """What a contestant hands in.

    Parameters
    ----------
    shift : (n, g) predicted shifts; NaN rows where no number was given.
    spread : standard deviation of its cells, in units of that of the data.
    everything : True to call every gene differential, with certainty.
    missing : (n,) True for conditions that it leaves out.
    """

    shift: np.ndarray
    spread: float = 1.0
    everything: bool = False
    missing: np.ndarray | None = None


@dataclass(frozen=True, eq=False)
class Screen:
    """A truth, and what contestants start from.

    Parameters
    ----------
    truth : what is measured.
    labels : the same as signs of change, for metrics that are defined for these only.
    control : (g,) mean of the model half of the controls.
    resampled : (n, g) shifts that are means of resampled controls.
    noise : (n * cells, g) residuals of sampled cells.
    axes : (d, k) mixtures of genes that make the principal components.
    """

    truth: Truth
    labels: Truth
    control: np.ndarray
    resampled: np.ndarray
    noise: np.ndarray
    axes: np.ndarray

    @property
    def n(self) -> int:
        """Number of conditions."""
        return len(self.truth.mean)

    @property
    def training_mean(self) -> np.ndarray:
        """(n, g) shift of the floor: the mean shift of the training conditions."""
        assert self.truth.train is not None
        return np.tile(self.truth.train.mean(axis=0), (self.n, 1))

    def truth_for(self, metric: Metric) -> Truth:
        """Return the truth in the form that a metric is defined for."""
        return self.labels if "labels" in metric.needs else self.truth

    def answer(self, given: Submission) -> Answer:
        """Return what metrics see of a submission; controls are the bench's, never its own."""
        mean = self.control + given.shift
        panel = self._cells(mean, given.spread)
        residual = (given.spread * self.noise).reshape(self.n, CELLS, -1)
        variance = residual.var(axis=1, ddof=1)
        tests = gene_tests(
            np.nan_to_num(mean),
            variance,
            np.full(self.n, CELLS),
            self.control,
            np.full(GENES, SPREAD**2),
            CONTROLS,
            self.truth.mask,
        )
        if given.everything:
            sure = np.zeros_like(mean)
            tests = replace(tests, statistic=np.where(given.shift < 0, -50.0, 50.0), p=sure, q=sure)
        return Answer(
            mean=mean,
            control=self.control,
            reference=self.control + self.training_mean[0],
            pool=given.shift,
            own=np.arange(self.n),
            variance=variance,
            detected=(mean[:, None] + residual > 1.0).mean(axis=1),
            tests=tests,
            cells=Population(panel.X @ self.axes, panel.row, panel.control @ self.axes),
            panel=panel,
            lower=mean - Z * SD,
            upper=mean + Z * SD,
            coverage=0.9,
            sd=np.full(mean.shape, SD),
            calls=tests.called & np.isfinite(mean),
            call_fdr=0.05,
            confidence=-np.linalg.norm(np.nan_to_num(given.shift), axis=1),
        )

    def _cells(self, mean: np.ndarray, spread: float) -> Population:
        assert self.truth.panel is not None
        columns, control = self.truth.panel.columns, self.truth.panel.control
        row = np.repeat(np.arange(self.n), CELLS)
        X = mean[:, columns][row] + spread * self.noise[:, columns]
        assert columns is not None
        return Population(X, row, control - control.mean(axis=0) + self.control[columns], columns)


def screen(seed: int) -> Screen:
    """Simulate a screen."""
    rng = np.random.default_rng([20, seed])
    effect, programme = _effects(rng, CONDITIONS + TRAINED)
    base = rng.uniform(0.5, 2.0, size=GENES)
    shape = (CONDITIONS, CELLS, GENES)
    cells = base + effect[:CONDITIONS, None] + SPREAD * rng.standard_normal(shape)
    mean, error = cells.mean(axis=1), SPREAD / np.sqrt(CELLS)
    controls = base + SPREAD * rng.standard_normal((2, CONTROLS, GENES))
    true_control, model_control = controls.mean(axis=1)
    variance, control_variance = cells.var(axis=1, ddof=1), controls[0].var(axis=0, ddof=1)
    train = (
        base + effect[CONDITIONS:] + error * rng.standard_normal((TRAINED, GENES)) - model_control
    )
    mask = np.ones((CONDITIONS, GENES), dtype=bool)
    mask[np.arange(CONDITIONS), rng.permutation(GENES)[:CONDITIONS]] = False
    truth = Truth(
        mean=mean,
        control=true_control,
        reference=model_control + train.mean(axis=0),
        mask=mask,
        n_obs=np.full(CONDITIONS, CELLS),
        variance=variance,
        detected=(cells > 1.0).mean(axis=1),
        control_variance=control_variance,
        control_n=CONTROLS,
        pool=mean - true_control,
        own=np.arange(CONDITIONS),
        pool_mask=np.asarray(mask.all(axis=0)),
        train=train,
        gene_sets=rng.random((SETS, GENES)) < 0.15,
        phenotypes=programme[:CONDITIONS],
        **_parts(rng, mean - true_control),
    )
    tests = gene_tests(mean, variance, truth.n_obs, true_control, control_variance, CONTROLS, mask)
    truth = replace(truth, tests=tests)
    columns = np.flatnonzero(mask.all(axis=0))
    axes = rng.standard_normal((len(columns), AXES)) / np.sqrt(len(columns))
    row = np.repeat(np.arange(CONDITIONS), CELLS)
    panel = Population(cells.reshape(-1, GENES)[:, columns], row, controls[0][:, columns], columns)
    mixed = Population(panel.X @ axes, row, panel.control @ axes)
    picked = rng.integers(0, CONTROLS, (CONDITIONS, CELLS))
    return Screen(
        truth=replace(truth, panel=panel, cells=mixed),
        labels=_signs(truth),
        control=model_control,
        resampled=controls[1][picked].mean(axis=1) - model_control,
        noise=SPREAD * rng.standard_normal((CONDITIONS * CELLS, GENES)),
        axes=axes,
    )


def _effects(rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
    """(n, g) true effects of n conditions, and (n,) the programme that each belongs to."""

    def sparse(rows: int, share: float, size: float) -> np.ndarray:
        moved = rng.random((rows, GENES)) < share
        return size * moved * rng.choice([-1.0, 1.0], (rows, GENES)) * rng.uniform(0.5, 1.5, GENES)

    programme = np.arange(n) % PROGRAMMES
    strength = rng.uniform(0.6, 1.4, size=(n, 1))
    shared, group, own = sparse(1, 0.1, 0.4), sparse(PROGRAMMES, 0.1, 0.4), sparse(n, 0.08, 0.3)
    return strength * (shared + group[programme] + own), programme


def _parts(rng: np.random.Generator, shift: np.ndarray) -> dict[str, Any]:
    """Shifts of two parts, which add up to the combination but for interactions and noise."""
    share = rng.uniform(0.2, 0.8, size=(len(shift), 1, GENES))
    total = rng.choice([0.6, 1.0, 1.6], size=(len(shift), 1, 1))
    noise = rng.normal(0.0, 0.03, size=(len(shift), 2, GENES))
    part_shifts = total * np.concatenate([share, 1 - share], axis=1) * shift[:, None] + noise
    return {"parts": part_shifts.sum(axis=1), "part_shifts": part_shifts}


def _signs(truth: Truth) -> Truth:
    """Return the truth as signs of change, whose control is 0."""
    assert truth.pool is not None
    signs = np.where(np.abs(truth.pool) > 0.2, np.sign(truth.pool), 0.0)
    nothing = np.zeros(GENES)
    return replace(
        truth, mean=signs[: len(truth.mean)], control=nothing, reference=nothing, pool=signs
    )
