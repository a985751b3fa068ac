"""Read: a screen in any form, as an AnnData."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from foretell.core.errors import BadMapping
from foretell.core.layout import Joined, TableLayout
from foretell.data.find import find_file, stem_of
from foretell.data.readers.describe import beside, describe
from foretell.data.readers.form import form_of
from foretell.data.readers.h5ad import read_h5ad
from foretell.data.readers.join import append
from foretell.data.readers.tabular import read_table
from foretell.data.readers.tenx_folder import read_tenx_folder
from foretell.data.readers.tenx_h5 import read_tenx_h5
from foretell.data.readers.zarr_store import read_zarr

if TYPE_CHECKING:
    from anndata import AnnData

__all__ = ["find_joined", "read"]


def read(
    path: str | Path,
    *,
    on_disk: bool = False,
    layout: TableLayout | None = None,
    join: Sequence[Joined] = (),
) -> AnnData:
    """Read observations by genes; what a file is, its content says, and only then its name.

    Read are h5ad, zarr (2 and 3, folder or zip), counts of Cell Ranger (``.h5`` or a folder with
    ``matrix.mtx``), parquet and text (``.csv``, ``.tsv``, ``.txt``, gzipped or not). The file is
    never changed.

    Parameters
    ----------
    path : file or folder, or a name on the data path.
    on_disk : leave X and layers of an h5ad file or a zarr store where they are; the other forms,
        and files that are joined, are read into memory in any case.
    layout : how a table is laid out. `obs` and `perturbation` of a layout serve every form: a
        table of cells beside 10x counts, or two columns of guides.
    join : files whose observations are appended; looked for beside the first, too.

    Errors
    ------
    `UnreadableFile` for every other form, a broken file or one that is none, with the way out;
    `BadMapping`, `UnknownName` and `BadValues` for a layout that does not fit.
    """
    path = find_file(path)
    first = _read_one(path, layout, on_disk and not join)
    if not join:
        return first
    files = [(joined, find_joined(joined, path)) for joined in join]
    return append(
        first,
        [(joined, stem_of(file), _read_one(file, joined.layout)) for joined, file in files],
    )


def find_joined(joined: Joined, path: Path) -> Path:
    """Find a joined file: beside the first one, or as any other data file."""
    return beside(joined.file, path)


def _read_one(path: Path, layout: TableLayout | None, on_disk: bool = False) -> AnnData:
    with warnings.catch_warnings():
        # they are refused later, in words of ours
        warnings.filterwarnings("ignore", message=".* names are not unique")
        return _read_form(path, layout, on_disk)


def _read_form(path: Path, layout: TableLayout | None, on_disk: bool) -> AnnData:
    form = form_of(path)
    if form in ("parquet", "text"):
        return describe(read_table(path, form, layout), layout, path)
    if layout is not None and (layout.is_long or layout.transposed or layout.about):
        raise BadMapping(
            f"{path.name} is {form}, but its layout speaks of a table",
            "only `obs` and `perturbation` of a layout serve this form; leave the others out",
        )
    if form == "h5ad":
        adata = read_h5ad(path, on_disk)
    elif form == "zarr":
        adata = read_zarr(path, on_disk)
    else:
        adata = read_tenx_h5(path) if form == "10x h5" else read_tenx_folder(path)
    return describe(adata, layout, path)
