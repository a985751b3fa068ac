"""Inspect: look at a file and say what it is, what it can show, and how to load it.

Nothing is believed because of its name alone: a name proposes, the values decide, and what they
leave open is called unclear. Tables are read whole, matrices in a few runs of rows.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from foretell.core.dataset import Dataset
from foretell.core.errors import UnknownName, did_you_mean, shorten
from foretell.core.layout import Joined, TableLayout
from foretell.core.mapping import LISTS
from foretell.data.inspect.build import build, values_of
from foretell.data.inspect.censored import guess_censored
from foretell.data.inspect.components import guess_components
from foretell.data.inspect.context import guess_blocks, guess_context
from foretell.data.inspect.control import control_rows, guess_control
from foretell.data.inspect.dose import guess_dose
from foretell.data.inspect.effects import Effects, count_effects, too_much, untestable
from foretell.data.inspect.genes import guess_features, guess_gene_names, guess_species
from foretell.data.inspect.guess import UNCLEAR, Guess
from foretell.data.inspect.horizon import guess_horizon
from foretell.data.inspect.inspection import Inspection
from foretell.data.inspect.judge import judge
from foretell.data.inspect.kind import guess_kind
from foretell.data.inspect.labels import (
    guess_delimiter,
    guess_dose_mark,
    guess_no_call,
    guess_spelling,
    parts_of,
)
from foretell.data.inspect.library import guess_library
from foretell.data.inspect.look import Look
from foretell.data.inspect.mapping import FIELDS, chosen_columns
from foretell.data.inspect.matrices import guess_matrix
from foretell.data.inspect.observation import RELATIVE, guess_observation
from foretell.data.inspect.opened import open_data
from foretell.data.inspect.perturbation import doubt_unused, guess_perturbation
from foretell.data.inspect.quality import check_quality
from foretell.data.inspect.screen import guess_screen
from foretell.data.inspect.words import is_control_label

if TYPE_CHECKING:
    from anndata import AnnData

__all__ = ["inspect"]

OF_COLUMNS = (
    "perturbation",
    "is_control",
    "context",
    "blocks",
    "dose",
    "horizon_h",
    "kind_column",
    "library_size",
    "components",
)


def inspect(
    source: str | Path | AnnData,
    *,
    layout: TableLayout | None = None,
    join: Sequence[Joined] = (),
    said: Mapping[str, Any] | None = None,
    quick: bool = False,
    full: bool = False,
) -> Inspection:
    """Look at a file or an AnnData.

    Parameters
    ----------
    source : path, stem on the data path, or AnnData; a matrix on disk stays there.
    layout, join : how a table is laid out, and files whose observations are appended.
    said : fields of the mapping that are known; they are taken as given, and everything else is
        guessed around them.
    quick : leave out the count of differential genes, the only pass over all values.
    full : make that pass however large the file is.

    Errors
    ------
    `UnreadableFile` for a file that cannot be read; `UnknownName` for a field or a column in `said`
    that does not exist. What is wrong inside the file becomes a remark.

    Notes
    -----
    Cost: O(cells of the tables) and at most a thousand rows; with the pass, O(stored values).
    """
    opened = open_data(source, layout=layout, join=join)
    look = Look(opened, _checked(dict(said or {}), list(opened.obs.columns)))
    if opened.laid_out is not None:
        look.guesses["layout"] = opened.laid_out
    look.add(*guess_matrix(look), guess_features(look))
    look.add(guess_perturbation(look))
    treated = _guess_labels(look)
    look.add(guess_screen(look, treated), guess_species(look))
    dataset, effects = None, Effects(why_not="left out (--quick)")
    if look.value("screen") == "screen":
        _guess_rest(look, treated)
        doubt_unused(look)
        for name in set(look.said) - set(look.guesses):
            look.add(Guess(name))  # a field that nothing is guessed for
        dataset = build(look)
    check_quality(look)
    if dataset is not None:
        _remark_on_controls(look, dataset)
        if dataset.merged_labels:
            same = shorten(dataset.merged_labels, 4)
            look.remark("note", f"labels that mean the same condition: {same}")
        if not quick:
            effects = _effects(look, dataset, full)
    return Inspection(
        name=opened.name,
        path=opened.path,
        n_obs=opened.n_obs,
        n_genes=opened.n_genes,
        guesses=look.guesses,
        remarks=tuple(look.remarks),
        columns=chosen_columns(look.guesses) if look.perturbation is not None else {},
        layout=opened.layout,
        judgement=None if dataset is None else judge(dataset, effects),
        dataset=dataset,
    )


def _checked(said: dict[str, Any], columns: Sequence[str]) -> dict[str, Any]:
    """Refuse fields and columns that do not exist."""
    for name in list(said):
        if name in LISTS and isinstance(said[name], str):
            said[name] = [said[name]]
        if name not in FIELDS:
            raise UnknownName(f"a mapping has no field '{name}'", did_you_mean(name, FIELDS))
    for name in OF_COLUMNS:
        value = said.get(name)
        for column in [value] if isinstance(value, str) else value or ():
            if column not in columns:
                hint = did_you_mean(column, columns)
                raise UnknownName(f"there is no column '{column}' in obs ({name})", hint)
    return said


def _guess_labels(look: Look) -> np.ndarray:
    """Guess how labels are spelled and which are controls; return which rows are treated."""
    column = look.perturbation
    none = np.zeros(look.opened.n_obs, dtype=bool)
    if column is None:
        return none
    look.add(guess_spelling(list(column.values)))
    look.add(*guess_control(look, column))
    controls = tuple(look.value("control", ()))
    look.add(guess_no_call(column, controls))
    if look.value("is_control") is not None and "control" not in look.said:
        look.guesses.pop("control", None)
    no_call = set(look.value("no_call", ()))
    labels = [v for v in column.values if v not in no_call]
    if look.value("spelling") == "tuples":
        look.add(Guess("delimiter", "+"), Guess("dose_mark", None))
    else:
        look.add(guess_delimiter(labels, controls, look.all_genes, _counted_parts(look)))
        look.add(guess_dose_mark([v for v in labels if v not in controls], look.value("delimiter")))
    is_no_call = column.rows(*no_call) | ((column.codes < 0) & bool({"nan", "NaN"} & no_call))
    return ~control_rows(look) & ~is_no_call


def _counted_parts(look: Look) -> dict[str, int]:
    """Return what a column such as ``nperts`` counts in every label, where it is one number."""
    label = look.perturbation
    for column in look.columns:
        if re.fullmatch(r"n_?perts?|n_?perturbations?|n_drugs|n_targets", column.plain):
            if label is None or not column.is_number or column.n_missing:
                continue
            if label.refines(column):
                first = np.unique(label.codes, return_index=True)[1]
                counted = column.numbers[column.codes[first]]
                found = dict(zip(label.codes[first], counted, strict=True))
                return {label.values[i]: int(n) for i, n in found.items() if i >= 0}
    return {}


def _guess_rest(look: Look, treated: np.ndarray) -> None:
    """Guess everything that is read relative to controls and treated observations."""
    control = control_rows(look)
    look.add(*guess_dose(look, treated))
    look.add(*guess_horizon(look, control, treated))
    look.add(*guess_kind(look, treated))
    look.add(*guess_context(look, control, treated))
    look.add(guess_observation(look, treated), *guess_censored(look))
    look.add(guess_blocks(look, control, treated), guess_library(look))
    look.add(guess_components(look, treated), guess_gene_names(look, _targets(look)))
    relative = look.value("scale") in RELATIVE
    if relative and control.any():
        _doubt_relative_controls(look, int(control.sum()))
    if not relative and not control.any():
        look.remark(
            "error",
            f"no observation is a control, and the scale {look.value('scale')} is no difference",
            _where_controls_are(look),
        )


def _where_controls_are(look: Look) -> str:
    """Say how controls could be found; they may stand in a layer, paired with every row."""
    paired = [name for name in look.opened.layers if is_control_label(name)]
    if paired:
        return (
            f"layer '{paired[0]}' may hold a control for every row: write X minus that layer into "
            'a file of its own, and declare scale = "log_ratio"'
        )
    return "name the untreated ones: --control LABEL or --is-control COLUMN"


def _targets(look: Look) -> list[str]:
    """Distinct targets of the labels, without controls, no calls and doses."""
    from foretell.core.errors import ForetellError
    from foretell.core.label_parts import split_label
    from foretell.core.mapping import ColumnMapping

    column = look.perturbation
    if column is None:
        return []
    left_out = {*look.value("no_call", ()), *look.value("control", ())}
    names = ("delimiter", "spelling", "dose_mark")
    mapping = ColumnMapping(**{n: look.value(n) for n in names if look.value(n) is not None})
    found: set[str] = set()
    for label in column.values:
        if label not in left_out:
            try:
                found |= {part.target for part in split_label(label, mapping)}
            except ForetellError:
                found |= set(parts_of(label, None))
    return sorted(found - left_out)


def _doubt_relative_controls(look: Look, n: int) -> None:
    """Ask about controls among effects: of what against what, only a person knows."""
    values = look.sample(look.value("layer") or "X")
    rows = np.flatnonzero(control_rows(look)[values.rows])
    if not any(len(values.row(int(i))) for i in rows):
        return
    for name in ("control", "is_control"):
        if look.value(name) and name not in look.said:
            fact = (
                f"values are differences, yet {n} control rows are not zero: they are contrasts of "
                "negative controls, and show noise; keep them as reference, or drop them (no_call)"
            )
            look.guesses[name] = look.guesses[name].but(UNCLEAR, fact)


def _remark_on_controls(look: Look, dataset: Dataset) -> None:
    from foretell.data.inspect.judge import CONTROLS

    if dataset.scale.is_relative:
        return
    fewest = CONTROLS[dataset.mapping.observation]
    few = [
        str(c.context)
        for c, n in dataset.n_by_condition.items()
        if c.is_control and n < fewest
    ]  # fmt: skip
    if few:
        look.remark(
            "warning",
            f"{len(few)} of {len(dataset.contexts)} contexts have fewer than {fewest} controls "
            f"({', '.join(few[:3])}): model and truth would share them",
            "such rows are marked `shared control`; leave the contexts out, or join contexts",
        )


def _effects(look: Look, dataset: Dataset, full: bool) -> Effects:
    matrix = values_of(look)
    why = untestable(dataset) if full else too_much(dataset, matrix)
    if dataset.mapping.layer is not None and dataset.mapping.layer not in look.opened.matrices:
        why = "there is no such layer"
    return Effects(why_not=why) if why else count_effects(dataset, matrix)
