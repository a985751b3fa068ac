"""Cards: what a study, its data sets and its splits are, as plain JSON beside the tables."""

from __future__ import annotations

import time
from typing import Any

from foretell.bench.plan import Block, Plan, floor_label
from foretell.bench.references import CEILING, REFERENCES
from foretell.bench.worker import versions
from foretell.core.registry import find
from foretell.core.spec import describe
from foretell.core.split import Split

__all__ = ["split_cards", "study_card"]


def study_card(plan: Plan) -> dict[str, Any]:
    """Say what a study declares, on which data, with which versions."""
    study = plan.study
    return {
        "name": study.name,
        "hash": study.hash,
        "created": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "seed": study.seed,
        "halves": study.halves,
        "policy": study.policy,
        "test": study.test,
        "gene_sets": study.gene_sets,
        "draws": study.draws,
        "primary": study.primary,
        "ceiling": CEILING,
        "references": list(REFERENCES),
        "versions": versions(),
        "metrics": [_metric(name) for name in study.metrics],
        "models": [
            {
                "label": m.label,
                "name": m.model.info.name,
                "family": m.model.info.family,
                "summary": m.model.info.summary,
                "reference": m.model.info.reference,
                "tasks": [str(task) for task in m.model.tasks],
                "spec": m.spec,
                "fields": describe(m.model),
            }
            for m in study.models
        ],
        "datasets": list(
            {b.dataset.name: _dataset(b, study.primary) for b in plan.blocks}.values()
        ),
        "floors": {block.name: floor_label(study, block.split.task.floor) for block in plan.blocks},
    }


def _metric(name: str) -> dict[str, Any]:
    m = find("metrics")[name]
    return {
        "name": m.name,
        "formula": m.formula,
        "higher_is_better": m.higher_is_better,
        "best": m.best,
        "chance": m.chance,
        "level": m.level,
        "refers_to": m.refers_to,
        "is_calibrated": m.is_calibrated,
        "fails": sorted(m.fails),
        "used_by": m.used_by,
        "reference": m.reference,
    }


def _dataset(block: Block, primary: str) -> dict[str, Any]:
    data = block.data
    orders = [c.perturbation.order for c in data.perturbed]
    return {
        "name": data.name,
        "subset_of": data.subset_of,
        "primary": block.dataset.primary or primary,
        "note": block.dataset.note,
        "censored": data.mapping.censored or "",
        "n_obs": data.n_obs,
        "n_genes": len(data.genes),
        "scale": str(data.scale),
        "observation": data.mapping.observation,
        "contexts": [str(c) for c in data.contexts],
        "n_single": sum(o == 1 for o in orders),
        "n_combined": sum(o > 1 for o in orders),
        "n_controls": sum(n for c, n in data.n_by_condition.items() if c.is_control),
        "dropped": data.dropped,
        "merged_labels": list(data.merged_labels),
        "fingerprint": data.fingerprint,
        "file_sha256": data.file_hash,
        "steps": describe(block.dataset.steps),
        "filters": describe(block.dataset.filters),
        "columns": describe(data.mapping),
        "provenance": describe(data.provenance),
    }


def split_cards(plan: Plan) -> list[dict[str, Any]]:
    """Return sizes, control halves and leakage audit of every split."""
    return [_split(block, split) for block in plan.blocks for split in block.splits]


def _split(block: Block, split: Split) -> dict[str, Any]:
    used = len({*split.train, *split.calibration, *split.test})
    return {
        "dataset": block.dataset.name,
        "split": block.name,
        "repeat": split.repeat,
        "fold": split.fold,
        "hash": split.hash,
        "rule": split.rule,
        "options": [[name, describe(value)] for name, value in split.options],
        "distance": None if split.distance is None else split.distance.tolist(),
        "n_train": len(split.train),
        "n_calibration": len(split.calibration),
        "n_test": len(split.test),
        "n_unused": len(block.data.perturbed) - used,
        "test": [block.data.label(c) for c in split.test],
        "halves": [
            {
                "context": str(h.context),
                "n_model": len(h.model),
                "n_truth": len(h.truth),
                "shared": h.shared,
            }
            for h in split.halves
        ],
        "audit": [describe(finding) for finding in split.audit],
    }
