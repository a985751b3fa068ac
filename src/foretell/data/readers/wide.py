"""Wide tables: one row per observation, one column per gene."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from foretell.core.errors import BadMapping, BadValues, shorten
from foretell.core.layout import TableLayout
from foretell.data.readers.columns import (
    check_columns,
    is_number,
    names_of_rows,
    numbers,
)

if TYPE_CHECKING:
    import pandas as pd
    from anndata import AnnData

__all__ = ["from_wide", "guess_wide"]

FEWEST_GENES = 8  # below, a table without a layout may be anything
GENES = ("gene", "genes", "gene_name", "gene_symbol", "symbol", "variable", "feature")
VALUES = ("log2fc", "log2foldchange", "logfc", "log_fc", "lfc", "logfoldchanges", "value", "sign")
EDGES = (("source", "target"), ("regulator", "target"), ("tf", "target"), ("gene1", "gene2"))
DESCRIBING = {
    "dose", "dose_value", "concentration", "time", "time_h", "hours", "day", "days", "batch",
    "plate", "well", "replicate", "donor", "n_cells", "ncounts", "ngenes", "n_counts", "n_genes",
    "n_perts", "nperts", "percent_mito", "percent_mt", "umap1", "umap2", "cluster", "sample_id",
    "pvalue", "p_value", "pval", "padj", "adj_p_value", "qval", "fdr", "lfcse", "basemean",
    "logfc", "log_fc", "log2fc", "lfc", "logfoldchanges", "target", "fold", "index", "id",
}  # fmt: skip


def from_wide(frame: pd.DataFrame, layout: TableLayout, path: Path) -> AnnData:
    """Split a table into descriptions and genes; without `about`, what is not numbers describes."""
    check_columns(frame, [*layout.about, *layout.perturbation], path)
    names, naming = names_of_rows(frame)
    about = list(layout.about) or [c for c in frame.columns if not is_number(frame[c])]
    about = [c for c in dict.fromkeys([*layout.perturbation, *about]) if c not in naming]
    if not layout.about:
        _refuse_almost_numbers(frame, about, path)
    genes = [c for c in frame.columns if c not in {*about, *naming}]
    if not genes:
        raise BadMapping(
            f"no column of {path.name} is left for genes",
            "`about` names the columns that describe an observation, and no others",
        )
    return _built(frame, about, genes, names, path)


def guess_wide(frame: pd.DataFrame, path: Path) -> AnnData:
    """Read a table without a layout as wide where it can hardly be anything else."""
    names, naming = names_of_rows(frame)
    about = [c for c in frame.columns if c not in naming and not is_number(frame[c])]
    genes = [c for c in frame.columns if c not in {*about, *naming}]
    doubtful = [c for c in genes if c.lower() in DESCRIBING]
    if len(genes) < FEWEST_GENES or len(genes) < 4 * len(about) or doubtful:
        why = (
            f"{shorten(map(repr, doubtful), 4)} may describe observations"
            if len(genes) >= max(FEWEST_GENES, 4 * len(about))
            else f"{len(genes)} of {len(frame.columns)} columns are numbers"
        )
        raise BadMapping(f"it is not clear how {path.name} is laid out: {why}", _what(frame))
    _refuse_almost_numbers(frame, about, path)
    return _built(frame, about, genes, names, path)


def _what(frame: pd.DataFrame) -> str:
    """Say how to declare a layout, with the columns of this table."""
    lowered = {column.lower(): column for column in frame.columns}
    ends = next((pair for pair in EDGES if set(pair) <= set(lowered)), None)
    if ends is not None:
        return (
            f"columns '{lowered[ends[0]]}' and '{lowered[ends[1]]}' make it a list of edges (a "
            "network), which holds no observations: give the file of the screen"
        )
    gene = next((lowered[name] for name in GENES if name in lowered), None)
    value = next((lowered[name] for name in VALUES if name in lowered), None)
    if gene is not None and value is not None:
        about = [c for c in frame.columns if c != gene and not is_number(frame[c])]
        named = ", ".join(f'"{column}"' for column in about)
        return (
            "it looks like one row per observation and gene: "
            f'layout = {{ gene = "{gene}", value = "{value}", about = [{named}] }}'
        )
    return (
        'say it: layout = { about = ["..."] } for one row per observation, { transposed = true } '
        'for one row per gene, or { gene = "...", value = "...", about = ["..."] } for one row per '
        f"observation and gene; its columns: {shorten(frame.columns, 12)}"
    )


def _built(
    frame: pd.DataFrame, about: list[str], genes: list[str], names: list[str], path: Path
) -> AnnData:
    import pandas as pd
    from anndata import AnnData

    obs = frame[about].set_axis(pd.Index(names, dtype=object), axis=0)
    X = numbers(frame, genes, path)
    return AnnData(X, obs=obs, var=pd.DataFrame(index=pd.Index(genes, dtype=object)))


def _refuse_almost_numbers(frame: pd.DataFrame, about: list[str], path: Path) -> None:
    """Refuse a column of numbers with a slip of the pen: it is a gene, not a description."""
    import pandas as pd

    for column in about:
        texts = frame[column]
        if is_number(texts) or texts.dtype == bool or len(texts) < 3:
            continue
        bad = pd.to_numeric(texts.astype(object), errors="coerce").isna() & texts.notna()
        if 0 < bad.sum() < 0.1 * len(texts):
            at = int(bad.to_numpy().argmax())
            raise BadValues(
                f"{texts.iloc[at]!r} in row {at + 1} of column '{column}' of {path.name} stands "
                "among numbers",
                f"correct it, or name the column in a layout: about = [{column!r}]",
            )
