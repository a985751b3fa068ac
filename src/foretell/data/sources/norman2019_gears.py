"""Norman 2019, single and double activations in K562, as GEARS prepared it."""

from __future__ import annotations

from foretell.data.sources.collections.gears import gears

__all__ = ["SOURCE"]

SOURCE = gears(
    "norman2019_gears",
    6154020,
    "norman",
    title="Norman 2019, single and double activations in K562, as GEARS prepared it",
    accession="GSE133344 (Dataverse file 6154020)",
    kind="activation",
    doi="10.1126/science.aax4438",
    md5="cdc41d6050e619c37fd9dd44d440e2b4",
    size=168_758_985,
    n_obs=91_205,
    n_genes=5045,
    n_perturbations=283,
    citation="norman2019",
    notes=(
        "cell_type says A549, but the cells are K562",
        "the same gene stands as A+ctrl and as ctrl+A: read as one perturbation, so there are "
        "fewer perturbations than labels",
        'the target sum of the normalisation is not stored; layers["counts"] holds counts of the '
        "kept genes only",
    ),
)
