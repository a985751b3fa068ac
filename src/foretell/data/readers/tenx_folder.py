"""Folders of Cell Ranger: ``matrix.mtx``, ``barcodes.tsv``, ``features.tsv`` or ``genes.tsv``."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import TYPE_CHECKING

from foretell.core.errors import UnreadableFile, shorten
from foretell.data.readers.faults import reading
from foretell.data.readers.tenx import Features, assemble

if TYPE_CHECKING:
    from anndata import AnnData

__all__ = ["read_tenx_folder"]


def read_tenx_folder(folder: Path) -> AnnData:
    """Read all droplets into memory; each file may be gzipped, and all may share a prefix.

    Errors: `UnreadableFile` where a file is missing, or their lengths do not fit together.
    """
    matrix = _one(folder, ("matrix.mtx",))
    prefix = matrix.name.partition("matrix.mtx")[0]
    barcodes = [line.split("\t")[0] for line in _lines(_one(folder, ("barcodes.tsv",), prefix))]
    features = _features(_one(folder, ("features.tsv", "genes.tsv"), prefix))
    from scipy.io import mmread
    from scipy.sparse import csr_matrix

    with reading(matrix, "MatrixMarket file"):
        counts = csr_matrix(mmread(matrix).T)
    if counts.shape != (len(barcodes), len(features.ids)):
        if counts.shape != (len(features.ids), len(barcodes)):
            raise UnreadableFile(
                f"{matrix} has {counts.shape[1]} features and {counts.shape[0]} cells, but the "
                f"names beside it are {len(features.ids)} and {len(barcodes)}",
                "fetch the three files again; they have to belong together",
            )
        counts = csr_matrix(counts.T)  # written with cells as rows
    return assemble(counts, barcodes, features)


def _one(folder: Path, names: tuple[str, ...], prefix: str = "") -> Path:
    for name in names:
        for form in (name, f"{name}.gz"):
            if (folder / f"{prefix}{form}").is_file():
                return folder / f"{prefix}{form}"
    found = sorted(p for name in names for p in folder.glob(f"*{name}*") if p.is_file())
    if prefix or not found:
        wanted = " or ".join(f"{prefix}{name}[.gz]" for name in names)
        raise UnreadableFile(
            f"{folder} has no {wanted}",
            "a folder of 10x counts holds matrix.mtx, barcodes.tsv and features.tsv (or genes.tsv)",
        )
    if len(found) > 1:
        raise UnreadableFile(
            f"{folder} holds several matrices: {shorten(f.name for f in found)}",
            "move the three files of each sample into a folder of its own",
        )
    return found[0]


def _features(path: Path) -> Features:
    rows = [line.split("\t") for line in _lines(path)]
    narrow = next((i for i, row in enumerate(rows) if len(row) != len(rows[0])), None)
    if narrow is not None:
        raise UnreadableFile(
            f"line {narrow + 1} of {path} has {len(rows[narrow])} columns, the first has "
            f"{len(rows[0])}",
            "fetch it again; a line may have been cut off",
        )
    columns = list(zip(*rows, strict=True)) or [(), ()]
    ids, symbols = columns[0], columns[1] if len(columns) > 1 else columns[0]
    return Features(ids, symbols, columns[2] if len(columns) > 2 else ())


def _lines(path: Path) -> list[str]:
    with reading(path, "list of names"):
        text = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        return text.decode().splitlines()
