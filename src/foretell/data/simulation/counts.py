"""Cells of a simulated screen: guides that work or fail, library sizes, and count noise."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from foretell.data.simulation.expression import TOTAL
from foretell.data.simulation.plan import Plan
from foretell.data.simulation.screen import Screen
from foretell.data.simulation.streams import stream
from foretell.data.simulation.truth import GroundTruth

__all__ = ["CELLS_PER_BLOCK", "CellBlock", "draw_cells"]

CELLS_PER_BLOCK = 512
FEWEST_CELLS = 2


@dataclass(frozen=True, eq=False)
class CellBlock:
    """Cells of one condition, at most `CELLS_PER_BLOCK`.

    Attributes
    ----------
    data, indices, lengths
        Counts row by row: non-zero values (float32), their gene (int32), and how many per cell.
    context, perturbation, batch
        (n,) int32 positions in the plan's lists; perturbation -1 = control.
    guides
        (n, 2) int32 rows of the table of guides; -1 = no second guide.
    is_effective
        (n,) whether all guides of the cell work; False for controls.
    """

    data: np.ndarray
    indices: np.ndarray
    lengths: np.ndarray
    context: np.ndarray
    perturbation: np.ndarray
    batch: np.ndarray
    guides: np.ndarray
    is_effective: np.ndarray

    def __len__(self) -> int:
        return self.lengths.size


def draw_cells(screen: Screen, plan: Plan, truth: GroundTruth) -> Iterator[CellBlock]:
    """Draw the cells of the screen, block after block.

    The order is by context, controls first. Every block draws from a stream named by its
    condition, so that neither the number of other conditions nor the reader's pace matters.
    """
    for context in range(screen.n_contexts):
        for perturbation in range(-1, len(plan.labels)):
            source = _Condition(screen, plan, truth, context, perturbation)
            n_cells = source.draw_size()
            for block, start in enumerate(range(0, n_cells, CELLS_PER_BLOCK)):
                yield source.draw_block(block, min(CELLS_PER_BLOCK, n_cells - start))


@dataclass(frozen=True, eq=False)
class _Condition:
    """One condition as a source of cells."""

    screen: Screen
    plan: Plan
    truth: GroundTruth
    context: int
    perturbation: int

    @property
    def parts(self) -> np.ndarray:
        """Positions of the single perturbations of this condition, (0 to 2,)."""
        if self.perturbation < 0:
            return np.empty(0, dtype=np.int64)
        parts = self.plan.parts[self.perturbation]
        return parts[parts >= 0]

    def stream(self, name: str, *numbers: int) -> np.random.Generator:
        targets = map(int, self.plan.targets[self.parts])
        return stream(self.screen.seed, name, self.context, self.parts.size, *targets, *numbers)

    def draw_size(self) -> int:
        """Draw the number of cells: lognormal around the mean, exact for controls."""
        if self.perturbation < 0:
            return self.screen.controls_per_context
        sd = self.screen.cells_spread
        factor = np.exp(self.stream("sizes").normal(-(sd**2) / 2, sd))
        return max(FEWEST_CELLS, round(self.screen.cells_per_condition * float(factor)))

    def draw_block(self, block: int, n: int) -> CellBlock:
        """Draw n cells."""
        rng = self.stream("cells", block)
        guides, works = self._draw_guides(rng, n)
        batch = rng.integers(0, self.screen.n_batches, n, dtype=np.int32)
        counts = rng.poisson(self._draw_rates(rng, works, batch))
        cells, genes = np.nonzero(counts)
        return CellBlock(
            data=counts[cells, genes].astype(np.float32),
            indices=genes.astype(np.int32),
            lengths=np.count_nonzero(counts, axis=1),
            context=np.full(n, self.context, dtype=np.int32),
            perturbation=np.full(n, self.perturbation, dtype=np.int32),
            batch=batch,
            guides=guides,
            is_effective=np.logical_and(works.all(axis=1), self.perturbation >= 0),
        )

    def _draw_guides(self, rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
        """Draw guides (n, 2), and whether each of the parts' guides works, (n, n_parts)."""
        parts, n_guides = self.parts, self.screen.guides_per_target
        chosen = rng.integers(0, n_guides, (n, max(1, parts.size)))
        rows = np.full((n, 2), -1, dtype=np.int32)
        # Guides of the control come first in the table.
        owners = parts + 1 if parts.size else np.zeros(1, dtype=np.int64)
        rows[:, : owners.size] = owners * n_guides + chosen
        efficacy = self.plan.efficacy[parts, chosen[:, : parts.size]]
        return rows, rng.random((n, parts.size)) < efficacy

    def _draw_rates(
        self, rng: np.random.Generator, works: np.ndarray, batch: np.ndarray
    ) -> np.ndarray:
        """Draw gamma-distributed Poisson rates, (n, n_genes)."""
        screen = self.screen
        states = self._expression_by_state()
        state = works @ np.array([1, 2])[: works.shape[1]]
        sizes = np.exp(rng.normal(np.log(screen.library_size), screen.library_spread, batch.size))
        mu = states[state] * np.exp(self.truth.batch_effects)[batch]
        mu *= (sizes / TOTAL)[:, None]
        if screen.dispersion > 0:
            alpha = screen.dispersion
            mu *= alpha * rng.standard_gamma(1 / alpha, mu.shape)
        return mu

    def _expression_by_state(self) -> np.ndarray:
        """Return expected expression per set of working guides, (2 ** n_parts, n_genes).

        Row 0: none works; 1: the first; 2: the second; 3: both. Not in log units.
        """
        offset = self.context * len(self.plan.labels)
        shift = np.zeros((2**self.parts.size, self.screen.n_genes))
        for k, part in enumerate(self.parts):
            shift[2**k] = self.truth.shift[offset + part]
        if self.parts.size:
            shift[-1] = self.truth.shift[offset + self.perturbation]
        return np.exp(self.truth.baseline[self.context] + shift)
