"""Values that are missing, infinite, negative, huge, of odd types, or not what they are called."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from corpus.case import Asks, Reads, Refused, case
from corpus.screens import save, screen, written
from foretell.core.errors import BadValues

GOOD = Reads(control="control", n=3, columns={"scale": "counts"})


def _with(path: Path, value: float, **given: Any) -> None:
    adata = screen(dense=True, **given)
    adata.X[13, 4] = value
    save(adata, path)


def bad(*words: str) -> Refused:
    return Refused(BadValues, words)


@case(bad("NaN", "cell13", "STAT1"), said={"scale": "counts"}, cli=True)
def nan_among_counts(path: Path) -> None:
    """One NaN among counts."""
    _with(path, np.nan)


@case(bad("infinite"))
def infinity_among_counts(path: Path) -> None:
    """One infinite value among counts."""
    _with(path, np.inf)


@case(bad("infinite"))
def infinity_among_effects(path: Path) -> None:
    """One infinite value among z-scores."""
    _with(path, -np.inf, scale="z")


@case(bad("negative", "cell13", "STAT1"), said={"scale": "counts"})
def negative_count(path: Path) -> None:
    """One negative value, and the file is said to hold counts."""
    _with(path, -4)


@case(bad("whole numbers"), said={"scale": "counts"})
def log_called_counts(path: Path) -> None:
    """Log values that are said to be counts."""
    written(path, scale="log1p")


@case(bad("look like counts"), said={"scale": "log1p"})
def counts_called_log(path: Path) -> None:
    """Counts that are said to be log values."""
    written(path)


@case(bad("whole numbers"), said={"scale": "counts"})
def one_fraction_among_counts(path: Path) -> None:
    """One fraction among counts."""
    _with(path, 2.5)


@case(Asks("scale", ("only zeros",), n=3))
def all_zeros(path: Path) -> None:
    """Every value is zero."""
    adata = screen()
    adata.X = adata.X * 0
    save(adata, path)


@case(Reads(control="control", n=3))
def huge_values(path: Path) -> None:
    """One count of 3e38, near the end of float32."""
    _with(path, 3e38)


@case(Reads(control="control", n=3, words=("only zeros",)))
def empty_cells(path: Path) -> None:
    """Three cells without a single count."""
    adata = screen(dense=True)
    adata.X[[3, 17, 31]] = 0
    save(adata, path)


@case(Reads(control="control", n=3, words=("copies",)))
def cells_twice(path: Path) -> None:
    """Rows that are copies of other rows under another name."""
    genes = [f"G{i}" for i in range(60)]
    adata = screen(dense=True, genes=genes)
    adata.X += 1
    adata.X[20:25] = adata.X[5:10]
    save(adata, path)


@case(Reads(control="control", n=3))
def negative_zero(path: Path) -> None:
    """Zeros with a sign."""
    adata = screen(dense=True)
    adata.X[adata.X == 0] = -0.0
    save(adata, path)


def _of_type(path: Path, dtype: str, dense: bool = True) -> None:
    adata = screen(dense=dense)
    adata.X = adata.X.astype(dtype)
    save(adata, path)


@case(GOOD)
def float16(path: Path) -> None:
    """Counts as float16."""
    _of_type(path, "float16")


@case(GOOD)
def int8(path: Path) -> None:
    """Counts as int8."""
    _of_type(path, "int8")


@case(GOOD)
def uint16(path: Path) -> None:
    """Counts as uint16, sparse."""
    _of_type(path, "uint16", dense=False)


@case(GOOD)
def int64(path: Path) -> None:
    """Counts as int64, sparse."""
    _of_type(path, "int64", dense=False)


@case(GOOD)
def float64(path: Path) -> None:
    """Counts as float64."""
    _of_type(path, "float64")


@case(Asks("scale", ("only 0 and 1",), n=3))
def boolean_values(path: Path) -> None:
    """Only true and false."""
    _of_type(path, "bool")


@case(Reads(control="control", n=3, columns={"layer": "counts", "scale": "counts"}))
def scaled_x_beside_counts(path: Path) -> None:
    """X is scaled, counts stand in a layer."""
    adata = screen(scale="z", dense=True)
    adata.layers["counts"] = screen().X
    save(adata, path)


@case(Reads(control="control", n=3, columns={"scale": "normalized"}))
def normalised(path: Path) -> None:
    """Counts scaled to 10,000 a cell."""
    written(path, scale="normalized")


@case(Reads(control="control", n=3, words=("log1p", "not logarithms")))
def uns_says_log(path: Path) -> None:
    """`uns` says log1p, the values are counts."""
    adata = screen()
    adata.uns["log1p"] = {}
    save(adata, path)


@case(bad("negative"), said={"scale": "counts"})
def centred(path: Path) -> None:
    """Centred values that are said to be counts."""
    written(path, scale="z")
