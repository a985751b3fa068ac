"""Tables: from a parquet or text file to a frame whose columns are texts and numbers."""

from __future__ import annotations

import csv
import gzip
import re
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from foretell.core.errors import UnreadableFile, shorten
from foretell.data.readers.faults import reading

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["NAMES", "read_frame"]

NAMES = ""  # what a column of row names is called: the unnamed first one of most writers
DELIMITERS = ",\t;|"
HEAD_BYTES = 1 << 22
MISSING = ("NA", "NaN", "nan", "N/A", "n/a", "null", "NULL", "None", "-nan", "<NA>", "#N/A")
DECIMAL_COMMA = re.compile(r"^\s*-?\d+,\d+\s*$")


def read_frame(path: Path, form: str) -> pd.DataFrame:
    """Read a table; the column of row names, where there is one, is called ``""`` and first.

    Labels stay as they are written: ``None`` or ``NA`` is a label. In a column that is otherwise
    of numbers, such words are NaN.
    """
    with reading(path, "table"):
        frame = _read_parquet(path) if form == "parquet" else _read_text(path)
    if not len(frame) or not len(frame.columns):
        raise UnreadableFile(f"{path} is a table without rows", "fetch it again")
    return frame


def _read_parquet(path: Path) -> pd.DataFrame:
    import pandas as pd

    frame = pd.read_parquet(path)
    frame.columns = frame.columns.astype(str)
    if not isinstance(frame.index, pd.RangeIndex):
        named = frame.index.name is not None and frame.index.name not in frame.columns
        frame.index.name = frame.index.name if named else NAMES
        frame = frame.reset_index()
    first = frame.columns[0]
    if first == "__index_level_0__" or first.startswith("Unnamed: 0"):
        frame = frame.rename(columns={first: NAMES})
    return frame


def _read_text(path: Path) -> pd.DataFrame:
    import pandas as pd

    head = _head(path)
    delimiter = _delimiter(head, path)
    header = _header(head, delimiter, path)
    frame = pd.read_csv(
        path,
        sep=delimiter,
        names=header,
        header=0,
        encoding="utf-8-sig",
        keep_default_na=False,
        na_values=[""],
        low_memory=False,
        compression="gzip" if path.suffix == ".gz" else None,
        on_bad_lines="error",
    )
    if not isinstance(frame.index, pd.RangeIndex):
        raise UnreadableFile(
            f"rows of {path} have more columns than its header ({len(header)})",
            "name every column in the first line",
        )
    _refuse_cut_line(path, delimiter, len(header))
    for column in header:
        if frame[column].dtype.kind not in "iufb":
            _refuse_decimal_comma(frame[column], path)
            frame[column] = _as_numbers(frame[column])
    return frame


def _head(path: Path) -> str:
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
        raw = file.read(HEAD_BYTES)
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise UnreadableFile(f"{path} is text in UTF-16", "save it as UTF-8")
    cut = raw[: raw.rfind(b"\n") + 1] or raw
    try:
        return cut.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = cut[: error.start].count(b"\n") + 1
        raise UnreadableFile(f"line {line} of {path} is not UTF-8", "save it as UTF-8") from None


def _delimiter(head: str, path: Path) -> str:
    """Return what separates the columns: the same number of times in each of the first lines."""
    lines = [line for line in head.splitlines()[:20] if line.strip()]
    widths = {d: [len(row) for row in csv.reader(lines, delimiter=d)] for d in DELIMITERS}
    fitting = [d for d, w in widths.items() if w and min(w[1:] or w) > 1 and len(set(w[1:])) <= 1]
    several = [d for d, w in widths.items() if w and w[0] > 1]
    if not fitting and not several:
        raise UnreadableFile(
            f"{path} has one column only", "separate columns by commas, tabs or semicolons"
        )
    # decimal commas make commas regular, too: what the header is divided by wins
    return max(fitting or several, key=lambda d: (widths[d][0], max(widths[d])))


def _header(head: str, delimiter: str, path: Path) -> list[str]:
    rows = csv.reader(head.splitlines(), delimiter=delimiter)
    names = [name.strip() for name in next(rows)]
    first = next(rows, names)
    if len(first) == len(names) + 1:  # R leaves the name of the row names out
        names = [NAMES, *names]
    if names[0].startswith("Unnamed: 0"):
        names[0] = NAMES
    if len(set(names)) < len(names):
        twice = [name for name, n in Counter(names).items() if n > 1]
        raise UnreadableFile(
            f"{len(twice)} columns of {path} stand there twice: {shorten(map(repr, twice), 5)}",
            "rename or drop one of each",
        )
    return names


def _refuse_cut_line(path: Path, delimiter: str, n_columns: int) -> None:
    """Refuse a text whose last line ends early; a gzipped one is found by its check sum."""
    if path.suffix == ".gz":
        return
    size = path.stat().st_size
    with path.open("rb") as file:
        file.seek(max(0, size - HEAD_BYTES))
        tail = file.read().decode("utf-8", errors="replace").rstrip("\r\n")
    last = tail.rsplit("\n", 1)[-1]
    n_last = len(next(csv.reader([last], delimiter=delimiter), []))
    if n_last < n_columns and '"' not in last:
        raise UnreadableFile(
            f"the last line of {path} has {n_last} of {n_columns} columns",
            "the file may be cut off: compare its size with the source, fetch it again",
        )


def _refuse_decimal_comma(column: pd.Series, path: Path) -> None:
    texts = column.dropna().astype(str)
    with_comma = texts.str.match(DECIMAL_COMMA).to_numpy(dtype=bool)
    if len(texts) and with_comma.mean() > 0.5:
        at = int(with_comma.argmax())
        row = column.notna().to_numpy().nonzero()[0][at] + 1
        raise UnreadableFile(
            f"'{texts.iloc[at]}' in column '{column.name}' of {path} (row {row}) has a decimal "
            "comma",
            "save the table with decimal points",
        )


def _as_numbers(column: pd.Series) -> Any:
    """Turn a column into numbers where every value is one, or a word for a missing one."""
    import pandas as pd

    missing = column.isin(MISSING)
    if (missing | column.isna()).all():
        return column
    numbers = pd.to_numeric(column.mask(missing), errors="coerce")
    return numbers if (numbers.notna() | missing | column.isna()).all() else column
