"""The file that cell-eval prepares for the Virtual Cell Challenge: a tar of an h5ad, packed."""

from __future__ import annotations

import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from foretell.core.errors import UnreadableFile
from foretell.core.folder import atomic_file
from foretell.core.prediction import Prediction
from foretell.data.readers.faults import reading
from foretell.data.readers.predictions.cell_eval import (
    COLUMN,
    CONTROL,
    as_cells,
    read_cell_eval,
)
from foretell.data.readers.predictions.outside import Outside

__all__ = ["LAYOUT", "read_vcc", "write_vcc"]

LAYOUT = "vcc"
PACKED, WATERMARK, MARK = "pred.h5ad.zst", "watermark.txt", "vcc-prep"
PIECE = 1 << 22


def read_vcc(
    path: Path, *, column: str = COLUMN, context: tuple[str, ...] = (), keep_cells: bool = True
) -> Outside:
    """Read a ``.vcc`` file.

    Raises
    ------
    UnreadableFile
        If it is no tar, lacks a member, bears another watermark, or is damaged.
    """
    with _unpacked(Path(path)) as file:
        found = read_cell_eval(file, column=column, context=context, keep_cells=keep_cells)
    return Outside(**{**vars(found), "layout": LAYOUT})


@contextmanager
def _unpacked(path: Path) -> Iterator[Path]:
    """Unpack the h5ad into a temporary folder; nothing else of the tar is written anywhere."""
    import pyarrow as pa

    if not path.is_file():
        raise UnreadableFile(f"there is no file {path}", "check the path")
    with tempfile.TemporaryDirectory() as folder, reading(path, "vcc file"):
        plain = Path(folder) / "pred.h5ad"
        with tarfile.open(path) as tar:
            members = {member.name.removeprefix("./"): member for member in tar.getmembers()}
            missing = sorted({PACKED, WATERMARK} - set(members))
            if missing:
                raise UnreadableFile(
                    f"{path} holds no {missing[0]}", "write it with `cell-eval prep`, or write_vcc"
                )
            mark = tar.extractfile(members[WATERMARK])
            if mark is None or mark.read().decode("utf-8", "replace").strip() != MARK:
                raise UnreadableFile(f"{path} bears another watermark", "prepare it again")
            packed = tar.extractfile(members[PACKED])
            assert packed is not None
            with pa.CompressedInputStream(packed, "zstd") as stream, plain.open("wb") as out:
                while piece := stream.read(PIECE):
                    out.write(piece)
        yield plain


def write_vcc(
    path: Path,
    prediction: Prediction,
    labels: list[str],
    controls: Any,
    *,
    n_cells: int = 100,
    noise: bool = False,
    seed: int = 0,
) -> None:
    """Write a ``.vcc`` file; see `write_cell_eval` for the parameters.

    The challenge's own server also asks for its list of genes in its order.
    """
    import pyarrow as pa
    from scipy.sparse import csr_matrix

    adata = as_cells(prediction, labels, controls, COLUMN, CONTROL, n_cells, noise, seed)
    adata.X = csr_matrix(adata.X)

    def write(part: Path) -> None:
        with tempfile.TemporaryDirectory() as folder:
            plain, packed = Path(folder) / "pred.h5ad", Path(folder) / PACKED
            adata.write_h5ad(plain)
            with plain.open("rb") as file, pa.CompressedOutputStream(str(packed), "zstd") as out:
                while piece := file.read(PIECE):
                    out.write(piece)
            (Path(folder) / WATERMARK).write_text(MARK)
            with tarfile.open(part, "w") as tar:
                tar.add(packed, PACKED)
                tar.add(Path(folder) / WATERMARK, WATERMARK)

    atomic_file(Path(path), write)
