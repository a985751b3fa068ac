"""Quality: duplicates, empty rows and genes, and values that should not be there."""

from __future__ import annotations

import hashlib

import numpy as np

from foretell.core.errors import shorten
from foretell.data.inspect.look import Look
from foretell.data.inspect.observation import RELATIVE
from foretell.data.inspect.opened import X
from foretell.data.inspect.sample import Sample

__all__ = ["check_quality"]


def check_quality(look: Look) -> None:
    """Remark on names, rows and values; numbers of values speak of the sampled rows."""
    for names, what in ((look.opened.obs.index, "observations"), (look.opened.var.index, "genes")):
        repeated = names[names.duplicated()]
        if len(repeated):
            short = "obs" if what == "observations" else "var"
            look.remark(
                "error",
                f"{len(repeated)} names of {what} are repeated: {shorten(repeated.unique(), 4)}",
                f"adata.{short}_names_make_unique(), or aggregate them",
            )
    for name in (look.value("layer") or X,):
        if name in look.opened.matrices:
            _check_values(look, look.sample(name), name)


def _check_values(look: Look, sample: Sample, name: str) -> None:
    scope = "" if sample.is_whole else f" among {len(sample.rows)} sampled rows"
    relative = look.value("scale") in RELATIVE
    known = any("NaN" in remark.text or "infinite" in remark.text for remark in look.remarks)
    if sample.n_infinite and not known:
        look.remark("error", f"{name} holds infinite values", "write NaN for 'not measured'")
    if sample.n_nan and not relative and not known:
        look.remark("error", f"{name} holds NaN{scope}", "drop or impute them")
    empty = int((sample.row_sums == 0).sum()) if not relative else 0
    if empty:
        look.remark(
            "warning",
            f"{empty} observations hold only zeros{scope}",
            "drop them: they have no profile",
        )
    unused = int((~sample.used_genes()).sum())
    if unused:
        look.remark("note", f"{unused} of {sample.shape[1]} genes are zero{scope}")
    repeated = _repeated_rows(sample)
    if repeated:
        look.remark(
            "warning",
            f"{repeated} rows are exact copies of another row{scope}",
            "remove duplicates: a copy in train and test is a leak",
        )


def _repeated_rows(sample: Sample) -> int:
    """Count rows with many values that stand in the sample more than once."""
    if sample.shape[1] < 5:
        return 0
    seen: set[bytes] = set()
    repeated = 0
    for i in range(sample.shape[0]):
        if len(sample.row(i)) < 20:
            continue  # two shallow cells may be alike by chance
        key = _key(sample, i)
        repeated += key in seen
        seen.add(key)
    return repeated


def _key(sample: Sample, i: int) -> bytes:
    if sample.is_sparse:
        start, stop = sample.block.indptr[i : i + 2]
        parts = [sample.block.indices[start:stop], sample.block.data[start:stop]]
    else:
        parts = [np.ascontiguousarray(sample.block[i])]
    return hashlib.blake2b(b"".join(p.tobytes() for p in parts), digest_size=16).digest()
