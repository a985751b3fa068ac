"""Load: from a file, or a name found on the data path, to a Dataset."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from foretell.core.dataset import Dataset
from foretell.core.errors import UnreadableFile, shorten
from foretell.core.layout import Joined, TableLayout
from foretell.core.mapping import ColumnMapping
from foretell.data.find import file_hash, find_file

if TYPE_CHECKING:
    from anndata import AnnData

__all__ = ["load"]

HDF5 = b"\x89HDF\r\n\x1a\n"  # how every HDF5 file begins


def load(
    name: str | Path,
    mapping: ColumnMapping | None = None,
    *,
    on_disk: bool = False,
    layout: TableLayout | None = None,
    join: Sequence[Joined] = (),
    **columns: Any,
) -> Dataset:
    """Read an AnnData file as a `Dataset`.

    Parameters
    ----------
    name : path of an ``.h5ad`` file, or a file stem searched on the path list in the
        environment variable ``FORETELL_DATA``.
    mapping : which column is what; or give its fields as keywords.
    on_disk : leave the matrix in the file and read it in blocks.
    layout : how the file is laid out, where it is a table.
    join : files whose observations are appended.

    Errors
    ------
    `UnreadableFile` for a file that is missing or truncated; everything that
    `Dataset.from_anndata` raises.
    """
    path = find_file(name)
    return Dataset.from_anndata(
        _read(path, on_disk),
        mapping or ColumnMapping.from_dict(columns),
        name=path.stem,
        file_hash=file_hash(path),
    )


def _read(path: Path, on_disk: bool) -> AnnData:
    import anndata

    try:
        return anndata.read_h5ad(path, backed="r" if on_disk else None)
    except (OSError, KeyError, ValueError, RuntimeError, TypeError, AttributeError) as error:
        first = shorten(str(error).splitlines()[:1])
        raise UnreadableFile(
            f"{path} is not a readable h5ad file ({first})",
            _way_out(path),
        ) from error


def _way_out(path: Path) -> str:
    """Say what the file is, from its first bytes."""
    try:
        with path.open("rb") as file:
            head = file.read(8)
    except OSError:
        return "check that the file may be read"
    if head.startswith(b"\x1f\x8b"):
        return f"it is compressed: unpack it first (gunzip {path.name})"
    if head != HDF5:
        return "it is no HDF5 file: read the table with anndata and save it with write_h5ad"
    return (
        f"its {path.stat().st_size} bytes may be a part of it: compare size and checksum with the "
        "source, fetch it again"
    )
