"""Opened: a file whose tables are read and whose matrices stay on disk until rows are asked for."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from foretell.core.errors import BadValues, ForetellError
from foretell.core.layout import Joined, TableLayout
from foretell.data.find import find_file, stem_of
from foretell.data.inspect.guess import Guess
from foretell.data.inspect.tables import guess_layout, guess_targets

if TYPE_CHECKING:
    import pandas as pd
    from anndata import AnnData

__all__ = ["X", "Opened", "open_data"]

X = "X"  # name of the main matrix beside the layers
LONGEST_TEXT = 2000


@dataclass(eq=False)
class Opened:
    """What can be looked at without reading the values.

    Parameters
    ----------
    name : the file's stem.
    path : the file; None for an AnnData in memory.
    obs, var : the tables of observations and genes, whole.
    matrices : ``X`` and the layers by name; on disk they are read in blocks.
    texts : entries of ``uns`` that are short texts or numbers, nested names joined by ``/``.
    has_raw : True where a further matrix stands under ``raw``.
    laid_out : the guess of a layout, where a table came without one.
    """

    name: str
    path: Path | None
    obs: pd.DataFrame
    var: pd.DataFrame
    matrices: dict[str, Any]
    texts: dict[str, str] = field(default_factory=dict)
    has_raw: bool = False
    layout: TableLayout | None = None
    join: tuple[Joined, ...] = ()
    laid_out: Guess | None = None

    @property
    def n_obs(self) -> int:
        """Number of observations."""
        return len(self.obs)

    @property
    def n_genes(self) -> int:
        """Number of genes."""
        return len(self.var)

    @property
    def layers(self) -> list[str]:
        """Names of the layers."""
        return [name for name in self.matrices if name != X]


def open_data(
    source: str | Path | AnnData,
    *,
    layout: TableLayout | None = None,
    join: Sequence[Joined] = (),
) -> Opened:
    """Open a file, a name on the data path, or an AnnData.

    Errors: `UnreadableFile` for what cannot be read as observations by genes.
    """
    if not isinstance(source, (str, Path)):
        return _opened(source, "data", None, layout, tuple(join))
    from foretell.data.readers.read import read

    path = find_file(source)
    laid_out = guess_targets(path) if layout is None else None
    layout = layout if laid_out is None else laid_out[0]
    try:
        adata = read(path, on_disk=True, layout=layout, join=join)
    except ForetellError:
        laid_out = None if layout is not None else guess_layout(path)
        if laid_out is None:
            raise
        layout = laid_out[0]
        adata = read(path, on_disk=True, layout=layout, join=join)
    opened = _opened(adata, stem_of(path), path, layout, tuple(join))
    opened.laid_out = None if laid_out is None else laid_out[1]
    return opened


def _opened(
    adata: AnnData,
    name: str,
    path: Path | None,
    layout: TableLayout | None,
    join: tuple[Joined, ...],
) -> Opened:
    matrices = {layer: adata.layers[layer] for layer in adata.layers}
    with suppress(KeyError):  # a file on disk without X
        if adata.X is not None:
            matrices = {X: adata.X} | matrices
    _check(adata, matrices, path or name)
    return Opened(
        name=name,
        path=path,
        obs=adata.obs,
        var=adata.var,
        matrices=matrices,
        texts=dict(_texts(adata.uns)),
        has_raw=adata.raw is not None,
        layout=layout,
        join=join,
    )


def _check(adata: AnnData, matrices: dict[str, Any], what: str | Path) -> None:
    """Refuse what has no values at all; a layer that holds no numbers is left out."""
    if not adata.n_obs or not adata.n_vars:
        raise BadValues(
            f"{what} has {adata.n_obs} observations and {adata.n_vars} genes",
            "nothing can be read from it: write it again, or fetch it again",
        )
    for name in [name for name, matrix in matrices.items() if matrix.dtype.kind not in "biuf"]:
        if name == X:
            raise BadValues(
                f"X of {what} holds {matrices[X].dtype}, not numbers",
                "write it as numbers: adata.X = adata.X.astype('float32')",
            )
        del matrices[name]
    if not matrices:
        raise BadValues(
            f"{what} has no matrix X and no layer of numbers",
            "its values stand under raw: adata.raw.to_adata().write_h5ad(...)"
            if adata.raw is not None
            else "write values into X",
        )


def _texts(uns: Any, prefix: str = "") -> list[tuple[str, str]]:
    """Short texts and numbers of ``uns``, two levels deep."""
    found = []
    for key in uns:
        value = uns[key]
        if hasattr(value, "keys"):
            found.append((f"{prefix}{key}", ""))
            if not prefix:
                found.extend(_texts(value, f"{key}/"))
            continue
        text = str(value) if isinstance(value, (str, int, float, bool)) else ""
        found.append((f"{prefix}{key}", text[:LONGEST_TEXT]))
    return found
