"""Plan: from a study to the runs and scores that it needs, each with the key it is kept under."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from foretell.bench.references import REFERENCES
from foretell.bench.store import FIT_CODE, JUDGE_CODE, code_version
from foretell.core.dataset import Dataset
from foretell.core.errors import BadStudy
from foretell.core.model import Model
from foretell.core.registry import find
from foretell.core.seeds import seed_for
from foretell.core.spec import describe, hash_text
from foretell.core.split import Split
from foretell.core.study import DatasetSpec, ModelSpec, SplitSpec, Study
from foretell.data.find import file_hash, find_file
from foretell.splits.make import make
from foretell.stats.gene_tests import MomentTest

__all__ = ["Block", "FitTask", "Plan", "ScoreTask", "with_floors"]


@dataclass(frozen=True, eq=False)
class FitTask:
    """Fit one model on one split and keep its prediction."""

    key: str
    path: Path
    dataset: DatasetSpec
    split: Split
    model: ModelSpec
    seed: int
    policy: str
    megabytes: float


@dataclass(frozen=True, eq=False)
class ScoreTask:
    """Score predictions of one repeat, all models that are missing at once.

    Parameters
    ----------
    wanted : (label, key of the scores, keys of the folds' runs); references have no runs.
    gene_sets : file of gene sets, or empty.
    """

    key: str
    path: Path
    dataset: DatasetSpec
    splits: tuple[Split, ...]
    wanted: tuple[tuple[str, str, tuple[str, ...]], ...]
    metrics: tuple[str, ...]
    halves: int
    policy: str
    test: MomentTest
    gene_sets: str
    seed: int
    megabytes: float


@dataclass(frozen=True, eq=False)
class Block:
    """One data set under one task: its splits, and the models that declare the task."""

    dataset: DatasetSpec
    path: Path
    split: SplitSpec
    data: Dataset
    splits: tuple[Split, ...]

    @property
    def name(self) -> str:
        """Task, rule and options, as tables show them."""
        return str(self.split)

    @cached_property
    def repeats(self) -> dict[int, tuple[Split, ...]]:
        """Folds of every repeat."""
        found: dict[int, list[Split]] = defaultdict(list)
        for split in self.splits:
            found[split.repeat].append(split)
        return {repeat: tuple(folds) for repeat, folds in found.items()}

    @property
    def megabytes(self) -> float:
        """Rough memory of a fit on this data set: what sizes admission."""
        n, g = self.data.matrix.shape
        stored = getattr(self.data.matrix.X, "nnz", n * g)
        held = 0.0 if self.data.matrix.on_disk else 3 * 12e-6 * float(stored)
        return 250.0 + held + 6 * 8e-6 * len(self.data.conditions) * self.n_genes

    def megabytes_to_score(self, halves: int) -> float:
        """Rough memory of scoring a repeat: sums and means of every half, and the answers."""
        tested = {condition for split in self.splits for condition in split.test}
        single = all(self.data.n_by_condition[condition] == 1 for condition in tested)
        arrays = 3 * (1 if single else halves) + 25
        return self.megabytes + arrays * 8e-6 * len(tested) * self.n_genes

    @property
    def n_genes(self) -> int:
        """Genes that the steps leave, at most."""
        n_genes = len(self.data.genes)
        for step in self.dataset.steps:
            asked = getattr(step, "n_genes", None)
            if isinstance(asked, int):
                targets = {t for c in self.data.perturbed for t in c.perturbation.targets}
                kept = len(targets) if getattr(step, "keep_targets", False) else 0
                n_genes = min(n_genes, asked + kept)
        return n_genes


@dataclass(frozen=True, eq=False)
class Plan:
    """Every run and score of a study.

    Parameters
    ----------
    study : with the floors of its tasks.
    blocks : data sets under tasks.
    failed : keys of runs that failed; scores of a failure are kept under another key than those
        of its retry.
    """

    study: Study
    blocks: tuple[Block, ...]
    failed: frozenset[str] = frozenset()

    def knowing(self, failed: Iterable[str]) -> Plan:
        """Return the same plan, knowing which runs failed."""
        return replace(self, failed=frozenset(failed))

    def models(self, block: Block) -> list[ModelSpec]:
        """Models that declare the block's task."""
        return [m for m in self.study.models if block.split.task.name in m.model.tasks]

    def undeclared(self, block: Block) -> list[ModelSpec]:
        """Models that do not: they are listed as such, and not run."""
        return [m for m in self.study.models if block.split.task.name not in m.model.tasks]

    def fits(self) -> Iterator[FitTask]:
        """Every run, data set by data set."""
        for block in self.blocks:
            for split in block.splits:
                for model in self.models(block):
                    yield self.fit(block, split, model)

    def fit(self, block: Block, split: Split, model: ModelSpec) -> FitTask:
        """Return the task of one model on one split."""
        seed = seed_for(
            dataset=block.dataset.name, split=split.hash, model=model.spec, seed=self.study.seed
        )
        decides = [
            code_version(FIT_CODE),
            block.data.fingerprint,
            split.hash,
            describe(block.dataset.steps),
            model.spec,
            seed,
            self.study.policy == "reveal",
        ]
        return FitTask(
            key=hash_text(repr(decides)),
            path=block.path,
            dataset=block.dataset,
            split=split,
            model=model,
            seed=seed,
            policy=self.study.policy,
            megabytes=block.megabytes,
        )

    def scores(self) -> Iterator[ScoreTask]:
        """Every score file, grouped by repeat so that the truth is read once."""
        for block in self.blocks:
            for repeat, splits in block.repeats.items():
                yield self._score(block, repeat, splits)

    def _score(self, block: Block, repeat: int, splits: tuple[Split, ...]) -> ScoreTask:
        runs: list[tuple[str, tuple[str, ...]]] = [(label, ()) for label in REFERENCES]
        for model in self.models(block):
            runs.append((model.label, tuple(self.fit(block, s, model).key for s in splits)))
        shared = [
            code_version(JUDGE_CODE),
            block.data.fingerprint,
            [split.hash for split in splits],
            describe(block.dataset.steps),
            self.study.halves,
            self.study.policy,
            self.study.test,
            block.dataset.phenotype,
            file_hash(find_file(self.study.gene_sets)) if self.study.gene_sets else "",
            self.study.seed,
        ]
        wanted = tuple((label, self._score_key(shared, label, keys), keys) for label, keys in runs)
        return ScoreTask(
            key=hash_text(repr([block.dataset.name, block.name, repeat, *shared])),
            path=block.path,
            dataset=block.dataset,
            splits=splits,
            wanted=wanted,
            metrics=self.study.metrics,
            halves=self.study.halves,
            policy=self.study.policy,
            test=self.study.test,
            gene_sets=self.study.gene_sets,
            seed=self.study.seed,
            megabytes=block.megabytes_to_score(self.study.halves),
        )

    def _score_key(self, shared: list[Any], label: str, keys: tuple[str, ...]) -> str:
        failed = [key for key in keys if key in self.failed]
        return hash_text(repr([*shared, label if not keys else "", keys, failed]))


def with_floors(study: Study) -> Study:
    """Add the primary floor of every task, where the study does not name it."""
    models = list(study.models)
    for name in sorted({s.task.floor for d in study.datasets for s in d.splits}):
        if floor_label(study, name) is None:
            model: Model = find("models").make(name)
            taken = {spec.label for spec in models}
            models.append(ModelSpec(f"{name} (floor)" if name in taken else name, model))
    _refuse_namesakes([*REFERENCES, *(spec.label for spec in models)])
    return replace(study, models=tuple(models))


def _refuse_namesakes(labels: list[str]) -> None:
    for label in labels:
        if labels.count(label) > 1:
            raise BadStudy(f"two models or references are called '{label}'", "give a `label`")


def floor_label(study: Study, name: str) -> str | None:
    """Return the label of the floor model with its default fields, or None where it is missing."""
    default = find("models")[name]
    for spec in study.models:
        if type(spec.model) is default and spec.spec == ModelSpec("", default()).spec:
            return spec.label
    return None


def make_block(spec: DatasetSpec, split: SplitSpec, data: Dataset, path: Path, seed: int) -> Block:
    """Divide a data set for one task, by the rule that the study names."""
    splits = make(
        data,
        split.task,
        rule=split.rule,
        options=split.options,
        folds=split.folds,
        repeats=split.repeats,
        calibration=split.calibration,
        seed=seed,
        name=str(split),
    )
    return Block(spec, path, split, data, tuple(splits))
