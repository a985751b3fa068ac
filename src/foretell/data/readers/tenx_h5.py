"""Files of Cell Ranger (.h5), version 3 (``/matrix``) and 2 (one group per genome)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from foretell.core.errors import UnreadableFile, shorten
from foretell.data.readers.faults import reading
from foretell.data.readers.tenx import Features, assemble

if TYPE_CHECKING:
    from anndata import AnnData

__all__ = ["read_tenx_h5"]


def read_tenx_h5(path: Path) -> AnnData:
    """Read all droplets of a file into memory.

    Errors: `UnreadableFile` where a file of version 2 holds more than one genome.
    """
    import h5py

    with reading(path, "10x file"), h5py.File(path, "r") as file:
        if "matrix" in file:
            return _read(file["matrix"], _features(file["matrix"]["features"]))
        genomes = [name for name in file if "barcodes" in file[name]]
        if len(genomes) > 1:
            raise UnreadableFile(
                f"{path} holds {len(genomes)} genomes: {shorten(genomes)}",
                "save one of them: scanpy.read_10x_h5(..., genome=...).write_h5ad(...)",
            )
        group = file[genomes[0]]
        symbols = _texts(group["gene_names"] if "gene_names" in group else group["genes"])
        return _read(group, Features(_texts(group["genes"]), symbols))


def _features(group: Any) -> Features:
    return Features(
        ids=_texts(group["id"]),
        symbols=_texts(group["name"]),
        types=_texts(group["feature_type"]) if "feature_type" in group else (),
        genomes=_texts(group["genome"]) if "genome" in group else (),
    )


def _read(group: Any, features: Features) -> AnnData:
    from scipy.sparse import csr_matrix

    n_features, n_cells = (int(size) for size in group["shape"][:])
    data, indices, indptr = (group[name][:] for name in ("data", "indices", "indptr"))
    # columns of a features x cells matrix are the rows of ours
    counts = csr_matrix((data, indices, indptr), shape=(n_cells, n_features))
    counts.check_format(full_check=True)
    counts.sort_indices()
    return assemble(counts, _texts(group["barcodes"]), features)


def _texts(dataset: Any) -> list[str]:
    return [t.decode() if isinstance(t, bytes) else str(t) for t in dataset[:].tolist()]
