"""Mappings and labels: drawn ones, right and wrong, tried in memory."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import strategies as st

from corpus.outcome import bad_error, written_down
from corpus.screens import screen
from foretell.core.dataset import Dataset
from foretell.core.errors import ForetellError
from foretell.core.mapping import ColumnMapping

__all__ = ["ATTEMPTS"]

COLUMNS = (
    "perturbation",
    "cell_type",
    "dose",
    "time",
    "flag",
    "odd",
    "kind",
    "size",
    "smiles",
    "b",
)
FIELDS = list(ColumnMapping.__dataclass_fields__)
column = st.sampled_from((*COLUMNS, "nowhere", ""))
text = st.one_of(
    st.sampled_from(
        ("control", "A", "A+B", "+", "|", "uM", "h", "counts", "z", "knockout", "cells")
    ),
    st.sampled_from(
        ("small", "unknown", "tuples", "plain", "samples", "log1p_cp10k", "logs", "id")
    ),
    st.text(max_size=4),
)
anything = st.one_of(
    column, text, st.none(), st.booleans(), st.integers(-3, 5), st.floats(), st.lists(column),
    st.lists(text, max_size=3), st.dictionaries(column, st.lists(text, max_size=2), max_size=2),
)  # fmt: skip
SENSIBLE = {
    "perturbation": st.just("perturbation"),
    "control": st.sampled_from((["control"], ["control", "A"], [])),
    "scale": st.sampled_from(("counts", "z", "log1p", "intensity")),
    "delimiter": st.sampled_from(("+", "_", "", None)),
    "context": st.lists(st.sampled_from(COLUMNS), max_size=2),
    "blocks": st.lists(st.sampled_from(COLUMNS), max_size=2),
    "dose": st.sampled_from(("dose", "odd", "time", None)),
    "horizon_h": st.sampled_from(("time", "odd", None)),
    "is_control": st.sampled_from(("flag", "odd", None)),
    "kind_column": st.sampled_from(("kind", None)),
    "library_size": st.sampled_from(("size", "time", None)),
    "observation": st.sampled_from(("cells", "samples")),
    "min_cells": st.integers(0, 5),
    "censored": st.sampled_from((None, "small", "unknown")),
    "keep": st.fixed_dictionaries({}, optional={"cell_type": st.sampled_from((["T"], ["B", "x"]))}),
}
mapping = st.one_of(
    st.dictionaries(st.sampled_from((*FIELDS, "contxt")), anything, max_size=5),
    st.fixed_dictionaries({}, optional=SENSIBLE),
    st.tuples(
        st.fixed_dictionaries({}, optional=SENSIBLE),
        st.dictionaries(st.sampled_from(FIELDS), anything, max_size=1),
    ).map(lambda both: both[0] | both[1]),
)
letters = st.text(max_size=6)
part = st.one_of(
    letters,
    st.sampled_from(("control", "ctrl", "A", "B", "KLF1", "nan", "None", "NT", "1.0", "0", "DMSO")),
    st.sampled_from(("[('a', 1, 'uM')]", "a|1", "a|b|", "A:KO", "x@1 uM", "  ", "\0", "[(" * 3)),
)
label = st.one_of(
    part,
    st.lists(part, min_size=1, max_size=3).flatmap(
        lambda parts: st.sampled_from("+_|;,:@/ ").map(lambda mark: mark.join(parts))
    ),
    st.one_of(st.none(), st.booleans(), st.integers(-2, 3), st.floats(width=32)),
)
labels = st.tuples(st.lists(label, min_size=1, max_size=8), st.sampled_from((1, 2, 6)), letters)


def _adata() -> Any:
    labels = ("control", "A", "B", "A+B", "C_D")
    adata = screen(
        labels,
        n=8,
        genes=("A", "B", "C", "D", "E"),
        cell_type=lambda label, i: "TB"[i % 2],
        dose=lambda label, i: "1.0+0.5" if "+" in label else "0.5 uM",
        time=lambda label, i: float(24 * (i % 2)),
        flag=lambda label, i: label == "control",
        odd=lambda label, i: (None, "", "x", 3, True, "1e400", float("nan"), "\u00bd")[i],
        kind=lambda label, i: ("CRISPRi", "OE")[i % 2],
        size=500.0,
        smiles=lambda label, i: f"C{label}",
        b=lambda label, i: i % 3,
    )
    adata.layers["logs"] = np.log1p(adata.X.toarray())
    adata.var["id"] = ["x", "x", "y", "", "z"]
    return adata


def _mapped(given: dict[str, Any]) -> list[str]:
    """Build a mapping and a data set; a profile of what was built."""
    return _tried(lambda: Dataset.from_anndata(_adata(), ColumnMapping.from_dict(given)).profiles())


def _labelled(given: tuple[list[Any], int, str]) -> list[str]:
    """Look at drawn labels and load them with what was found."""
    from foretell.data.inspect.inspect import inspect

    drawn, n, column = given
    adata = screen(drawn, n=n, column=column or "perturbation", genes=("A", "B", "KLF1", "C"))
    found: list[Any] = []
    faults = _tried(lambda: found.append(inspect(adata, quick=n < 6)))
    if not found or not found[0].is_screen:
        return faults
    faults += written_down(found[0])
    load = lambda: Dataset.from_anndata(adata, ColumnMapping.from_dict(found[0].columns))  # noqa: E731
    errors = any(r.level == "error" for r in found[0].remarks)
    return faults + _tried(load, refused=errors)


def _tried(function: Callable[[], Any], refused: bool | None = None) -> list[str]:
    try:
        function()
    except ForetellError as error:
        told = [] if refused is None or refused else [f"inspect saw nothing wrong, but {error}"]
        return bad_error(error) + told
    except Exception as error:
        place = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{Path(place.filename).name}:{place.lineno}"
        return [f"{type(error).__name__}: {error} ({where})"]
    return []


ATTEMPTS = {"labels": (labels, _labelled), "mappings": (mapping, _mapped)}
