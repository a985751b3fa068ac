"""Study file: read one TOML screen into a `Study`, with the nearest valid name in every error."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from foretell.core.dataset import Provenance
from foretell.core.errors import BadStudy, UnknownName, did_you_mean
from foretell.core.mapping import ColumnMapping
from foretell.core.registry import find
from foretell.core.study import POLICIES, DatasetSpec, ModelSpec, SplitSpec, Study
from foretell.core.task import Task

__all__ = ["parse_study", "read_study"]

STUDY_KEYS = (
    "name",
    "seed",
    "halves",
    "policy",
    "draws",
    "timeout_s",
    "metrics",
    "primary",
    "models",
    "datasets",
)
DATASET_KEYS = (
    "name",
    "file",
    "simulate",
    "columns",
    "steps",
    "splits",
    "on_disk",
    "subset_of",
    "provenance",
)
SPLIT_KEYS = ("task", "parts_seen", "folds", "repeats", "calibration")


def read_study(path: str | Path) -> Study:
    """Read a study file."""
    path = Path(path)
    if not path.is_file():
        near = did_you_mean(path.name, (p.name for p in path.parent.glob("*.toml")))
        raise BadStudy(f"there is no study file '{path}'", near)
    return parse_study(path.read_text(encoding="utf-8"), name=path.stem)


def parse_study(text: str, *, name: str = "study") -> Study:
    """Read the text of a study file."""
    try:
        given = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadStudy(f"the study file is not valid TOML: {error}", "see docs/guides") from None
    _check_keys(given, STUDY_KEYS, "a study")
    for required in ("datasets", "models"):
        if not given.get(required):
            raise BadStudy(f"the study names no {required}", f"add a [[{required}]] table")
    metrics = tuple(given.get("metrics", find("metrics").names))
    for metric in metrics:
        find("metrics")[metric]
    study = Study(
        name=given.get("name", name),
        datasets=tuple(_dataset(table) for table in given["datasets"]),
        models=_models(given["models"]),
        metrics=metrics,
        primary=_one_of(given.get("primary", metrics[0]), metrics, "primary metric"),
        policy=_one_of(given.get("policy", "mask"), POLICIES, "policy"),
        text=text,
        **{key: given[key] for key in ("seed", "halves", "draws", "timeout_s") if key in given},
    )
    _refuse_repeats([d.name for d in study.datasets], "data sets")
    return study


def _dataset(table: Mapping[str, Any]) -> DatasetSpec:
    _check_keys(table, DATASET_KEYS, "a data set")
    file, simulate = table.get("file", ""), table.get("simulate")
    if bool(file) == (simulate is not None):
        raise BadStudy("a data set needs either `file` or `simulate`", "give one of the two")
    name = table.get("name", "simulated") if simulate is not None else Path(file).stem
    if file and table.get("name", name) != name:
        raise BadStudy(
            f"the data set of file '{name}' is called '{table['name']}'",
            "a data set is named by its file, so that a subset never answers to the full set's "
            "name; leave `name` out and say what it is part of with subset_of",
        )
    columns = dict(table.get("columns", {}))
    if simulate is not None:
        columns = {"context": ["cell_type"], "blocks": ["batch"], "scale": "counts"} | columns
    return DatasetSpec(
        name=name,
        file=file,
        simulate=tuple(sorted((simulate or {}).items())),
        mapping=ColumnMapping.from_dict(columns),
        steps=tuple(_named("steps", step) for step in table.get("steps", ())),
        splits=tuple(_split(split) for split in table.get("splits", ())) or _no_splits(name),
        on_disk=bool(table.get("on_disk", False)),
        subset_of=table.get("subset_of", ""),
        provenance=Provenance(**table.get("provenance", {})),
    )


def _no_splits(name: str) -> tuple[SplitSpec, ...]:
    raise BadStudy(f"data set '{name}' has no splits", "add a [[datasets.splits]] table")


def _split(table: Mapping[str, Any]) -> SplitSpec:
    _check_keys(table, SPLIT_KEYS, "a split")
    if "task" not in table:
        raise BadStudy("a split needs a task", 'for example task = "unseen_perturbation"')
    rest = {key: value for key, value in table.items() if key not in ("task", "parts_seen")}
    return SplitSpec(Task.parse(table["task"], table.get("parts_seen")), **rest)


def _models(tables: Iterable[Mapping[str, Any]]) -> tuple[ModelSpec, ...]:
    specs = []
    for table in tables:
        given = {key: value for key, value in table.items() if key != "label"}
        if "name" not in given:
            raise BadStudy("a model needs a name", f"valid: {', '.join(find('models').names)}")
        specs.append(ModelSpec(table.get("label", given["name"]), _named("models", given)))
    _refuse_repeats([spec.label for spec in specs], "models")
    return tuple(specs)


def _named(kind: str, table: Mapping[str, Any]) -> Any:
    """Construct from ``{name = ..., field = ...}``; a table with a name inside is an encoding."""
    given = {key: value for key, value in table.items() if key != "name"}
    for key, value in given.items():
        if isinstance(value, Mapping) and "name" in value:
            given[key] = _named("encodings", value)
        elif isinstance(value, list):
            given[key] = tuple(value)
    try:
        return find(kind).make(table["name"], **given)
    except (TypeError, ValueError) as error:
        raise BadStudy(f"cannot construct {kind} '{table['name']}': {error}") from None


def _one_of(value: str, valid: Iterable[str], what: str) -> str:
    valid = list(valid)
    if value not in valid:
        raise UnknownName(f"'{value}' is not a {what} of this study", did_you_mean(value, valid))
    return value


def _check_keys(given: Mapping[str, Any], valid: Iterable[str], what: str) -> None:
    for key in given:
        if key not in valid:
            raise UnknownName(f"{what} has no key '{key}'", did_you_mean(key, valid))


def _refuse_repeats(names: list[str], what: str) -> None:
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise BadStudy(f"two {what} are called '{repeated[0]}'", "give one of them a `label`")
