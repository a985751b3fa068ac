"""Study file: read one TOML screen into a `Study`, with the nearest valid name in every error."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, cast

from foretell.core.dataset import Provenance
from foretell.core.errors import BadStudy, ForetellError, UnknownName, did_you_mean
from foretell.core.layout import Joined, TableLayout
from foretell.core.mapping import ColumnMapping
from foretell.core.registry import find
from foretell.core.study import POLICIES, DatasetSpec, ModelSpec, SplitSpec, Study
from foretell.core.task import Task
from foretell.data.find import stem_of
from foretell.splits.rules import find_rule, rule_options
from foretell.stats.gene_tests import MOMENT_TESTS, MomentTest

__all__ = ["parse_study", "read_study"]

STUDY_KEYS = (
    "name",
    "seed",
    "halves",
    "policy",
    "test",
    "gene_sets",
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
    "layout",
    "join",
    "filters",
    "primary",
    "phenotype",
    "note",
)
JOIN_KEYS = ("file", "layout", "columns")
PROVENANCE_KEYS = tuple(field.name for field in fields(Provenance))
SPLIT_KEYS = ("task", "parts_seen", "rule", "folds", "repeats", "calibration", "label")


def read_study(path: str | Path) -> Study:
    """Read a study file."""
    path = Path(path)
    if not path.is_file():
        beside = [p.name for p in path.parent.glob("*.toml")]
        near = did_you_mean(path.name, beside) if beside else "write one: see `foretell demo`"
        raise BadStudy(f"there is no study file '{path}'", near)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadStudy(f"cannot read the study '{path}': {error}", "save it as UTF-8") from None
    return parse_study(text, name=path.stem)


def parse_study(text: str, *, name: str = "study") -> Study:
    """Read the text of a study file; an error says in which line."""
    try:
        given = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadStudy(
            f"study '{name}' is not valid TOML: {error}",
            "correct that line: text stands in quotes, lists in [ ], every model under [[models]]",
        ) from None
    try:
        return _study(given, text, name)
    except ForetellError as error:
        place = _place(error.problem, text)
        raise type(error)(f"study '{name}'{place}: {error.problem}", error.way_out) from None


def _place(problem: str, text: str) -> str:
    """Return the lines that hold the last quoted name of a problem, the one that is wrong."""
    lines = [line.partition("#")[0] for line in text.splitlines()]
    for name in reversed(re.findall(r"['`]([^'`]+)['`]", problem)):
        whole = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)")
        found = [str(i) for i, line in enumerate(lines, 1) if whole.search(line)]
        if found:
            return f", line{'s' * (len(found) > 1)} {' and '.join(found[:3])}"
    return ""


def _study(given: Mapping[str, Any], text: str, name: str) -> Study:
    _check_keys(given, STUDY_KEYS, "a study")
    tables = {key: _tables(given, key) for key in ("datasets", "models")}
    metrics = given.get("metrics", _standard())
    if not isinstance(metrics, list) or not metrics:
        raise BadStudy("`metrics` is not a list of names", 'write metrics = ["pearson_delta"]')
    for metric in metrics:
        _check_metric(str(metric))
    _refuse_repeats(metrics, "metrics")
    study = Study(
        name=given.get("name", name),
        datasets=tuple(_dataset(table) for table in tables["datasets"]),
        models=_models(tables["models"]),
        metrics=tuple(metrics),
        primary=_one_of(given.get("primary", metrics[0]), metrics, "primary metric"),
        policy=_one_of(given.get("policy", "mask"), POLICIES, "policy"),
        text=text,
        test=cast(MomentTest, _one_of(given.get("test", "moderated"), MOMENT_TESTS, "test")),
        gene_sets=str(given.get("gene_sets", "")),
        **{key: given[key] for key in ("seed", "halves", "draws", "timeout_s") if key in given},
    )
    _refuse_repeats([d.name for d in study.datasets], "data sets")
    for dataset in study.datasets:
        if dataset.primary:
            _one_of(dataset.primary, metrics, "primary metric")
    return study


def _standard() -> list[str]:
    """Metrics of a study that names none."""
    found = find("metrics")
    return [name for name in found.names if found[name].is_standard] or found.names


def _check_metric(name: str) -> None:
    """Refuse what is no metric of predictions, with the nearest one that is."""
    if name in find("network_metrics").names:
        raise BadStudy(
            f"'{name}' compares networks, not predictions",
            "name metrics of conditions, genes or data sets: `foretell metrics list`",
        )
    find("metrics").entry(name)


def _tables(given: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    """Return the tables ``[[key]]``, of which there must be one at least."""
    tables = given.get(key)
    if not tables:
        raise BadStudy(f"it names no {key}", f"add a [[{key}]] table")
    if not isinstance(tables, list) or not all(isinstance(t, Mapping) for t in tables):
        raise BadStudy(f"`{key}` is not a list of tables", f"write [[{key}]] above every one")
    return tables


def _dataset(table: Mapping[str, Any]) -> DatasetSpec:
    _check_keys(table, DATASET_KEYS, "a data set")
    file, simulate = str(table.get("file", "")), table.get("simulate")
    if bool(file) == (simulate is not None):
        raise BadStudy("a data set needs either `file` or `simulate`", "give one of the two")
    name = table.get("name", "simulated") if simulate is not None else stem_of(file)
    if file and table.get("name", name) != name:
        raise BadStudy(
            f"the data set of file '{name}' is called '{table['name']}'",
            "a data set is named by its file, so that a subset never answers to the full set's "
            "name; leave `name` out and say what it is part of with subset_of",
        )
    columns = table.get("columns", {})
    _check_table(columns, "`columns`")
    if simulate is not None:
        _check_simulated(simulate)
        columns = {"context": ["cell_type"], "blocks": ["batch"], "scale": "counts"} | columns
    provenance = table.get("provenance", {})
    _check_keys(provenance, PROVENANCE_KEYS, "provenance")
    return DatasetSpec(
        name=name,
        file=file,
        simulate=tuple(sorted((simulate or {}).items())),
        mapping=ColumnMapping.from_dict(columns),
        steps=tuple(_named("steps", step) for step in table.get("steps", ())),
        splits=tuple(_split(split) for split in _splits(name, table)),
        on_disk=bool(table.get("on_disk", False)),
        subset_of=table.get("subset_of", ""),
        provenance=Provenance(**provenance),
        layout=_layout(table.get("layout")),
        join=tuple(_joined(joined) for joined in table.get("join", ())),
        filters=tuple(_named("filters", chosen) for chosen in table.get("filters", ())),
        primary=str(table.get("primary", "")),
        phenotype=str(table.get("phenotype", "")),
        note=str(table.get("note", "")),
    )


def _layout(given: Any) -> TableLayout | None:
    if given is None:
        return None
    _check_table(given, "`layout`")
    return TableLayout.from_dict(given)


def _joined(given: Any) -> Joined:
    _check_keys(given, JOIN_KEYS, "a joined file")
    if not isinstance(given.get("file"), str):
        raise BadStudy("a joined file needs `file`", 'for example join = [{ file = "more" }]')
    columns = given.get("columns", {})
    _check_table(columns, "`columns` of a joined file")
    pairs = tuple(sorted((str(name), str(value)) for name, value in columns.items()))
    return Joined(given["file"], _layout(given.get("layout")), pairs)


def _check_simulated(simulate: Mapping[str, Any]) -> None:
    from foretell.data.simulate import Screen

    _check_keys(simulate, [field.name for field in fields(Screen)], "a simulated screen")
    try:
        Screen(**simulate)
    except (TypeError, ValueError) as error:
        why = str(error).removeprefix("Screen: ")
        raise BadStudy(
            f"`simulate` cannot be used, see `{why.partition('=')[0]}`: {why}",
            "keep to the range that is named",
        ) from None


def _splits(name: str, table: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    splits = table.get("splits")
    if not splits or not isinstance(splits, list):
        raise BadStudy(f"data set '{name}' has no splits", "add a [[datasets.splits]] table")
    return splits


def _split(table: Mapping[str, Any]) -> SplitSpec:
    """Read a split; keys that are not its own are options of its rule."""
    _check_table(table, "a split")
    own = {key: value for key, value in table.items() if key in SPLIT_KEYS}
    options = {key: value for key, value in table.items() if key not in SPLIT_KEYS}
    rule, name = str(own.pop("rule", "")), own.pop("task", None)
    if name is None and not rule:
        raise BadStudy("a split needs a task", 'for example task = "unseen_perturbation"')
    parts = own.pop("parts_seen", None)
    task = None if name is None else Task.parse(str(name), parts)
    if task is None and parts is not None:
        task = Task.parse("unseen_combination", parts)
    valid = [*SPLIT_KEYS, *rule_options(rule or str(name))]
    _check_keys(table, valid, "a split")
    chosen = find_rule(rule, task, options)
    return SplitSpec(chosen.task, rule=rule, options=chosen.given, **own)


def _models(tables: Iterable[Mapping[str, Any]]) -> tuple[ModelSpec, ...]:
    specs = []
    for table in tables:
        given = {key: value for key, value in table.items() if key != "label"}
        if "name" not in given:
            raise BadStudy("a model needs a name", f"valid: {', '.join(find('models').names)}")
        specs.append(ModelSpec(str(table.get("label", given["name"])), _named("models", given)))
    _refuse_repeats([spec.label for spec in specs], "models")
    return tuple(specs)


def _named(kind: str, table: Any) -> Any:
    """Construct from ``{name = ..., field = ...}``.

    A table with a name inside is a model where the key says so (``model``, ``models``), and an
    encoding elsewhere.
    """
    if not isinstance(table, Mapping) or not isinstance(table.get("name"), str):
        raise BadStudy(f"{table!r} stands where {kind} are listed", 'write { name = "..." }')
    given = {key: value for key, value in table.items() if key != "name"}
    for key, value in given.items():
        inner = "models" if key in ("model", "models") else "encodings"
        if isinstance(value, Mapping) and "name" in value:
            given[key] = _named(inner, value)
        elif isinstance(value, list):
            is_named = inner == "models"
            given[key] = tuple(_named(inner, v) if is_named else v for v in value)
    try:
        return find(kind).make(table["name"], **given)
    except (TypeError, ValueError) as error:
        raise BadStudy(
            f"cannot construct {kind.removesuffix('s')} '{table['name']}': {error}",
            f"foretell {kind} show {table['name']} says which values a field takes",
        ) from None


def _one_of(value: str, valid: Iterable[str], what: str) -> str:
    valid = list(valid)
    if value not in valid:
        raise UnknownName(f"'{value}' is not a {what} of this study", did_you_mean(value, valid))
    return value


def _check_keys(given: Any, valid: Iterable[str], what: str) -> None:
    _check_table(given, what)
    for key in given:
        if key not in valid:
            raise UnknownName(f"{what} has no key '{key}'", did_you_mean(key, valid))


def _check_table(given: Any, what: str) -> None:
    if not isinstance(given, Mapping):
        raise BadStudy(f"{what} cannot be {given!r}", "write { key = value }")


def _refuse_repeats(names: list[str], what: str) -> None:
    repeated = sorted({str(name) for name in names if names.count(name) > 1})
    if repeated:
        way_out = "give one of them a `label`" if what == "models" else "name each one once"
        raise BadStudy(f"two {what} are called '{repeated[0]}'", way_out)
