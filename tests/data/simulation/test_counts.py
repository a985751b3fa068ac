"""Cells: guides that fail, library sizes, dispersion and batches."""

from __future__ import annotations

import numpy as np
import pytest

from foretell.data.simulate import Screen, Simulation, simulate


def rows_of(s: Simulation, label: str, context: str) -> np.ndarray:
    obs = s.adata.obs
    return np.flatnonzero((obs.perturbation == label) & (obs.cell_type == context))


def pseudobulk(s: Simulation, rows: np.ndarray) -> np.ndarray:
    """log1p of counts per 10,000 of the pooled cells, (n_genes,)."""
    total = np.asarray(s.adata.X[rows].sum(axis=0)).ravel()
    return np.log1p(total / total.sum() * 1e4)


def test_guide_failure_attenuates_the_mean_effect() -> None:
    screen = Screen(
        n_perturbations=30,
        n_combinations=0,
        n_genes=80,
        n_contexts=1,
        kind="activation",
        cells_per_condition=150,
        controls_per_context=1500,
        stress_share=0,
        batch_size=0,
        guide_failure=0.4,
        seed=8,
    )
    s = simulate(screen)
    gene = {name: i for i, name in enumerate(s.truth.genes)}
    X, obs = s.adata.X.toarray(), s.adata.obs
    control = X[rows_of(s, "control", "context1")].mean(axis=0)
    seen, working = [], []
    for label in s.truth.perturbations.perturbation:
        rows, g = rows_of(s, label, "context1"), gene[label]
        seen.append(X[rows, g].mean() / control[g] - 1)
        working.append(X[rows[obs.is_effective.to_numpy()[rows]], g].mean() / control[g] - 1)
    assert np.sum(seen) / np.sum(working) == pytest.approx(0.6, abs=0.06)
    assert obs.is_effective[obs.perturbation != "control"].mean() == pytest.approx(0.6, abs=0.06)
    efficacy = s.truth.guides.efficacy[s.truth.guides.perturbation != "control"]
    assert efficacy.std() > 0.05


def test_library_size_dispersion_and_batches_match_the_specification() -> None:
    s = simulate(
        Screen.noise_only(
            n_perturbations=2,
            n_combinations=0,
            n_genes=100,
            n_contexts=1,
            controls_per_context=4000,
            library_size=5000,
            library_spread=0.3,
            dispersion=0.3,
            n_batches=1,
            batch_size=0,
        )
    )
    X = s.adata.X[rows_of(s, "control", "context1")].toarray()
    total = X.sum(axis=1)
    assert np.median(total) == pytest.approx(5000, rel=0.03)
    m = X.mean(axis=0)
    # With size factors s of unit mean: var = m + m^2 (alpha E[s^2] + var(s)).
    second = np.exp(0.3**2)
    spread = (X.var(axis=0) - m) / m**2
    alpha = (spread - (second - 1)) / second
    assert np.median(alpha[m > 5]) == pytest.approx(0.3, abs=0.05)
    np.testing.assert_allclose(m / m.sum(), np.exp(s.truth.baseline[0]) / 1e4, rtol=0.12, atol=2e-4)


def test_batches_move_genes_by_the_stated_amount() -> None:
    s = simulate(
        Screen.noise_only(
            n_perturbations=2,
            n_combinations=0,
            n_genes=100,
            n_contexts=1,
            controls_per_context=3000,
            library_size=20_000,
            batch_size=0.5,
        )
    )
    rows = [np.flatnonzero(s.adata.obs.batch == f"batch{b}") for b in (1, 2)]
    seen = pseudobulk(s, rows[1]) - pseudobulk(s, rows[0])
    told = s.truth.batch_effects[1] - s.truth.batch_effects[0]
    assert np.corrcoef(seen, told)[0, 1] > 0.95
    assert s.truth.batch_effects.std() == pytest.approx(0.5, rel=0.2)
