"""Dataset: observations under known conditions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from foretell.core.annotation import gene_names, read_components
from foretell.core.border import check_dataset, check_values, drop_small, matrix_of
from foretell.core.checks import check_unique
from foretell.core.context import Condition, Context
from foretell.core.errors import EmptySplit, UnknownName, shorten
from foretell.core.filter import Filter
from foretell.core.labels import read_conditions
from foretell.core.mapping import ColumnMapping
from foretell.core.matrix import BLOCK_BYTES, Matrix
from foretell.core.moments import GroupMoments
from foretell.core.perturbation import Perturbation, short_labels
from foretell.core.profiles import Profiles, profiles_of
from foretell.core.scale import Scale
from foretell.core.spec import describe, hash_text, spec_hash
from foretell.core.steps import Step

if TYPE_CHECKING:
    import pandas as pd
    from anndata import AnnData

__all__ = ["Dataset", "Provenance"]


@dataclass(frozen=True)
class Provenance:
    """Where data come from; shown in every report."""

    accession: str = ""
    checksum: str = ""
    licence: str = ""
    citation: str = ""


@dataclass(frozen=True, eq=False)
class Dataset:
    """Cells or samples under known conditions; wraps AnnData, in memory or on disk.

    Made by `from_anndata` (or ``foretell.load``), validated then, never changed after. The user's
    columns keep their names: `mapping` says which is what.

    Parameters
    ----------
    name : the file's stem; a subset never answers to the full set's name.
    matrix : (n_file_obs, n_file_genes) values as stored.
    rows : (n_obs,) sorted positions of this data set's observations in `matrix`.
    obs : the user's table, one row per row of `matrix`.
    file_genes : (n_file_genes,) names, before any selection.
    conditions : distinct conditions of the file.
    file_codes : (n_file_obs,) position of each observation's condition, -1 = dropped.
    steps : recorded steps, applied to every block that is read.
    components : table by target (gene id, SMILES, mechanism), or None.
    subset_of : name of the full data set, where this file is a part of one.
    dropped : counts of what was dropped at the border and by filters, by reason.
    filters : recorded choices of observations.
    """

    name: str
    mapping: ColumnMapping
    matrix: Matrix
    rows: np.ndarray
    obs: pd.DataFrame
    file_genes: np.ndarray
    conditions: tuple[Condition, ...]
    file_codes: np.ndarray
    steps: tuple[Step, ...] = ()
    species: str = ""
    provenance: Provenance = Provenance()
    components: pd.DataFrame | None = None
    subset_of: str = ""
    dropped: dict[str, int] = field(default_factory=dict)
    merged_labels: tuple[str, ...] = ()
    filters: tuple[Filter, ...] = ()
    file_hash: str = ""

    @classmethod
    def from_anndata(
        cls,
        adata: AnnData,
        mapping: ColumnMapping | None = None,
        *,
        name: str = "data",
        components: pd.DataFrame | None = None,
        **about: Any,
    ) -> Dataset:
        """Read conditions, check values and controls, and wrap; nothing is copied.

        Errors: `UnknownName` (column), `NoControl`, `TooFewCells`, `BadValues`.
        """
        mapping = mapping or ColumnMapping()
        check_unique(adata.var_names, "genes")
        check_unique(adata.obs_names, "observations")
        labelled = read_conditions(adata.obs, mapping)
        matrix = matrix_of(adata, mapping)
        codes, dropped = drop_small(labelled.codes, labelled.conditions, mapping)
        dropped = {"not kept": labelled.n_not_kept, "no call": labelled.n_no_call} | dropped
        if components is None:
            components = read_components(adata.obs, mapping, labelled.conditions, codes)
        dataset = cls(
            name=name,
            mapping=mapping,
            matrix=matrix,
            rows=np.flatnonzero(codes >= 0),
            obs=adata.obs,
            file_genes=gene_names(adata.var, mapping.gene_names),
            conditions=labelled.conditions,
            file_codes=codes,
            components=components,
            dropped={reason: count for reason, count in dropped.items() if count},
            merged_labels=labelled.merged,
            **about,
        )
        check_dataset(dataset)
        return dataset

    # --- what there is -------------------------------------------------------------------------

    @cached_property
    def _kept(self) -> np.ndarray | None:
        kept: np.ndarray | None = None
        genes = self.file_genes
        for step in self.steps:
            chosen = step.select(genes)
            if chosen is not None:
                genes = genes[chosen]
                kept = chosen if kept is None else kept[chosen]
        return kept

    @property
    def genes(self) -> np.ndarray:
        """(n_genes,) names after the steps."""
        return self.file_genes if self._kept is None else self.file_genes[self._kept]

    @property
    def scale(self) -> Scale:
        """Scale after the steps."""
        scale = Scale(self.mapping.scale)
        for step in self.steps:
            scale = step.rescale(scale)
        return scale

    @property
    def censored(self) -> bool:
        """True where only listed values were observed; the mapping says what the others are."""
        return self.mapping.censored is not None

    @property
    def n_obs(self) -> int:
        """Number of observations."""
        return len(self.rows)

    @property
    def codes(self) -> np.ndarray:
        """(n_obs,) position of each observation's condition in `conditions`."""
        codes: np.ndarray = self.file_codes[self.rows]
        return codes

    @cached_property
    def present(self) -> tuple[Condition, ...]:
        """Conditions with at least one observation here."""
        return tuple(self.conditions[i] for i in np.unique(self.codes))

    @cached_property
    def perturbed(self) -> tuple[Condition, ...]:
        """Conditions with at least one observation here, without the controls."""
        return tuple(c for c in self.present if not c.is_control)

    @cached_property
    def contexts(self) -> tuple[Context, ...]:
        """Contexts of the conditions present."""
        return tuple(sorted({c.context for c in self.present}, key=str))

    @cached_property
    def _labels(self) -> dict[Perturbation, str]:
        return short_labels(c.perturbation for c in self.conditions)

    def label(self, condition: Condition) -> str:
        """Spell a condition in the shortest form that is unique in the file."""
        perturbation = self._labels.get(condition.perturbation, str(condition.perturbation))
        return f"{perturbation} in {condition.context}{condition.after}"

    @cached_property
    def n_by_condition(self) -> dict[Condition, int]:
        """Observations per condition."""
        counts = np.bincount(self.codes, minlength=len(self.conditions))
        return {c: int(n) for c, n in zip(self.conditions, counts, strict=True) if n}

    @cached_property
    def block_codes(self) -> np.ndarray:
        """(n_obs,) code of the block (batch, plate, guide, ...) of each observation."""
        if not self.mapping.blocks:
            return np.zeros(self.n_obs, dtype=np.int64)
        frame = self.obs.iloc[self.rows][list(self.mapping.blocks)].astype(str)
        return frame.groupby(list(self.mapping.blocks), sort=True).ngroup().to_numpy()

    @cached_property
    def fingerprint(self) -> str:
        """Hash of content, mapping and filters (not of the rows chosen or the steps)."""
        content = self.file_hash or self._content_hash()
        kept = spec_hash(self.filters) if self.filters else ""
        return hash_text(f"{self.name} {content} {spec_hash(self.mapping)}{kept}")

    def _content_hash(self) -> str:
        total = GroupMoments(max(len(self.conditions), 1), len(self.file_genes), squares=True)
        for X, where in self.matrix.blocks(np.arange(self.matrix.shape[0])):
            total.add(X, np.maximum(self.file_codes[where], 0))
        parts = [spec_hash(a) for a in (total.mean, total.variance, self.file_codes)]
        return hash_text(" ".join([*parts, spec_hash(self.file_genes), spec_hash(self.conditions)]))

    @property
    def history(self) -> list[Any]:
        """Recorded filters and steps, as plain JSON."""
        return [describe(record) for record in (*self.filters, *self.steps)]

    def __repr__(self) -> str:
        return (
            f"Dataset({self.name}: {self.n_obs} {self.mapping.observation} x {len(self.genes)} "
            f"genes, {len(self.perturbed)} perturbed conditions in {len(self.contexts)} contexts, "
            f"{self.scale})"
        )

    # --- parts ---------------------------------------------------------------------------------

    def take(self, keep: np.ndarray) -> Dataset:
        """Return a part of the observations (mask or positions among this data set's rows)."""
        chosen = np.arange(self.n_obs)[keep]
        return replace(self, rows=np.sort(self.rows[chosen]))

    def subset(self, conditions: Iterable[Condition]) -> Dataset:
        """Return the observations of some conditions."""
        wanted = set(conditions)
        unknown = wanted - set(self.present)
        if unknown:
            raise UnknownName(
                f"not in '{self.name}': {shorten(sorted(map(str, unknown)))}",
                "see Dataset.present for the conditions that are",
            )
        is_wanted = np.array([c in wanted for c in self.conditions])
        return self.take(is_wanted[self.codes])

    def controls(self, context: Context | None = None) -> Dataset:
        """Return the control observations, of one context or of all."""
        return self.subset(c for c in self.present if c.is_control and context in (None, c.context))

    def hold_out(self, rng: np.random.Generator, share: float) -> tuple[Dataset, Dataset]:
        """Carve whole perturbed conditions out, for early stopping or tuning.

        Both parts keep the controls. Returns (kept, held); at least one condition on each side.
        """
        n = len(self.perturbed)
        n_held = int(np.clip(round(share * n), 1, n - 1)) if n > 1 else 0
        if n_held == 0:
            raise EmptySplit(
                f"cannot hold conditions out of '{self.name}': it has {n}", "train on more"
            )
        held = {self.perturbed[i] for i in rng.permutation(n)[:n_held]}
        kept = [c for c in self.present if c not in held]
        controls = [c for c in self.present if c.is_control]
        return self.subset(kept), self.subset([*held, *controls])

    def with_filters(self, filters: Iterable[Filter]) -> Dataset:
        """Drop observations, one filter after the other; each is recorded and its losses counted.

        Controls that a filter leaves fewer than a context needs are found by the next split.
        """
        data = self
        for chosen in filters:
            keep = np.asarray(chosen.keep(data), dtype=bool)
            lost = {chosen.reason: int((~keep).sum())} if not keep.all() else {}
            data = replace(
                data.take(keep), filters=(*data.filters, chosen), dropped=data.dropped | lost
            )
        if not data.n_obs:
            raise EmptySplit(f"no observation of '{self.name}' passes its filters", "loosen them")
        return data

    def with_steps(self, steps: Sequence[Step]) -> Dataset:
        """Return the same observations seen through further (fitted) steps."""
        return replace(self, steps=(*self.steps, *steps))

    # --- values --------------------------------------------------------------------------------

    def blocks(self, block_bytes: int = BLOCK_BYTES) -> Iterator[tuple[Any, slice]]:
        """Yield (block after the steps, where its rows stand); memory is bounded by the block."""
        sizes = self.library_sizes()
        for X, where in self.stored_blocks(block_bytes):
            yield self._transform(X, None if sizes is None else sizes[where]), where

    def stored_blocks(self, block_bytes: int = BLOCK_BYTES) -> Iterator[tuple[Any, slice]]:
        """Yield blocks before the steps; what stays on disk is checked here, as it is read."""
        for X, where in self.matrix.blocks(self.rows, block_bytes):
            if self.matrix.on_disk:
                check_values(self, X, where)
            yield X, where

    def _transform(self, X: Any, sizes: np.ndarray | None) -> Any:
        genes = self.file_genes
        for step in self.steps:
            X = step.apply(X, sizes)
            kept = step.select(genes)
            if kept is not None:
                X, genes = X[:, kept], genes[kept]
        return X

    def library_sizes(self) -> np.ndarray | None:
        """(n_obs,) declared library sizes, or None where the mapping names no column."""
        import pandas as pd

        column = self.mapping.library_size
        if column is None:
            return None
        numbers = pd.to_numeric(self.obs[column].astype(object), errors="coerce")
        sizes: np.ndarray = numbers.to_numpy(dtype=float)[self.rows]
        return sizes

    def values(self) -> Any:
        """Return all observations after the steps: CSR if stored sparse, else dense."""
        import scipy.sparse as sp

        blocks = [X.copy() if self.matrix.on_disk else X for X, _ in self.blocks()]
        if len(blocks) == 1:
            return blocks[0]
        return sp.vstack(blocks, format="csr") if sp.issparse(blocks[0]) else np.vstack(blocks)

    def moments(self, codes: np.ndarray, n_groups: int, *, squares: bool = True) -> GroupMoments:
        """Stream sums (and squares) of groups of observations; `codes` (n_obs,), -1 = skip."""
        moments = GroupMoments(
            n_groups, len(self.genes), squares=squares, nan_aware=self.scale.is_relative
        )
        for X, where in self.blocks():
            moments.add(X, codes[where])
        return moments

    def profiles(self) -> Profiles:
        """Stream the mean profile of every condition and of the controls of every context."""
        return self._profiles

    @cached_property
    def _profiles(self) -> Profiles:
        return profiles_of(self)
