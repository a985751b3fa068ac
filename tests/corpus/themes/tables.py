"""Tables of text and parquet, in the spelling of spreadsheets and other countries."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from corpus.case import Reads, Refused, case
from corpus.screens import screen
from foretell.core.errors import BadMapping, BadValues, ForetellError, UnknownName, UnreadableFile
from foretell.core.layout import TableLayout

if TYPE_CHECKING:
    import pandas as pd

GOOD = Reads(control="control", n=3, genes=20)
LONG = TableLayout(gene="gene", value="lfc", about=("perturbation",))


def _table(**given: object) -> pd.DataFrame:
    adata = screen(dense=True, **given)  # type: ignore[arg-type]
    frame = adata.to_df().astype(int)
    frame.insert(0, "perturbation", adata.obs["perturbation"])
    return frame


def _long() -> pd.DataFrame:
    adata = screen(dense=True, n=1, labels=("KLF1", "GATA1", "TP53"), scale="z")
    frame = adata.to_df().assign(perturbation=adata.obs["perturbation"])
    return frame.melt("perturbation", var_name="gene", value_name="lfc")


def unreadable(*words: str) -> Refused:
    return Refused(UnreadableFile, words)


@case(GOOD, file="screen.csv")
def plain_csv(path: Path) -> None:
    """A good table."""
    _table().to_csv(path)


@case(GOOD, file="screen.csv")
def semicolons(path: Path) -> None:
    """Columns are separated by semicolons."""
    _table().to_csv(path, sep=";")


@case(GOOD, file="screen.csv")
def tabs_called_csv(path: Path) -> None:
    """Columns are separated by tabs, the file is called .csv."""
    _table().to_csv(path, sep="\t")


@case(unreadable("decimal comma", "decimal points"), file="screen.csv", cli=True)
def decimal_commas(path: Path) -> None:
    """Numbers have decimal commas."""
    (_table().assign(KLF1=1.5, GATA1=2.25)).to_csv(path, sep=";", decimal=",")


@case(GOOD, file="screen.csv")
def byte_order_mark(path: Path) -> None:
    """The file begins with a byte order mark."""
    _table().to_csv(path, encoding="utf-8-sig")


@case(GOOD, file="screen.csv")
def windows_line_ends(path: Path) -> None:
    """Lines end as on Windows."""
    _table().to_csv(path, lineterminator="\r\n")


@case(unreadable("line 12", "UTF-8"), file="screen.csv")
def latin_1(path: Path) -> None:
    """A label is written in Latin-1."""
    text = _table(labels=("control", "\u00e9tude", "KLF1")).to_csv()
    path.write_bytes(text.encode("latin-1"))


@case(unreadable("UTF-16"), file="screen.csv")
def utf_16(path: Path) -> None:
    """The table is written in UTF-16, as Excel does."""
    path.write_bytes(_table().to_csv().encode("utf-16"))


@case(Reads(control="control", n=3), file="screen.csv")
def quoted_line_breaks(path: Path) -> None:
    """A quoted label has a line break."""
    _table(labels=("control", "KLF1\nGATA1", "TP53", "MYC")).to_csv(path)


@case(Refused(ForetellError, ("screen.csv",)), file="screen.csv")
def no_header(path: Path) -> None:
    """The first line is data already."""
    _table().to_csv(path, header=False)


@case(unreadable("twice", "'KLF1'"), file="screen.csv")
def columns_twice(path: Path) -> None:
    """Two columns have the same name."""
    frame = _table()
    frame.columns = [*frame.columns[:-1], "KLF1"]
    frame.to_csv(path)


@case(unreadable("columns"), file="screen.csv")
def cut_line(path: Path) -> None:
    """The last line is cut off."""
    path.write_text(_table().to_csv()[:-30])


@case(unreadable("screen.csv"), file="screen.csv")
def ragged_lines(path: Path) -> None:
    """A line in the middle has more columns."""
    lines = _table().to_csv().splitlines()
    lines[17] += ",1,2,3"
    path.write_text("\n".join(lines) + "\n")


@case(unreadable("screen.csv"), file="screen.csv")
def open_quote(path: Path) -> None:
    """A quote is never closed."""
    lines = _table().to_csv().splitlines()
    lines[17] = '"' + lines[17]
    path.write_text("\n".join(lines) + "\n")


@case(unreadable("without rows"), file="screen.csv")
def header_only(path: Path) -> None:
    """A header, and no row."""
    _table()[:0].to_csv(path)


@case(unreadable("empty"), file="screen.csv")
def empty_csv(path: Path) -> None:
    """A table of zero bytes."""
    path.write_bytes(b"")


@case(unreadable("screen.csv"), file="screen.csv")
def blank_csv(path: Path) -> None:
    """A table of blanks and line ends."""
    path.write_text("\n  \n\n")


@case(Refused(BadValues, ("'?'", "row 3", "'GATA1'")), file="screen.csv")
def slip_of_the_pen(path: Path) -> None:
    """A question mark among numbers."""
    frame = _table().astype(object)
    frame.iloc[2, 2] = "?"
    frame.to_csv(path)


@case(Reads(n=3, genes=20, columns={"scale": "log_ratio"}), file="screen.csv")
def long_without_a_layout(path: Path) -> None:
    """A long table, and nobody says so: inspect finds its layout."""
    _long().to_csv(path, index=False)


@case(Reads(n=3, genes=20, columns={"scale": "log_ratio"}), file="screen.csv", layout=LONG)
def long_table(path: Path) -> None:
    """A long table with its layout."""
    _long().to_csv(path, index=False)


@case(Refused(BadValues, ("more than once", "KLF1")), file="screen.csv", layout=LONG)
def long_pairs_twice(path: Path) -> None:
    """A long table lists a pair twice."""
    import pandas as pd

    pd.concat([_long(), _long()[:1]]).to_csv(path, index=False)


@case(
    Refused(UnknownName, ("'logFC'", "lfc")),
    file="screen.csv",
    layout=TableLayout(gene="gene", value="logFC", about=("perturbation",)),
)
def layout_that_does_not_fit(path: Path) -> None:
    """A layout names a column that is not there."""
    _long().to_csv(path, index=False)


@case(Refused(BadMapping, ("h5ad", "layout")), layout=LONG)
def layout_of_an_h5ad(path: Path) -> None:
    """A layout of a table for an h5ad file."""
    screen().write_h5ad(path)


@case(GOOD, file="screen.parquet")
def wide_parquet(path: Path) -> None:
    """A good parquet file."""
    _table().to_parquet(path)


@case(GOOD, file="screen.parquet")
def lists_in_parquet(path: Path) -> None:
    """A parquet file with a column of lists beside the others."""
    frame = _table()
    frame["tokens"] = [[1, 2, 3]] * len(frame)
    frame.to_parquet(path)


@case(unreadable("without rows"), file="screen.parquet")
def empty_parquet(path: Path) -> None:
    """A parquet file without rows."""
    _table()[:0].to_parquet(path)


@case(unreadable("screen.parquet"), file="screen.parquet")
def cut_parquet(path: Path) -> None:
    """A parquet file that is cut off."""
    _table().to_parquet(path)
    path.write_bytes(path.read_bytes()[:-100])


@case(GOOD, file="screen.tsv.gz")
def gzipped_tsv(path: Path) -> None:
    """A gzipped table."""
    _table().to_csv(path, sep="\t", compression="gzip")


@case(GOOD, file="screen.txt")
def aligned_numbers(path: Path) -> None:
    """A table called .txt whose numbers have thousands of digits behind the point."""
    frame = _table().astype(object)
    frame.iloc[:, 1:] = frame.iloc[:, 1:].map(lambda v: f"{v}.{'0' * 3000}")
    frame.iloc[:, :].to_csv(path, sep="\t")


@case(Refused(BadValues, ("infinite",)), file="screen.csv")
def words_for_infinity(path: Path) -> None:
    """A table with `inf` among counts."""
    frame = _table().astype({"TP53": float})
    frame.iloc[5, 3] = np.inf
    frame.to_csv(path)


@case(Refused(ForetellError, ("screen.csv",)), file="screen.csv")
def one_column(path: Path) -> None:
    """A table of one column."""
    _table()[["KLF1"]].to_csv(path, index=False)
