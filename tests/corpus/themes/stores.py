"""Stores of zarr, and counts of Cell Ranger."""

from __future__ import annotations

import gzip
import shutil
import warnings
import zipfile
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from corpus.case import NoScreen, Reads, Refused, case
from corpus.screens import GENES, screen
from foretell.core.errors import BadMapping, BadValues, NoControl, UnknownName, UnreadableFile
from foretell.core.layout import TableLayout

GOOD = Reads(control="control", n=3)
CELLS = TableLayout(obs="cells.csv")


def unreadable(*words: str) -> Refused:
    return Refused(UnreadableFile, words)


def write_zarr(path: Path, version: int = 2, **given: Any) -> Path:
    import anndata

    before = anndata.settings.zarr_write_format
    anndata.settings.zarr_write_format = version
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            screen(**given).write_zarr(path)
    finally:
        anndata.settings.zarr_write_format = before
    return path


@case(GOOD, file="screen.zarr")
def zarr_2(path: Path) -> None:
    """A zarr store of format 2."""
    write_zarr(path, 2)


@case(GOOD, file="screen.zarr")
def zarr_3(path: Path) -> None:
    """A zarr store of format 3."""
    write_zarr(path, 3)


@case(GOOD, file="screen.zarr.zip")
def zarr_zip(path: Path) -> None:
    """A zarr store in a zip file."""
    store = write_zarr(path.with_name("inside.zarr"))
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(store.rglob("*")):
            archive.write(file, file.relative_to(store))
    shutil.rmtree(store)


@case(Reads(control="control", n=3, genes=1), file="screen.zarr")
def zarr_of_one_gene(path: Path) -> None:
    """A zarr store of one gene: its column indices are all 0, and zarr does not write those."""
    write_zarr(path, genes=("KLF1",))


@case(unreadable("screen.zarr"), file="screen.zarr")
def zarr_without_a_piece(path: Path) -> None:
    """A zarr store of which a piece of the values is missing."""
    (write_zarr(path) / "X" / "data" / "0").unlink()


@case(unreadable("screen.zarr"), file="screen.zarr")
def zarr_without_pointers(path: Path) -> None:
    """A zarr store of which the row pointers are missing."""
    (write_zarr(path) / "X" / "indptr" / "0").unlink()


@case(unreadable("screen.zarr"), file="screen.zarr")
def zarr_with_noise(path: Path) -> None:
    """A zarr store with a piece that cannot be unpacked."""
    (write_zarr(path) / "X" / "data" / "0").write_bytes(b"noise" * 9)


@case(unreadable("screen.zarr"), file="screen.zarr")
def zarr_without_obs(path: Path) -> None:
    """A zarr store without the table of cells."""
    store = write_zarr(path)
    shutil.rmtree(store / "obs")
    (store / ".zmetadata").unlink(missing_ok=True)


@case(unreadable("screen.zarr"), file="screen.zarr")
def zarr_with_broken_json(path: Path) -> None:
    """A zarr store whose description is cut off."""
    file = write_zarr(path) / "obs" / ".zattrs"
    file.write_text(file.read_text()[:30])
    (path / ".zmetadata").unlink(missing_ok=True)


@case(Refused(NoControl, ("control",)), file="screen.zarr")
def zarr_without_labels(path: Path) -> None:
    """A zarr store of which the codes of the labels are missing: zarr reads them as zeros."""
    (write_zarr(path) / "obs" / "perturbation" / "codes" / "0").unlink()


@case(unreadable("screen.zarr"), file="screen.zarr")
def empty_zarr(path: Path) -> None:
    """A zarr store with nothing inside."""
    path.mkdir()
    (path / ".zgroup").write_text('{"zarr_format": 2}')


def write_tenx(path: Path, **given: object) -> Path:
    adata = screen()
    with h5py.File(path, "w") as file:
        group = file.create_group("matrix")
        group["barcodes"] = [name.encode() for name in adata.obs_names]
        group["data"] = adata.X.data.astype("i4")
        group["indices"], group["indptr"] = adata.X.indices, adata.X.indptr
        group["shape"] = np.array([adata.n_vars, adata.n_obs])
        group["features/id"] = [f"ENSG{i:011d}".encode() for i in range(adata.n_vars)]
        group["features/name"] = [name.encode() for name in GENES]
        group["features/feature_type"] = [b"Gene Expression"] * adata.n_vars
        for name, values in given.items():
            del group[name]
            group[name] = values
    return path


def _cells(path: Path) -> None:
    screen().obs.to_csv(path.with_name("cells.csv"))


@case(NoScreen(("columns",)), file="counts.h5")
def tenx_without_labels(path: Path) -> None:
    """Counts of Cell Ranger, which know no perturbations."""
    write_tenx(path)


@case(GOOD, file="counts.h5", layout=CELLS)
def tenx_with_labels(path: Path) -> None:
    """Counts of Cell Ranger, and a table of cells beside them."""
    write_tenx(path)
    _cells(path)


@case(Refused(UnknownName, ("cells.csv", "barcode")), file="counts.h5", layout=CELLS)
def tenx_with_other_labels(path: Path) -> None:
    """Counts of Cell Ranger, and a table of other cells beside them."""
    write_tenx(path)
    obs = screen().obs
    obs.index = [f"barcode{i}" for i in range(len(obs))]
    obs.to_csv(path.with_name("cells.csv"))


@case(Refused(BadMapping, ("twice", "cell0")), file="counts.h5", layout=CELLS)
def tenx_with_cells_twice(path: Path) -> None:
    """The table of cells beside counts lists a cell twice."""
    write_tenx(path)
    obs = screen().obs
    obs.index = ["cell0", *obs.index[:-1]]
    obs.to_csv(path.with_name("cells.csv"))


@case(unreadable("cells.csv"), file="counts.h5", layout=CELLS)
def tenx_without_its_table(path: Path) -> None:
    """The table of cells that a layout names is missing."""
    write_tenx(path)


@case(unreadable("counts.h5"), file="counts.h5", layout=CELLS)
def tenx_with_a_wrong_shape(path: Path) -> None:
    """Counts of Cell Ranger whose dimensions disagree with their names."""
    write_tenx(path, shape=np.array([20, 39]))
    _cells(path)


@case(unreadable("counts.h5"), file="counts.h5", layout=CELLS)
def tenx_with_columns_beyond(path: Path) -> None:
    """Counts of Cell Ranger with a feature beyond the last."""
    adata = screen()
    write_tenx(path, indices=np.where(np.arange(adata.X.nnz) == 9, 77, adata.X.indices))
    _cells(path)


@case(unreadable("counts.h5"), file="counts.h5")
def tenx_without_features(path: Path) -> None:
    """Counts of Cell Ranger without their features."""
    with h5py.File(write_tenx(path), "r+") as file:
        del file["matrix/features"]


def write_mtx(path: Path) -> Path:
    from scipy.io import mmwrite

    adata = screen()
    path.mkdir()
    mmwrite(path / "matrix.mtx", adata.X.T.astype(int))
    (path / "barcodes.tsv").write_text("\n".join(adata.obs_names) + "\n")
    rows = [f"ENSG{i:011d}\t{gene}\tGene Expression" for i, gene in enumerate(GENES)]
    (path / "features.tsv").write_text("\n".join(rows) + "\n")
    _cells(path)
    return path


@case(GOOD, file="sample", layout=CELLS, cli=True)
def mtx_folder(path: Path) -> None:
    """A folder of Cell Ranger, and a table of cells beside it."""
    write_mtx(path)


@case(unreadable("barcodes.tsv"), file="sample", layout=CELLS)
def mtx_without_barcodes(path: Path) -> None:
    """A folder of Cell Ranger without its barcodes."""
    (write_mtx(path) / "barcodes.tsv").unlink()


@case(unreadable("41", "40"), file="sample", layout=CELLS)
def mtx_with_more_barcodes(path: Path) -> None:
    """A folder of Cell Ranger with a barcode too many."""
    with (write_mtx(path) / "barcodes.tsv").open("a") as file:
        file.write("cell40\n")


@case(Refused(BadValues, ("duplicated observations", "cell7")), file="sample", layout=CELLS)
def mtx_with_barcodes_twice(path: Path) -> None:
    """A folder of Cell Ranger in which two cells have one barcode."""
    file = write_mtx(path) / "barcodes.tsv"
    file.write_text(file.read_text().replace("cell8\n", "cell7\n"))


@case(unreadable("matrix.mtx"), file="sample", layout=CELLS)
def mtx_cut(path: Path) -> None:
    """A folder of Cell Ranger whose matrix is cut off."""
    file = write_mtx(path) / "matrix.mtx"
    file.write_text(file.read_text()[:1500])


@case(unreadable("line 7", "features.tsv"), file="sample", layout=CELLS)
def mtx_with_a_short_feature(path: Path) -> None:
    """A folder of Cell Ranger with a feature without a name."""
    file = write_mtx(path) / "features.tsv"
    lines = file.read_text().splitlines()
    lines[6] = lines[6].partition("\t")[0]
    file.write_text("\n".join(lines) + "\n")


@case(GOOD, file="sample", layout=CELLS)
def mtx_gzipped(path: Path) -> None:
    """A folder of Cell Ranger, gzipped."""
    for file in list(write_mtx(path).iterdir()):
        file.with_name(f"{file.name}.gz").write_bytes(gzip.compress(file.read_bytes()))
        file.unlink()


@case(unreadable("several matrices"), file="sample")
def mtx_of_two_samples(path: Path) -> None:
    """A folder with the matrices of two samples."""
    folder = write_mtx(path)
    for file in list(folder.iterdir()):
        for sample in ("a_", "b_"):
            shutil.copy(file, folder / f"{sample}{file.name}")
        file.unlink()


@case(unreadable("folder"), file="sample")
def empty_folder(path: Path) -> None:
    """An empty folder."""
    path.mkdir()
