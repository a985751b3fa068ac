"""Form: what a file is, by its first bytes and what stands inside, then by its name."""

from __future__ import annotations

import gzip
import zipfile
import zlib
from pathlib import Path
from typing import Literal

from foretell.core.errors import UnreadableFile
from foretell.data.find import STORE_MARKS, is_store
from foretell.data.readers.faults import reading, unreadable
from foretell.data.readers.foreign import foreign_form, foreign_group, foreign_zip
from foretell.data.readers.links import refuse_links, refuse_loops

__all__ = ["Form", "form_of"]

Form = Literal["h5ad", "10x h5", "zarr", "mtx", "parquet", "text"]
HDF5 = b"\x89HDF\r\n\x1a\n"  # how every HDF5 file begins
GZIP, ZIP, PARQUET, UTF16 = b"\x1f\x8b", b"PK", b"PAR1", (b"\xff\xfe", b"\xfe\xff")
TEXT_NAMES = (".csv", ".tsv", ".txt", ".tab", ".gz")
TENX_V2 = {"barcodes", "genes", "data", "indices", "indptr"}


def form_of(path: Path) -> Form:
    """Return the form of a file or folder.

    Errors: `UnreadableFile` for every other form, saying how to convert it where that is known.
    """
    if path.is_dir():
        return _form_of_folder(path)
    head = _head(path)
    if head.startswith(HDF5):
        return _form_of_hdf5(path)
    if head.startswith(PARQUET):
        return "parquet"
    if head.startswith(ZIP):
        return _form_of_zip(path)
    if head.startswith(GZIP):
        return _form_of_gzip(path)
    foreign = foreign_form(path, head)
    if foreign is not None:
        raise foreign
    binary = b"\0" in head and not head.startswith(UTF16)
    if not head or binary or not path.name.lower().endswith(TEXT_NAMES):
        problem, way_out = _unknown(path, head)
        raise UnreadableFile(problem, way_out)
    return "text"


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(4096)
    except OSError as error:
        raise unreadable(path, "file", error) from error


def _unknown(path: Path, head: bytes) -> tuple[str, str]:
    form = path.suffix.lstrip(".") or "data"
    if path.suffix in (".h5ad", ".h5", ".hdf5"):
        is_it = "empty" if not head else "text" if b"\0" not in head else "something else"
        problem = f"{path} is not a readable {form} file ({is_it})"
        return problem, (
            "it is no HDF5 file: fetch it again, or read the table with anndata and save it with "
            "write_h5ad"
        )
    if not head:
        return f"{path} is empty", "fetch it again, or write it again"
    return (
        f"{path} is in no form that can be read",
        "give h5ad, zarr, 10x (h5 or mtx), parquet, or text that is called .csv, .tsv or .txt",
    )


def _form_of_folder(path: Path) -> Form:
    if any((path / mark).is_file() for mark in STORE_MARKS[:3]):
        return "zarr"
    if is_store(path):
        return "mtx"
    raise UnreadableFile(
        f"{path} is a folder, but no zarr store and without matrix.mtx",
        "give a file, a zarr store, or the folder with matrix.mtx, barcodes and features",
    )


def _form_of_hdf5(path: Path) -> Form:
    import h5py

    form = f"{path.suffix.lstrip('.') or 'HDF5'} file"
    with reading(path, form), h5py.File(path, "r") as file:
        refuse_links(file, path)
        refuse_loops(file, path)
        inside = set(file)
        if {"obs", "var"} <= inside:
            return "h5ad"
        groups = [file[name] for name in file if isinstance(file[name], h5py.Group)]
        if "matrix" in inside and isinstance(file["matrix"], h5py.Group):
            return "10x h5"
        if any(set(group) >= TENX_V2 for group in groups):
            return "10x h5"
        raise foreign_group(path, inside, "HDF5 file")


def _form_of_zip(path: Path) -> Form:
    with reading(path, "zip file"), zipfile.ZipFile(path) as archive:
        names = archive.namelist()
    if any(Path(name).name in STORE_MARKS[:3] for name in names):
        return "zarr"
    raise foreign_zip(path, names)


def _form_of_gzip(path: Path) -> Form:
    try:
        with gzip.open(path) as file:
            head = file.read(4096)
    except (OSError, EOFError, zlib.error) as error:
        if path.suffix == ".gz":
            raise unreadable(path, "gzip file", error) from error
        head = HDF5  # a broken stream that does not say what it is
    foreign = foreign_form(path, head)
    if foreign is not None:
        raise foreign
    if head.startswith((HDF5, PARQUET)) or b"\0" in head or path.suffix != ".gz":
        named = path.name if path.suffix == ".gz" else f"{path.name}.gz"
        rename = "" if path.suffix == ".gz" else f"mv {path.name} {named} && "
        raise UnreadableFile(
            f"{path} is compressed as a whole, and values are read from their place in the file",
            f"it is compressed: unpack it first ({rename}gunzip {named})",
        )
    return "text"
