"""Card: all that is known of a data set before anything is predicted."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

import numpy as np

from foretell._version import __version__
from foretell.analysis.quality.advice import warnings_of
from foretell.analysis.quality.cells import cells, contexts
from foretell.analysis.quality.effect_size import effect_size
from foretell.analysis.quality.guide_agreement import guide_agreement, guide_column
from foretell.analysis.quality.saturation import saturation, saturation_curve
from foretell.analysis.quality.summary import summaries_of
from foretell.analysis.quality.target_moved import target_moved
from foretell.analysis.quality.tasks import judgeable
from foretell.core.dataset import Dataset
from foretell.core.spec import describe
from foretell.data.filters.evidence import log_view

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["DataCard", "data_card"]

LIBRARIES = ("numpy", "scipy", "pandas", "anndata")
MERGED = 50


@dataclass(frozen=True, eq=False)
class DataCard:
    """What a data set is, what is in it, and what it is worth.

    Parameters
    ----------
    facts : what the file is: size, mapping, scale, provenance, what was dropped and merged.
    tables : by name: `effects`, `targets`, `cells`, `contexts`, `guides`, `saturation`, `curve`.
    summaries : a few numbers per table.
    tasks : what can be judged; records of `task`, `possible`, `n`, `why`.
    warnings : what a reader should know, in plain words.
    """

    facts: dict[str, Any]
    tables: dict[str, pd.DataFrame]
    summaries: dict[str, dict[str, Any]]
    tasks: tuple[dict[str, Any], ...]
    warnings: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the card as plain JSON: a missing value is None, a table a list of records."""
        return {
            "facts": _plain(self.facts),
            "tables": {name: _records(table) for name, table in self.tables.items()},
            "summaries": _plain(self.summaries),
            "tasks": _plain(list(self.tasks)),
            "warnings": list(self.warnings),
        }


def data_card(
    dataset: Dataset,
    *,
    guides: str | None = None,
    mito: str | None = None,
    draws: int = 999,
    fdr: float = 0.05,
    seed: int = 0,
    tasks: Iterable[dict[str, Any]] | None = None,
    notes: Sequence[str] = (),
) -> DataCard:
    """Run every analysis of quality and collect what they find.

    Parameters
    ----------
    dataset : on any scale, in memory or on disk; steps and filters are kept.
    guides : column that divides conditions; by default found among the blocks.
    mito : column with the mitochondrial share.
    draws : permutations of the effect test.
    fdr : false discovery rate of everything that is called.
    seed : of all draws.
    tasks : what can be judged, where something else has found it out.
    notes : warnings that came up before, for example when the file was inspected.

    Notes
    -----
    Cost: about twenty passes over the data; seconds for 20,000 cells of 300 genes.
    """
    view = log_view(dataset)
    column = guides or guide_column(dataset)
    tables = {
        "effects": effect_size(view, draws=draws, fdr=fdr, seed=seed),
        "targets": target_moved(dataset, fdr),
        "cells": cells(dataset, mito),
        "contexts": contexts(dataset),
        "guides": guide_agreement(view, guides, seed=seed),
        "saturation": saturation(view, fdr=fdr, seed=seed),
        "curve": saturation_curve(view, fdr=fdr, seed=seed),
    }
    facts = _facts(dataset, column, draws, fdr, seed)
    summaries = summaries_of(tables, seed)
    found = tuple(judgeable(dataset) if tasks is None else tasks)
    return DataCard(
        facts, tables, summaries, found, (*notes, *warnings_of(facts, tables, summaries))
    )


def _facts(
    dataset: Dataset, guides: str | None, draws: int, fdr: float, seed: int
) -> dict[str, Any]:
    n = dataset.n_by_condition
    about = dataset.provenance
    return {
        "name": dataset.name,
        "subset_of": dataset.subset_of,
        "observation": dataset.mapping.observation,
        "n_obs": dataset.n_obs,
        "n_genes": len(dataset.genes),
        "n_conditions": len(dataset.perturbed),
        "n_single": sum(c.perturbation.order == 1 for c in dataset.perturbed),
        "n_combined": sum(c.perturbation.order > 1 for c in dataset.perturbed),
        "n_contexts": len(dataset.contexts),
        "n_controls": sum(k for c, k in n.items() if c.is_control),
        "kinds": sorted(
            {k.kind for c in dataset.perturbed for k in c.perturbation.components if k.kind}
        ),
        "scale": str(dataset.scale),
        "is_relative": dataset.scale.is_relative,
        "censored": dataset.censored,
        "species": dataset.species,
        "mapping": describe(dataset.mapping),
        "history": dataset.history,
        "reads_expression": [f.reason for f in dataset.filters if f.reads_expression],
        "dropped": dict(dataset.dropped),
        "n_merged": len(dataset.merged_labels),
        "merged": list(dataset.merged_labels[:MERGED]),
        "provenance": {
            "accession": about.accession,
            "licence": about.licence,
            "citation": about.citation,
            "checksum": about.checksum,
        },
        "fingerprint": dataset.fingerprint,
        "file_sha256": dataset.file_hash,
        "guides": guides,
        "draws": draws,
        "fdr": fdr,
        "seed": seed,
        "versions": _versions(),
    }


def _versions() -> dict[str, str]:
    found = {"foretell": __version__, "python": ".".join(map(str, sys.version_info[:3]))}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "unknown"
    return found


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = _plain(table.to_dict("records"))
    return rows


def _plain(value: Any) -> Any:
    """Turn numbers of numpy into plain ones, and what is not finite into None."""
    if isinstance(value, dict):
        return {str(key): _plain(v) for key, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(v) for v in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not np.isfinite(value):
        return None
    return value
