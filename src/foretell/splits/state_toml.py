"""State TOML: the division of contexts and perturbations as State's configuration writes it.

.. code-block:: toml

    [training]
    replogle = "train"
    [zeroshot]
    "replogle.jurkat" = "test"
    [fewshot."replogle.rpe1"]
    val = ["AARS"]
    test = ["NUP107", "RPUSD4"]

Keys are data set and cell type, joined by a dot; the first dot divides. Contexts under zeroshot are
held out whole; of those under fewshot the named perturbations are, and all others are trained on;
all other contexts are trained on where ``[training]`` names the data set, and unused otherwise.
``val`` is our calibration. State lets a perturbation stand under val and test; here it is
tested, and the count is noted. Entries of other data sets are passed over and counted, and
``[datasets]`` is not read, because a study says itself where files are. Few-shot tests
perturbations that other contexts show, so the task is an unseen context of which something is
known, as in ``few_shot_context``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from foretell.core.context import Condition
from foretell.core.dataset import Dataset
from foretell.core.errors import BadStudy, UnknownName, did_you_mean, shorten
from foretell.core.split import Finding
from foretell.core.task import TaskName
from foretell.splits.named_sides import SIDES, WORDS, read_table
from foretell.splits.own_labels import find_conditions
from foretell.splits.sides import Asked, Sides

__all__ = ["Options", "draw", "examples"]

TASKS = (TaskName.UNSEEN_CONTEXT, TaskName.UNSEEN_PERTURBATION)
BY_DESIGN = ("held-out contexts among training conditions",)

Table = tuple[tuple[str, Any], ...]


@dataclass(frozen=True)
class Options:
    """Options of the rule.

    Parameters
    ----------
    file : a TOML file of State.
    training, zeroshot, fewshot : the same tables, written here instead.
    dataset : data set of the configuration that is meant; the only one where empty.
    column : context item that is the cell type.
    """

    file: str = ""
    training: Table = ()
    zeroshot: Table = ()
    fewshot: Table = ()
    dataset: str = ""
    column: str = "cell_type"

    def __post_init__(self) -> None:
        if bool(self.file) == bool(self.zeroshot or self.fewshot):
            raise BadStudy(
                "State's division is given twice or not at all",
                'give file = "..." or the tables zeroshot and fewshot',
            )


def draw(asked: Asked, options: Options) -> list[Sides]:
    """Return the division that is written."""
    data = asked.dataset
    tables = _tables(options)
    name = _dataset(tables, options.dataset)
    sides: dict[Condition, str] = {}
    if name in tables["training"]:
        sides = dict.fromkeys(data.perturbed, "train")
    twice = 0
    for key, side in _own(tables["zeroshot"], name).items():
        for condition in _of_cell_type(data, key, options):
            sides[condition] = _side(side, key)
    for key, lists in _own(tables["fewshot"], name).items():
        here = _of_cell_type(data, key, options)
        sides |= dict.fromkeys(here, "train")
        named = _named(data, here, dict(lists), key)
        twice += len(named["calibration"] & named["test"])
        for side in SIDES:  # test last: it wins
            sides |= dict.fromkeys([c for c in here if c in named[side]], side)
    train, calibration, test = ([c for c in sides if sides[c] == side] for side in SIDES)
    others = sum(k.partition(".")[0] != name for t in ("zeroshot", "fewshot") for k in tables[t])
    notes = (
        Finding("perturbations under val and test of the configuration: tested", twice),
        Finding("entries of other data sets in the configuration: passed over", others),
    )
    return [Sides(train, test, calibration, notes=notes)]


def _tables(options: Options) -> dict[str, dict[str, Any]]:
    names = ("training", "zeroshot", "fewshot")
    given = (
        read_table(options.file) if options.file else {n: dict(getattr(options, n)) for n in names}
    )
    tables = {n: given.get(n, {}) for n in names}
    for n, table in tables.items():
        if not isinstance(table, Mapping):
            raise BadStudy(f"[{n}] of State's configuration is no table", f"write [{n}]")
    return tables


def _dataset(tables: Mapping[str, Mapping[str, Any]], wanted: str) -> str:
    keys = [*tables["training"], *tables["zeroshot"], *tables["fewshot"]]
    names = sorted({key.partition(".")[0] for key in keys})
    if wanted or len(names) != 1:
        if wanted in names:
            return wanted
        raise UnknownName(
            f"State's configuration names {shorten(names)}, not '{wanted}'",
            f'say which data set is meant: dataset = "..." ({did_you_mean(wanted, names)})',
        )
    return names[0]


def _own(table: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Entries of one data set, by cell type."""
    parts = {key.partition(".")[::2]: value for key, value in table.items()}
    return {cell_type: value for (own, cell_type), value in parts.items() if own == name}


def _of_cell_type(data: Dataset, cell_type: str, options: Options) -> list[Condition]:
    values = {dict(c.context.items).get(options.column) for c in data.perturbed} - {None}
    if cell_type not in values:
        raise UnknownName(
            f"State's configuration names the cell type '{cell_type}', which is not in the context "
            f"item '{options.column}' of '{data.name}'",
            did_you_mean(cell_type, map(str, values)),
        )
    return [c for c in data.perturbed if dict(c.context.items).get(options.column) == cell_type]


def _side(word: Any, where: str) -> str:
    for side, words in WORDS.items():
        if str(word).lower() in words:
            return side
    valid = [word for words in WORDS.values() for word in words]
    raise UnknownName(f"'{word}' of '{where}' names no side", did_you_mean(str(word), valid))


def _named(
    data: Dataset, here: list[Condition], lists: Mapping[str, Any], where: str
) -> dict[str, set[Condition]]:
    """Conditions of a few-shot context by side."""
    part = data.subset(here)
    found: dict[str, set[Condition]] = {side: set() for side in SIDES}
    for word, names in lists.items():
        found[_side(word, where)] |= find_conditions(part, names, f"[fewshot.'{where}'] {word}")
    return found


def examples(dataset: Dataset) -> list[tuple[str, dict[str, Any]]]:
    """Return one context held out whole, and one in part."""
    if [name for name, _ in dataset.contexts[0].items] != ["cell_type"] or len(
        dataset.contexts
    ) < 2:
        return []
    first, second = (context["cell_type"] for context in dataset.contexts[:2])
    named = sorted({str(c.perturbation) for c in dataset.perturbed if c.perturbation.order == 1})
    options = {
        "training": {"d": "train"},
        "zeroshot": {f"d.{first}": "test"},
        "fewshot": {f"d.{second}": {"val": named[:4], "test": named[2:5]}},
    }
    return [(TaskName.UNSEEN_CONTEXT.value, options)]
