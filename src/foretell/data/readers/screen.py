"""Screen: from a file to a Dataset, with all that decides what was read in its hash."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from foretell.core.dataset import Dataset
from foretell.core.errors import BadMapping, BadValues
from foretell.core.layout import Joined, TableLayout
from foretell.core.mapping import ColumnMapping
from foretell.core.spec import describe, hash_text
from foretell.core.stored import lies_on_disk
from foretell.data.find import file_hash, stem_of
from foretell.data.readers.join import NOT_GIVEN
from foretell.data.readers.read import find_joined, read

if TYPE_CHECKING:
    from anndata import AnnData

__all__ = ["content_of", "read_screen"]


def read_screen(
    path: Path,
    mapping: ColumnMapping,
    *,
    on_disk: bool = False,
    layout: TableLayout | None = None,
    join: Sequence[Joined] = (),
) -> Dataset:
    """Read a file as a `Dataset`; parameters and errors as in ``foretell.load``."""
    adata = read(path, on_disk=on_disk, layout=layout, join=join)
    content = content_of(path, layout, join)
    if join:
        _refuse_not_given(adata, mapping, NOT_GIVEN)
    adata = _by_rows(adata, mapping.layer, content)
    _check_numbers(adata, mapping.layer, path)
    return Dataset.from_anndata(adata, mapping, name=stem_of(path), file_hash=content)


def content_of(path: Path, layout: TableLayout | None, join: Sequence[Joined]) -> str:
    """Hash of all that decides what is read: files, layouts, and what joined files are given."""
    from foretell.data.readers.describe import beside

    first = file_hash(path)
    if layout is None and not join:
        return first
    parts: list[Any] = [first]
    for of, used, given in [(path, layout, ()), *_joined(path, join)]:
        table = file_hash(beside(used.obs, of)) if used is not None and used.obs else ""
        parts.append([stem_of(of), file_hash(of), describe(used), table, describe(given)])
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _joined(path: Path, join: Sequence[Joined]) -> list[tuple[Path, TableLayout | None, Any]]:
    return [(find_joined(j, path), j.layout, j.columns) for j in join]


def _refuse_not_given(adata: AnnData, mapping: ColumnMapping, not_given: str) -> None:
    for column in mapping.columns():
        if column in adata.obs.columns:
            lacking = (adata.obs[column].astype(object) == not_given).to_numpy()
            if lacking.any():
                raise BadMapping(
                    f"{int(lacking.sum())} observations of joined files have no column '{column}' "
                    f"(first '{adata.obs_names[lacking.argmax()]}')",
                    f'say what they are: columns = {{ {column} = "..." }} of the joined file',
                )


def _by_rows(adata: AnnData, layer: str | None, content: str) -> AnnData:
    """Replace the matrix that is read by one stored by observations, where it lies on disk."""
    from anndata import AnnData

    if layer is not None and layer not in adata.layers:
        return adata
    X = _matrix(adata, layer)
    if not lies_on_disk(X) or getattr(X, "format", "csr") == "csr":
        return adata
    from foretell.data.readers.by_rows import stored_by_rows

    rows = stored_by_rows(X, hash_text(f"{content} {layer}"))
    layers = {name: adata.layers[name] for name in adata.layers}
    main = _matrix(adata, None) if layer is not None else rows
    kept = layers if layer is None else layers | {layer: rows}
    return AnnData(main, obs=adata.obs, var=adata.var, uns=adata.uns, layers=kept)


def _matrix(adata: AnnData, layer: str | None) -> Any:
    try:
        return adata.X if layer is None else adata.layers[layer]
    except KeyError:  # a file on disk without X
        return None


def _check_numbers(adata: AnnData, layer: str | None, path: Path) -> None:
    X = _matrix(adata, layer) if layer is None or layer in adata.layers else None
    dtype = getattr(X, "dtype", None)
    if dtype is not None and dtype.kind not in "biuf":
        what = "X" if layer is None else f"layer '{layer}'"
        raise BadValues(
            f"{what} of {path} holds {dtype}, not numbers",
            "write it as numbers: adata.X = adata.X.astype('float32')",
        )
