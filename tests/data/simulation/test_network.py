"""The network: sparse, signed, stable, and different between contexts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from foretell.data.simulate import Screen, simulate

SMALL = Screen(
    n_perturbations=12,
    n_combinations=6,
    n_genes=60,
    n_regulators=15,
    density=0.15,
    cells_per_condition=15,
    controls_per_context=60,
    seed=7,
)


@pytest.mark.parametrize("density", [0.02, 0.3])
def test_the_network_is_sparse_signed_and_stable(density: float) -> None:
    screen = Screen(density=density, cells_per_condition=2, spectral_radius=0.8, edge_weight=1.0)
    for A in simulate(screen).truth.networks:
        assert A.nnz == pytest.approx(density * 60 * 300, rel=0.15)
        assert np.abs(np.linalg.eigvals(np.abs(A.toarray()))).max() <= 0.8 + 1e-6
        assert not A.diagonal().any()
        assert 0.2 < (A.data > 0).mean() < 0.9
        out_degree = np.diff(A.indptr)
        assert (out_degree > 0).sum() == 60
        assert out_degree.max() > 3 * np.median(out_degree[out_degree > 0])


def test_contexts_differ_as_much_as_asked() -> None:
    same_cells = simulate(replace(SMALL, context_difference=0)).truth
    assert np.array_equal(same_cells.baseline[0], same_cells.baseline[1])
    assert (same_cells.networks[0] != same_cells.networks[1]).nnz == 0
    other = simulate(replace(SMALL, n_genes=500, context_difference=0.5)).truth
    assert np.corrcoef(other.baseline)[0, 1] == pytest.approx(0.75, abs=0.1)
    shared = other.networks[0].astype(bool).multiply(other.networks[1].astype(bool)).nnz
    # A quarter of the edges is kept by both; hubs meet on some more by chance.
    assert 0.2 < shared / other.networks[0].nnz < 0.45
