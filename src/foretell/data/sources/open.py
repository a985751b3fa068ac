"""Open: from the name of a public data set to a Dataset, fetched, checked and with provenance."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from foretell.core.dataset import Dataset, Provenance
from foretell.core.errors import BadValues
from foretell.core.source import Source
from foretell.data.find import file_hash
from foretell.data.readers.screen import read_screen
from foretell.data.sources.catalogue import find_source

__all__ = ["check_shape", "open_source"]


def open_source(
    name: str | Source,
    *,
    offline: bool = False,
    on_disk: bool = False,
    to: str | Path | None = None,
    progress: Any = None,
) -> Dataset:
    """Fetch a public data set (once), load it with its own mapping and check its shape.

    Parameters
    ----------
    name : name of a source, see ``foretell data sources list``; or a `Source` of your own.
    offline : never open a connection; the file has to be there.
    on_disk : leave the matrix in the file and read it in blocks.
    to : folder of the files, instead of the cache.
    progress : called with (bytes done, bytes in all or None).

    Errors
    ------
    `CannotFetch`, `UnreadableFile`, everything that ``foretell.load`` raises, and `BadValues`
    where the file has another shape than the one publicly known.
    """
    from foretell.data.fetch import fetch

    source = find_source(name) if isinstance(name, str) else name
    path = fetch(source, to=to, offline=offline, progress=progress)
    dataset = read_screen(path, source.mapping, on_disk=on_disk, layout=source.layout)
    check_shape(dataset, source)
    about = Provenance(
        accession=source.accession,
        checksum=f"sha256:{file_hash(path)}",
        licence=source.licence,
        citation=source.citation or source.doi,
    )
    return replace(dataset, provenance=about, species=source.species)


def check_shape(dataset: Dataset, source: Source) -> None:
    """Refuse a file whose numbers are not those that are publicly known."""
    n_obs, n_genes = dataset.matrix.shape
    found = {"n_obs": n_obs, "n_genes": n_genes}
    if source.n_perturbations is not None:
        found["n_perturbations"] = _n_labels(dataset)
    wrong = [
        f"{name} is {found[name]}, expected {expected}"
        for name, expected in source.shape.items()
        if found[name] != expected
    ]
    if wrong:
        raise BadValues(
            f"'{source.name}' is not the file that is publicly known: {'; '.join(wrong)}",
            f"compare {source.ready} with {source.address or source.accession}, fetch it again "
            "with force, or open it as your own file with foretell.load",
        )


def _n_labels(dataset: Dataset) -> int:
    """Count labels as they are stored, other than controls and no-calls."""
    mapping = dataset.mapping
    kept = dataset.obs[mapping.perturbation].iloc[np.flatnonzero(dataset.file_codes >= 0)]
    labels = set(kept.astype(str)) - set(mapping.control) - set(mapping.no_call)
    return len(labels)
