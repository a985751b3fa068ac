"""Study: data sets x splits x models x metrics x seeds, declared in one file."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Literal

from foretell.core.dataset import Provenance
from foretell.core.errors import BadStudy
from foretell.core.filter import Filter
from foretell.core.layout import Joined, TableLayout
from foretell.core.mapping import ColumnMapping
from foretell.core.model import Model
from foretell.core.spec import spec_hash
from foretell.core.steps import Step
from foretell.core.task import Task

__all__ = ["POLICIES", "DatasetSpec", "ModelSpec", "SplitSpec", "Study"]

POLICIES = ("mask", "reveal", "as_predicted")


def _check_whole(name: str, value: object, least: int) -> None:
    if type(value) is not int or value < least:
        raise BadStudy(f"`{name}` is {value!r}", f"write a whole number from {least}")


@dataclass(frozen=True)
class SplitSpec:
    """How the conditions of a data set are divided.

    Parameters
    ----------
    task : what is unseen.
    folds, repeats : of the cross-validation.
    calibration : share of training units kept for models that declare their use.
    rule : file of ``foretell.splits`` that divides; the task's own where empty.
    options : of the rule, as sorted pairs.
    label : how tables call it; made of task, rule and options where empty.
    """

    task: Task
    folds: int = 5
    repeats: int = 1
    calibration: float = 0.0
    rule: str = ""
    options: tuple[tuple[str, Any], ...] = ()
    label: str = field(default="", metadata={"spec": False})

    def __post_init__(self) -> None:
        _check_whole("folds", self.folds, 2)
        _check_whole("repeats", self.repeats, 1)
        share = self.calibration
        if isinstance(share, bool) or not isinstance(share, (int, float)) or not 0 <= share < 1:
            raise BadStudy(f"`calibration` is {share!r}", "write a share from 0 to below 1")
        if not isinstance(self.label, str):
            raise BadStudy(f"the `label` of a split is {self.label!r}", "write one text in quotes")

    def __str__(self) -> str:
        """Return the label, or task, rule and options.

        >>> str(SplitSpec(Task.parse("unseen_combination", 1), rule="gears_simulation"))
        'unseen_combination (1 part seen), gears_simulation'
        >>> str(SplitSpec(Task.parse("unseen_dose"), options=(("ask", "extrapolate"),)))
        'unseen_dose, ask extrapolate'
        """
        if self.label:
            return self.label
        rule = self.rule if self.rule != str(self.task.name) else ""
        options = [f"{name} {_brief(value)}" for name, value in self.options]
        return ", ".join(text for text in (str(self.task), rule, *options) if text)


def _brief(value: object) -> str:
    """Spell an option in a name: long lists by their length, files by their stem."""
    if isinstance(value, (tuple, list)):
        texts = [_brief(v) for v in value]
        return "+".join(texts) if len(texts) <= 3 else f"{len(texts)} given"
    text = f"{value:g}" if isinstance(value, float) else str(value)
    return text.replace("\\", "/").rpartition("/")[2]


@dataclass(frozen=True)
class DatasetSpec:
    """A data set of a study.

    Parameters
    ----------
    name : the file's stem, or the name of a simulated screen.
    file : path or stem on the data path; empty where the data are simulated.
    simulate : fields of a simulated screen, as sorted pairs.
    mapping : which column is what.
    steps : recorded steps, fitted on training rows of every split.
    splits : how its conditions are divided.
    on_disk : read the matrix in blocks.
    layout : how the file is laid out, where it is a table.
    join : files whose observations are appended.
    filters : recorded choices of observations, made before anything is split.
    primary : metric that headlines are about here, where the study's own is not defined; a
        relative scale, for example, has no control-referenced correlation without inflation.
    phenotype : column of `ColumnMapping.components` that says which perturbations are of one kind
        (mechanism, pathway); for metrics that ask.
    note : what the data can and cannot show, as the report says it.
    """

    name: str
    mapping: ColumnMapping
    splits: tuple[SplitSpec, ...]
    file: str = ""
    simulate: tuple[tuple[str, Any], ...] = ()
    steps: tuple[Step, ...] = ()
    on_disk: bool = False
    subset_of: str = ""
    provenance: Provenance = Provenance()
    layout: TableLayout | None = None
    join: tuple[Joined, ...] = ()
    filters: tuple[Filter, ...] = ()
    primary: str = ""
    phenotype: str = ""
    note: str = field(default="", metadata={"spec": False})


@dataclass(frozen=True, eq=False)
class ModelSpec:
    """A model of a study, under the name that tables show."""

    label: str
    model: Model

    @property
    def spec(self) -> str:
        """Hash of the hyperparameters."""
        return spec_hash(self.model)


@dataclass(frozen=True, eq=False)
class Study:
    """Everything that decides the numbers of a leaderboard.

    Parameters
    ----------
    name : of the study and of its results folder.
    datasets, models, metrics : what is crossed; metrics by registry name.
    primary : metric that the leaderboard is sorted by.
    seed : axis of every draw.
    halves : random halves of the held-out observations that every score is averaged over.
    policy : what happens to directly targeted genes, one of `POLICIES`.
    test : which test calls a gene differential, ``moderated``, ``welch`` or ``pooled``.
    gene_sets : file of gene sets (GMT) that pathway metrics read; empty without them.
    draws : bootstrap draws over conditions.
    timeout_s : seconds after which a fit is stopped and counted as failed; None = never.
    """

    name: str
    datasets: tuple[DatasetSpec, ...]
    models: tuple[ModelSpec, ...]
    metrics: tuple[str, ...]
    primary: str = "pearson_delta"
    seed: int = 0
    halves: int = 20
    policy: str = "mask"
    test: Literal["moderated", "pooled", "welch"] = "moderated"
    gene_sets: str = ""
    draws: int = 2000
    timeout_s: float | None = None
    text: str = field(default="", metadata={"spec": False})

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not re.fullmatch(r"[\w][\w .-]*", self.name):
            raise BadStudy(
                f"the study is called '{self.name}'",
                "its name becomes a folder: use letters, digits, spaces, dots, _ and -",
            )
        _check_whole("seed", self.seed, 0)
        _check_whole("halves", self.halves, 1)
        _check_whole("draws", self.draws, 1)
        limit = self.timeout_s
        if limit is not None and (not isinstance(limit, (int, float)) or not limit > 0):
            raise BadStudy(f"`timeout_s` is {limit!r}", "write seconds above 0, or leave it out")
        if not self.metrics:
            raise BadStudy("the study names no metrics", "name at least one")

    @property
    def hash(self) -> str:
        """Hash of the declaration, seed included; comments and layout do not matter."""
        return spec_hash((self, {"seed": self.seed}))
