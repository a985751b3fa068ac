"""Names of genes, of observations and of columns; and very small files."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np

from corpus.case import NoScreen, Reads, Refused, case
from corpus.screens import GENES, save, screen, written
from foretell.core.errors import BadValues, ForetellError, UnreadableFile

GOOD = Reads(control="control", n=3)


@case(Refused(BadValues, ("KLF1", "unique")), cli=True)
def genes_twice(path: Path) -> None:
    """A gene is named twice."""
    written(path, genes=[*GENES[:-1], "KLF1"])


@case(Refused(BadValues, ("duplicated observations", "cell0")))
def cells_twice(path: Path) -> None:
    """A cell is named twice."""
    adata = screen()
    adata.obs_names = ["cell0", *adata.obs_names[:-1]]
    save(adata, path)


@case(GOOD)
def names_are_numbers(path: Path) -> None:
    """Cells and genes are called 0, 1, 2."""
    adata = screen()
    adata.obs_names, adata.var_names = ([str(i) for i in range(n)] for n in (40, 20))
    save(adata, path)


@case(GOOD)
def index_of_integers(path: Path) -> None:
    """The index of cells is stored as numbers, not as texts."""
    with h5py.File(written(path), "r+") as file:
        attributes = dict(file["obs/_index"].attrs)
        del file["obs/_index"]
        file["obs/_index"] = np.arange(40)
        file["obs/_index"].attrs.update(attributes | {"encoding-type": "array"})


@case(GOOD)
def empty_gene_name(path: Path) -> None:
    """A gene has no name."""
    written(path, genes=[*GENES[:-1], ""])


@case(GOOD)
def odd_gene_names(path: Path) -> None:
    """Genes are called like paths, scripts and emoji."""
    odd = ["../x", "<b>", "\U0001f9ec", "a\nb", "N/A", "nan", "1-Mar"]
    written(path, genes=[*GENES[: -len(odd)], *odd])


@case(Refused(ForetellError, ("0 observations",)), cli=True)
def zero_cells(path: Path) -> None:
    """No cell at all."""
    save(screen()[:0].copy(), path)


@case(Refused(ForetellError, ("0 genes",)))
def zero_genes(path: Path) -> None:
    """No gene at all."""
    written(path, genes=())


@case(Reads(control="control", n=3, genes=1))
def one_gene(path: Path) -> None:
    """A single gene."""
    written(path, genes=("KLF1",))


@case(Refused(ForetellError))
def one_cell(path: Path) -> None:
    """A single treated cell."""
    save(screen()[15:16].copy(), path)


@case(NoScreen(("control",)))
def one_control(path: Path) -> None:
    """A single cell, a control."""
    save(screen()[:1].copy(), path)


@case(GOOD)
def odd_column_names(path: Path) -> None:
    """Columns are called like code and emoji."""
    written(path, **{"<b>": 1, "a b": "x", "\U0001f9ec": "y"})


@case(Refused(UnreadableFile, ("screen.h5ad",)))
def column_without_a_name(path: Path) -> None:
    """A column without a name, which anndata writes over the table itself."""
    written(path, **{"": "x"})


@case(Reads("Perturbation", control="control", n=3))
def columns_of_one_case(path: Path) -> None:
    """Two columns differ only by the case of their name."""
    written(path, Perturbation=lambda label, i: label)


@case(GOOD)
def column_called_index(path: Path) -> None:
    """A column is called `index`, another like a method of a table."""
    written(path, index="x", mean="y", T="z")


@case(GOOD)
def dates_and_times(path: Path) -> None:
    """A column of dates as texts, one of times that are half missing."""
    written(
        path,
        date=lambda label, i: f"2024-01-{i + 1:02d}",
        time_h=lambda label, i: 24.0 if i % 2 else np.nan,
    )


@case(GOOD)
def all_missing_column(path: Path) -> None:
    """A column without a single value, called like a cell type."""
    written(path, cell_type=np.nan, batch=np.nan)
