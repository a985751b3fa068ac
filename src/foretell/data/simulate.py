"""Screens with known truth: simulate a perturbation screen in memory or straight to disk."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from foretell.core.interrupts import deferred_interrupts
from foretell.data.simulation.annotation import CellLog, annotate_genes, describe
from foretell.data.simulation.counts import CellBlock, draw_cells
from foretell.data.simulation.h5ad import create_h5ad, write_annotation, write_counts
from foretell.data.simulation.screen import Screen
from foretell.data.simulation.truth import GroundTruth, draw_truth

if TYPE_CHECKING:
    from anndata import AnnData
    from scipy.sparse import csr_matrix

__all__ = ["GroundTruth", "Screen", "Simulation", "simulate", "simulate_to_disk"]


@dataclass(frozen=True, eq=False)
class Simulation:
    """A simulated screen.

    Attributes
    ----------
    screen
        The specification.
    adata
        Counts (CSR, float32); `obs` holds `perturbation` (`control`, `G0012`, `G0012+G0345`),
        `cell_type` (the context), `batch`, `guide` and `is_effective` (truth: all guides of the
        cell work; False for controls); `var` holds `is_regulator`.
    truth
        What is true about it.
    """

    screen: Screen
    adata: AnnData
    truth: GroundTruth


def simulate(screen: Screen) -> Simulation:
    """Simulate a screen in memory.

    A perturbation moves its target; the move spreads through a sparse signed network to the
    steady state, saturating on the way; some perturbations trigger a common stress response and
    some pairs interact. Cells differ by guide (which may fail), batch and library size, and counts
    are gamma-Poisson. The equations stand at `foretell.data.simulation.effects.Circuit`:

        X[i, g] ~ NB(mean = L_i exp(baseline + shift + batch)[g] / 10,000, dispersion alpha)

    with L_i lognormal around `library_size`. Good up to some 100,000 cells; beyond that use
    `simulate_to_disk`, which gives the same cells.

    Parameters
    ----------
    screen
        The specification, seed included.

    Returns
    -------
    Simulation
        Equal for equal specifications. O(cells x genes) time.

    Raises
    ------
    ValueError
        Where effects lie beyond any real expression, which only linear screens reach.

    Examples
    --------
    >>> s = simulate(Screen(n_perturbations=4, n_combinations=1, n_genes=30, n_regulators=5))
    >>> s.adata.n_vars, len(s.truth.conditions), sorted(s.adata.obs.columns)[:2]
    (30, 10, ['batch', 'cell_type'])
    """
    from anndata import AnnData

    truth, plan = draw_truth(screen)
    log = CellLog(plan)
    X = _stack(_noting(log, draw_cells(screen, plan, truth)), screen.n_genes)
    adata = AnnData(X, obs=log.tabulate(), var=annotate_genes(truth), uns=describe(screen))
    return Simulation(screen, adata, truth)


def simulate_to_disk(screen: Screen, path: str | Path, *, chunk: int = 10_000) -> GroundTruth:
    """Simulate a screen into an h5ad file, with bounded memory.

    Memory is that of the truth (4 bytes per condition and gene) and of `chunk` cells. The file
    appears under its name when it is complete; an older one is replaced.

    Parameters
    ----------
    screen
        The specification, seed included.
    path
        File to write, in a folder that exists.
    chunk
        Cells per write, 1 or more; rounded up to whole blocks of at most 512 cells. It does not
        change the content.

    Returns
    -------
    GroundTruth
        The same as `simulate(screen).truth`; the file holds the same cells.

    Raises
    ------
    ValueError
        Where `chunk` is below 1, or effects lie beyond any real expression.
    FileNotFoundError
        Where the folder does not exist.
    """
    path = Path(path)
    if chunk < 1:
        raise ValueError(f"chunk={chunk} is not allowed; give a whole number from 1 (cells)")
    if not path.parent.is_dir():
        raise FileNotFoundError(f"there is no folder {path.parent} to write {path.name} into")
    truth, plan = draw_truth(screen)
    log = CellLog(plan)
    with deferred_interrupts() as let_through, create_h5ad(path) as file:
        cells = _pausing(_noting(log, draw_cells(screen, plan, truth)), let_through)
        write_counts(file, cells, screen.n_genes, chunk)
        write_annotation(file, obs=log.tabulate(), var=annotate_genes(truth), uns=describe(screen))
    return truth


def _noting(log: CellLog, blocks: Iterator[CellBlock]) -> Iterator[CellBlock]:
    """Pass blocks on and note their cells on the way."""
    for block in blocks:
        log.add(block)
        yield block


def _pausing(blocks: Iterator[CellBlock], let_through: Callable[[], None]) -> Iterator[CellBlock]:
    """Pass blocks on; an interrupt comes through between two of them, never inside HDF5."""
    for block in blocks:
        let_through()
        yield block


def _stack(blocks: Iterator[CellBlock], n_genes: int) -> csr_matrix:
    """Stack blocks of cells into one CSR matrix, (n_cells, n_genes)."""
    from scipy.sparse import csr_matrix

    pieces = [(block.data, block.indices, block.lengths) for block in blocks]
    data, indices, lengths = (np.concatenate(column) for column in zip(*pieces, strict=True))
    indptr = np.concatenate([[0], np.cumsum(lengths)])
    return csr_matrix((data, indices, indptr), shape=(lengths.size, n_genes))
