"""Agreement: whether two answers, or one input before and after, are the same."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from foretell.core.prediction import PER_ROW, Prediction

__all__ = ["agree", "changed", "difference", "snapshot"]

Snapshot = dict[str, np.ndarray]


def agree(first: Any, second: Any, rtol: float = 0.0) -> bool:
    """Return True where arrays are equal, NaN included, to `rtol` of the largest value."""
    a, b = np.asarray(first), np.asarray(second)
    if a.shape != b.shape:
        return False
    if a.dtype.kind != "f" or rtol == 0:
        return bool(np.array_equal(a, b, equal_nan=a.dtype.kind == "f"))
    size = float(np.abs(a[np.isfinite(a)]).max(initial=0.0))
    return bool(np.allclose(a, b, rtol=0.0, atol=rtol * size, equal_nan=True))


def difference(first: Prediction, second: Prediction, rtol: float = 0.0) -> str:
    """Say where two predictions of the same rows differ; empty where they do not."""
    for name in ("mean", *PER_ROW, "support", "coverage", "call_fdr"):
        a, b = getattr(first, name), getattr(second, name)
        if (a is None) != (b is None):
            return f"only one of them has `{name}`"
        if a is not None and not agree(a, b, rtol):
            return f"`{name}` differs{_by_how_much(a, b)}"
    if _reasons(first) != _reasons(second):
        return "the reasons differ"
    pairs = zip(_cells(first), _cells(second), strict=True)
    return "" if all(agree(a, b, rtol) for a, b in pairs) else "the sampled cells differ"


def _by_how_much(a: Any, b: Any) -> str:
    a, b = np.asarray(a), np.asarray(b)
    if a.dtype.kind != "f" or a.shape != b.shape:
        return ""
    return f" by up to {np.nanmax(np.abs(a - b), initial=0.0):.3g}"


def _reasons(prediction: Prediction) -> tuple[str, ...]:
    return prediction.reasons or ("",) * len(prediction)


def _cells(prediction: Prediction) -> list[np.ndarray]:
    """Return the sampled cells of every row, in the order in which they were drawn."""
    if prediction.cells is None or prediction.cell_row is None:
        return [np.empty(0)] * len(prediction)
    X = prediction.cells.toarray() if hasattr(prediction.cells, "toarray") else prediction.cells
    return [np.asarray(X)[prediction.cell_row == row] for row in range(len(prediction))]


def snapshot(value: Any, *, leave_out: Iterable[str] = ()) -> Snapshot:
    """Copy every array and number that can be reached from a value, by where it stands."""
    return {path: np.array(leaf) for path, leaf in _leaves(value, "", frozenset(leave_out))}


def changed(before: Snapshot, after: Snapshot) -> list[str]:
    """Return where something that stood there before is not the same any more."""
    return [
        path for path, array in before.items() if path not in after or not agree(array, after[path])
    ]


def _leaves(value: Any, path: str, leave_out: frozenset[str]) -> Iterator[tuple[str, Any]]:
    if isinstance(value, (np.ndarray, int, float, str, np.generic)):
        yield path, value
    elif hasattr(value, "indptr"):
        for name in ("data", "indices", "indptr"):
            yield f"{path}.{name}", getattr(value, name)
    elif hasattr(value, "columns") and hasattr(value, "iloc"):
        for name in value.columns:
            yield f"{path}.{name}", value[name].to_numpy(dtype=object).astype(str)
    else:
        for name, part in _parts(value):
            if name not in leave_out:
                yield from _leaves(part, f"{path}.{name}" if path else name, leave_out)


def _parts(value: Any) -> Iterator[tuple[str, Any]]:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        yield from vars(value).items()
    elif isinstance(value, Mapping):
        yield from ((str(name), part) for name, part in value.items())
    elif isinstance(value, (tuple, list)):
        yield from ((str(i), part) for i, part in enumerate(value))
