"""Load: from a file, or a name found on the data path, to a Dataset."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from foretell.core.dataset import Dataset
from foretell.core.errors import BadMapping, BadValues, UnreadableFile
from foretell.core.layout import Joined, TableLayout
from foretell.core.mapping import ColumnMapping
from foretell.core.spec import describe, hash_text
from foretell.core.stored import lies_on_disk
from foretell.data.find import file_hash, find_file, stem_of

if TYPE_CHECKING:
    from anndata import AnnData

__all__ = ["content_of", "load"]


def load(
    name: str | Path,
    mapping: ColumnMapping | None = None,
    *,
    on_disk: bool = False,
    layout: TableLayout | None = None,
    join: Sequence[Joined] = (),
    **columns: Any,
) -> Dataset:
    """Read a screen as a `Dataset`: h5ad, zarr, counts of Cell Ranger, parquet, csv or tsv.

    Parameters
    ----------
    name : path of a file or store, a stem searched on the path list in the environment
        variable ``FORETELL_DATA``, or the name of a public set (``foretell data sources list``),
        which is fetched and read by its own mapping. The data set is named by the stem.
    mapping : which column is what; or give its fields as keywords.
    on_disk : leave the matrix in an h5ad file or zarr store and read it in blocks; other forms,
        and joined files, are read into memory. A matrix that is stored by genes (CSC) is written
        by observations once, to the cache folder (``FORETELL_CACHE``).
    layout : how the file is laid out, where it is a table.
    join : files whose observations are appended.

    Errors
    ------
    `UnreadableFile` for a file that is missing, truncated or in no form that is read;
    `BadMapping` where a joined file lacks a column that the mapping names; everything that
    `read` and `Dataset.from_anndata` raise.
    """
    from foretell.data.readers.join import NOT_GIVEN
    from foretell.data.readers.read import read

    if mapping is None and not columns and (source := _source(name)) is not None:
        return source
    mapping = mapping or ColumnMapping.from_dict(columns)
    path = find_file(name)
    adata = read(path, on_disk=on_disk, layout=layout, join=join)
    content = content_of(path, layout, join)
    if join:
        _refuse_not_given(adata, mapping, NOT_GIVEN)
    adata = _by_rows(adata, mapping.layer, content)
    _check_numbers(adata, mapping.layer, path)
    return Dataset.from_anndata(adata, mapping, name=stem_of(path), file_hash=content)


def _source(name: str | Path) -> Dataset | None:
    """Open a public set of that name, where no file has it."""
    from foretell.data.sources.catalogue import sources

    if not isinstance(name, str) or name not in sources() or _is_found(name):
        return None
    from foretell.data.sources.open import open_source

    return open_source(name)


def _is_found(name: str) -> bool:
    try:
        find_file(name)
    except UnreadableFile:
        return False
    return True


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
    from foretell.data.readers.read import find_joined

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
