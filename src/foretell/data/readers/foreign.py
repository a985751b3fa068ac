"""Foreign: forms that are known but not read, each with the way to one that is."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from foretell.core.errors import UnreadableFile

__all__ = ["foreign_form", "foreign_group", "foreign_zip"]

BEGINNINGS = (
    (b"\x89PNG", "a PNG image", "give the file of the data"),
    (b"\xff\xd8\xff", "a JPEG image", "give the file of the data"),
    (b"%PDF", "a PDF document", "give the file of the data"),
    (b"<!doctype", "a web page", "the download brought a page and not the file: fetch it again"),
    (b"<html", "a web page", "the download brought a page and not the file: fetch it again"),
    (b"<?xml", "an XML document", "give the file of the data"),
    (b"version https://git-lfs", "a pointer of git LFS", "fetch the file itself: git lfs pull"),
    (b"BZh", "compressed with bzip2", "unpack it first (bunzip2)"),
    (b"\xfd7zXZ", "compressed with xz", "unpack it first (unxz)"),
    (b"\x28\xb5\x2f\xfd", "compressed with zstd", "unpack it first (unzstd)"),
    (b"\xd0\xcf\x11\xe0", "an old Excel file", "save the sheet as csv"),
    (b"ARROW1", "a feather file", "pandas.read_feather(...).to_parquet(...)"),
    (b"\x93NUMPY", "a numpy array without names", "put it into an AnnData and write_h5ad"),
    (b"%%MatrixMarket", "a matrix without names", "give the folder with barcodes and features"),
)
IN_R = "in R: anndataR::write_h5ad(object, ...), or zellkonverter::writeH5AD(sce, ...)"
R_DATA, R_NAMES = (b"X\n\0\0\0", b"RDX", b"RDA"), (".rds", ".rda", ".rdata", ".robj")
OF_HDF5 = (  # names inside, what it is, the way out
    ({"mod"}, "a MuData file", 'save one modality: mudata.read_h5mu(...)["rna"].write_h5ad(...)'),
    ({"row_attrs", "col_attrs"}, "a loom file", "scanpy.read_loom(...).write_h5ad(...)"),
    ({"assays", "meta.data"}, "a SeuratDisk file", 'in R: SeuratDisk::Convert(file, dest="h5ad")'),
    ({"barcode_idx", "umi"}, "a list of molecules", "give filtered_feature_bc_matrix.h5 instead"),
    ({"tables", "shapes"}, "spatial data", 'save its table: sdata.tables["table"].write_h5ad(...)'),
    ({"0", "META"}, "a GCTX file", "cmapPy.pandasGEXpress.parse, then AnnData(...).write_h5ad"),
)


def foreign_form(path: Path, head: bytes) -> UnreadableFile | None:
    """Return the error for a known other form, by its first (unpacked) bytes; else None."""
    page = head.lstrip().lower()
    for beginning, what, way_out in BEGINNINGS:
        if head.startswith(beginning) or (beginning[:1] == b"<" and page.startswith(beginning)):
            return UnreadableFile(f"{path} is {what}, not a screen", way_out)
    if head.startswith(R_DATA) or path.suffix.lower() in R_NAMES:
        return UnreadableFile(f"{path} holds an R object", IN_R)
    if head[257:262] == b"ustar":
        return UnreadableFile(f"{path} is a tar archive", "unpack it first (tar -xf)")
    return None


def foreign_group(path: Path, inside: Iterable[str], kind: str) -> UnreadableFile:
    """Return the error for an HDF5 file or zarr store that is no AnnData, by what is inside."""
    found = set(inside)
    for names, what, way_out in OF_HDF5:
        if names <= found:
            return UnreadableFile(f"{path} is {what}, not an h5ad file", way_out)
    return UnreadableFile(
        f"{path} is a {kind} without `obs` and `var`, so no AnnData",
        "build an AnnData from what is inside and save it with write_h5ad",
    )


def foreign_zip(path: Path, names: Iterable[str]) -> UnreadableFile:
    """Return the error for a zip archive that is no zarr store, by the names inside."""
    found = set(names)
    if "xl/workbook.xml" in found:
        return UnreadableFile(
            f"{path} is an Excel workbook, which changes gene names and cuts digits",
            "save the sheet as csv",
        )
    if any(name.endswith(".npy") for name in found):
        return UnreadableFile(
            f"{path} holds numpy arrays without names", "put them into an AnnData and write_h5ad"
        )
    return UnreadableFile(f"{path} is a zip archive, not a zarr store", "unpack it first (unzip)")
