"""Matched: a prediction made elsewhere, on the conditions, genes and scale of the truth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from foretell.core.checks import LARGEST_LOG
from foretell.core.context import Condition, Context
from foretell.core.errors import BadMapping, BadValues, UnknownName, shorten
from foretell.core.labels import read_conditions
from foretell.core.mapping import ColumnMapping
from foretell.core.scale import Scale
from foretell.data.readers.predictions.outside import Outside

__all__ = ["Matched", "match"]

JOINTS = "_|;,&/"  # what others join combinations with
LEAST_COMMON = 0.5  # share of the genes that must be predicted


@dataclass(frozen=True, eq=False)
class Matched:
    """Predicted profiles of the conditions that are scored.

    Parameters
    ----------
    mean : (m, g) profiles; rows and values that were not predicted hold the floor.
    row : (m,) profile of the file behind each condition; -1 = missing.
    filled : (m,) values that were not predicted in a row that was.
    control : (g,) predicted control profile, where the file has one; or None.
    notes : what was done to bring the two together, in words.
    """

    mean: np.ndarray
    row: np.ndarray
    filled: np.ndarray
    control: np.ndarray | None
    notes: tuple[str, ...]

    @property
    def is_missing(self) -> np.ndarray:
        """(m,) True where nothing was predicted: these score as the floor."""
        missing: np.ndarray = self.row < 0
        return missing


def match(
    outside: Outside,
    conditions: Sequence[Condition],
    genes: np.ndarray,
    scale: Scale,
    mapping: ColumnMapping,
    floor: np.ndarray,
    *,
    normalise: bool = False,
) -> Matched:
    """Bring a prediction onto m conditions of one context and g genes.

    Labels are read as those of the truth: the order of a combination's parts, parts that say
    control, and what joins them, do not matter. Genes may stand in any order; those that were not
    predicted hold the floor, as do conditions and values that are missing: nothing is left out.

    Parameters
    ----------
    mapping : of the real data; its columns are looked for in the prediction.
    floor : (g,) profile that stands in for what was not predicted.
    normalise : convert counts to the scale of the truth; without it they are refused.

    Raises
    ------
    BadMapping
        If fewer than half of the genes were predicted, or the columns do not fit.
    UnknownName
        If no condition was predicted at all.
    BadValues
        If the values are on another scale, or infinite.
    """
    notes: list[str] = []
    found = _rows(outside, conditions, mapping, notes)
    row = np.array([found.get(condition, -1) for condition in conditions], dtype=np.int64)
    if (row < 0).all():
        raise UnknownName(
            f"none of {len(conditions)} conditions was predicted, such as "
            f"{shorten(list(map(str, conditions)), 3)}",
            f"the prediction's labels are {shorten(map(str, outside.obs.iloc[:, 0]), 5)}",
        )
    values, is_known = _values(outside, genes, scale, normalise, notes)
    control_row = next((r for c, r in found.items() if c.is_control), None)
    mean = np.tile(floor, (len(conditions), 1))
    here = row >= 0
    given = np.isfinite(values[row[here]]) & is_known
    here[here] = given.any(axis=1)  # a row of NaN is no prediction
    row = np.where(here, row, -1)
    given = given[given.any(axis=1)]
    mean[here] = np.where(given, values[row[here]], floor)
    filled = np.zeros(len(conditions), dtype=np.int64)
    filled[here] = (~given & is_known).sum(axis=1)
    if (row < 0).any():
        names = [str(c) for c, r in zip(conditions, row, strict=True) if r < 0]
        notes.append(f"not predicted, scored as the floor: {shorten(names)}")
    if filled.any():
        notes.append(f"{filled.sum()} single values are NaN and hold the floor")
    control = None if control_row is None else values[control_row]
    return Matched(mean, row, filled, control, tuple(notes))


def _rows(
    outside: Outside, conditions: Sequence[Condition], mapping: ColumnMapping, notes: list[str]
) -> dict[Condition, int]:
    """Position of the profile of each condition of the context that the file speaks of."""
    wanted, context = set(conditions), conditions[0].context
    read = _read(outside, mapping, mapping.delimiter, context, notes)
    strange = [i for i, c in enumerate(read) if c not in wanted and not c.is_control]
    for joint in JOINTS:
        if strange and joint != mapping.delimiter:
            again = _read(outside, mapping, joint, context, [])
            for i in [i for i in strange if again[i] in wanted]:
                read[i] = again[i]
                strange.remove(i)
    found: dict[Condition, int] = {}
    for i, condition in enumerate(read):
        if condition in found:
            raise BadMapping(
                f"the prediction names {condition} twice", "write one profile per condition"
            )
        if condition.context == context:
            found[condition] = i
    others = [str(outside.obs.iloc[i, 0]) for i in strange if read[i].context == context]
    if others:
        notes.append(f"predicted, but not in the truth, and left out: {shorten(others)}")
    return found


def _read(
    outside: Outside,
    mapping: ColumnMapping,
    delimiter: str | None,
    context: Context,
    notes: list[str],
) -> list[Condition]:
    """Read the labels of a file as those of the truth are read."""
    import pandas as pd

    frame = outside.obs.copy()
    missing = [c for c in mapping.context if c not in frame.columns]
    if missing:
        notes.append(f"the prediction has no column {shorten(missing)}: it is meant for all")
    spelled = replace(
        mapping,
        delimiter=delimiter,
        context=() if missing else mapping.context,
        blocks=(),
        no_call=(),
        keep=(),
        components=(),
        is_control=mapping.is_control if mapping.is_control in frame.columns else None,
        dose=mapping.dose if mapping.dose in frame.columns else None,
        kind_column=mapping.kind_column if mapping.kind_column in frame.columns else None,
        horizon_h=None,
    )
    if mapping.perturbation not in frame.columns:
        frame = frame.rename(columns={frame.columns[0]: mapping.perturbation})
    control: dict[str, Any] = {c: frame[c].iloc[0] for c in frame.columns}
    control[mapping.perturbation] = mapping.control[0]  # a file need not hold any
    frame = pd.concat([frame, pd.DataFrame([control])], ignore_index=True)
    frame.index = frame.index.astype(str)
    labelled = read_conditions(frame, spelled)
    read = [labelled.conditions[code] for code in labelled.codes[:-1]]
    return [Condition(c.perturbation, context, c.horizon_h) for c in read] if missing else read


def _values(
    outside: Outside, genes: np.ndarray, scale: Scale, normalise: bool, notes: list[str]
) -> tuple[np.ndarray, np.ndarray]:
    """(rows, g) values in the order of the real genes, and (g,) which of them were predicted."""
    place = {gene: i for i, gene in enumerate(outside.genes)}
    if len(place) < len(outside.genes):
        raise BadMapping("the prediction names a gene twice", "make its genes unique")
    at = np.array([place.get(gene, -1) for gene in genes], dtype=np.int64)
    known = at >= 0
    if known.mean() < LEAST_COMMON:
        raise BadMapping(
            f"{int(known.sum())} of {len(genes)} real genes were predicted "
            f"(real: {shorten(genes[:3])}; predicted: {shorten(outside.genes[:3])})",
            "name genes alike on both sides",
        )
    mean = _on_scale(outside, scale, normalise, notes)
    values = np.where(known, mean[:, np.maximum(at, 0)], np.nan)
    if not known.all():
        names = shorten(genes[~known], 5)
        notes.append(f"{int((~known).sum())} genes were not predicted and hold the floor: {names}")
    extra = len(outside.genes) - int(known.sum())
    if extra:
        notes.append(f"{extra} predicted genes are not in the truth and are left out")
    if known.all() and not extra and not np.array_equal(at, np.arange(len(genes))):
        notes.append("the prediction's genes stood in another order")
    return values, known


def _on_scale(outside: Outside, scale: Scale, normalise: bool, notes: list[str]) -> np.ndarray:
    """Refuse what is on another scale than the truth, or convert counts where that is asked."""
    if np.isinf(outside.mean).any():
        raise BadValues("the prediction holds infinite values", "write NaN for what is unknown")
    if outside.is_relative and not scale.is_relative:
        raise BadValues(
            f"the layout {outside.layout} holds differences, and the truth is {scale}",
            "declare the truth's scale as relative, such as z",
        )
    largest = outside.largest
    if scale.family == "log1p" and (outside.is_whole or largest > LARGEST_LOG):
        if not normalise:
            raise BadValues(
                f"the truth is {scale}, and the prediction looks like counts (largest "
                f"{largest:g}, {'all' if outside.is_whole else 'not all'} whole numbers)",
                "predict on the scale of the truth, or let counts be converted: --normalise",
            )
        return _normalised(outside, scale, notes)
    if scale.is_counts and 0 < largest < LARGEST_LOG and not outside.is_whole:
        notes.append("the truth are counts, and the predicted values are small and not whole")
    return outside.mean


def _normalised(outside: Outside, scale: Scale, notes: list[str]) -> np.ndarray:
    """Divide each cell (or profile) by its sum, scale, and take log1p; then average again."""
    from foretell.core.moments import GroupMoments

    if scale.name not in ("log1p_cp10k", "log1p_cpm"):
        raise BadValues(
            f"counts cannot be converted to {scale}: it does not say what cells were scaled to",
            "declare the truth's scale as log1p_cp10k (or log1p_cpm), if that is what it is",
        )
    total = 1e4 if scale.name == "log1p_cp10k" else 1e6
    X: Any = outside.cells if outside.cells is not None else outside.mean
    X = np.asarray(X.toarray() if hasattr(X, "indptr") else X, dtype=float)
    depth = X.sum(axis=1, keepdims=True)
    scaled = np.log1p(total * X / np.where(depth > 0, depth, 1.0))
    notes.append(f"counts were converted: log1p of {total:g} times their share")
    if outside.cell_row is None:
        return np.asarray(scaled)
    moments = GroupMoments(len(outside), X.shape[1], squares=False)
    moments.add(scaled, outside.cell_row)
    return np.asarray(moments.mean)
