"""Tables: how a table that names no layout is probably laid out."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from foretell.core.errors import ForetellError
from foretell.core.layout import TableLayout
from foretell.data.inspect.guess import LIKELY, Guess
from foretell.data.inspect.words import PERTURBATION, plain

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["guess_layout", "guess_targets"]

GENES = ("gene", "gene_name", "gene_symbol", "symbol", "measured_gene", "variable", "feature")
GENES_BESIDE = ("target", "target_gene", "affected_gene")  # only beside a perturbation
VALUES = (
    "log2fc", "log2_fc", "log2_fold_change", "log2foldchange", "logfc", "log_fc", "lfc",
    "log_fold_change", "logfoldchanges", "z_score", "zscore", "effect", "beta", "sign", "value",
    "score", "expression",
)  # fmt: skip
TABLES = ("parquet", "text")


def guess_layout(path: Path) -> tuple[TableLayout, Guess] | None:
    """Look for one row per observation and gene; None where the columns do not say so."""
    from foretell.data.readers.form import form_of
    from foretell.data.readers.table import read_frame

    with suppress(ForetellError):
        form = form_of(path)
        if form in TABLES:
            return _long(read_frame(path, form))
    return None


def guess_targets(path: Path) -> tuple[TableLayout, Guess] | None:
    """Look for several columns of targets in a table of one row per observation."""
    from foretell.data.readers.form import form_of
    from foretell.data.readers.table import read_frame

    with suppress(ForetellError):
        form = form_of(path)
        if form in TABLES:
            return _paired(read_frame(path, form))
    return None


def _paired(frame: pd.DataFrame) -> tuple[TableLayout, Guess] | None:
    """Look for two columns or more whose every value is itself a column: targets of one row."""
    texts = [c for c in frame.columns if frame[c].dtype.kind not in "iufb"]
    genes = {str(c) for c in frame.columns if frame[c].dtype.kind in "iuf"}
    targets = [c for c in texts if len(frame) and set(frame[c].dropna().astype(str)) <= genes]
    if len(targets) < 2:
        return None
    evidence = (f"every value of {', '.join(targets)} is the name of another column",)
    layout = TableLayout(perturbation=tuple(targets))
    return layout, Guess("layout", f"wide: targets in {', '.join(targets)}", LIKELY, evidence)


def _long(frame: pd.DataFrame) -> tuple[TableLayout, Guess] | None:
    texts = [c for c in frame.columns if frame[c].dtype.kind not in "iufb"]
    value = _first(VALUES, [c for c in frame.columns if frame[c].dtype.kind in "iuf"])
    treated = max(texts, key=_weight, default=None)
    gene = _first(GENES, [c for c in texts if c != treated])
    gene = gene or _first(GENES_BESIDE, [c for c in texts if c != treated])
    if value is None or gene is None or treated is None or not _weight(treated):
        return None
    about = [treated]
    for column in (c for c in texts if c not in (gene, treated)):
        if not frame.duplicated([*about, gene]).any():
            break
        about.append(column)
    if frame.duplicated([*about, gene]).any():
        return None
    more = [c for c in texts if c not in (*about, gene) and _follows(frame, about, c)]
    layout = TableLayout(gene=gene, value=value, about=(*about, *more))
    evidence = (
        f"one row for every {', '.join(about)} and '{gene}'; '{value}' holds the values",
        f"other columns: {', '.join(c for c in frame.columns if c not in (*about, *more))[:80]}",
    )
    return layout, Guess("layout", f"long: {gene}, {value}", LIKELY, evidence)


def _first(names: tuple[str, ...], columns: list[str]) -> str | None:
    found = {plain(c): c for c in reversed(columns)}
    return next((found[name] for name in names if name in found), None)


def _weight(column: str) -> int:
    """How much a name speaks of perturbations."""
    return next((w for p, w in PERTURBATION if p.fullmatch(plain(column)) and w > 5), 0)


def _follows(frame: pd.DataFrame, about: list[str], column: str) -> bool:
    """Tell columns that have one value for every observation: they describe it."""
    return len(frame.drop_duplicates([*about, column])) == len(frame.drop_duplicates(about))
