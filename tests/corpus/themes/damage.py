"""Files that are cut, changed, compressed, or something else altogether."""

from __future__ import annotations

import gzip
import os
import shutil
import zipfile
from pathlib import Path

import h5py

from corpus.case import Reads, Refused, case
from corpus.screens import written
from foretell.core.errors import UnreadableFile

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4


def unreadable(*words: str) -> Refused:
    return Refused(UnreadableFile, words)


@case(unreadable("screen.h5ad", "empty"), cli=True)
def zero_bytes(path: Path) -> None:
    """A file of zero bytes."""
    path.write_bytes(b"")


@case(unreadable("screen.h5ad"))
def cut_in_half(path: Path) -> None:
    """The first half of an h5ad file."""
    data = written(path).read_bytes()
    path.write_bytes(data[: len(data) // 2])


@case(unreadable("screen.h5ad"))
def cut_by_one_byte(path: Path) -> None:
    """An h5ad file without its last byte."""
    path.write_bytes(written(path).read_bytes()[:-1])


@case(unreadable("screen.h5ad"))
def only_the_signature(path: Path) -> None:
    """The eight bytes with which HDF5 begins, and nothing after."""
    path.write_bytes(b"\x89HDF\r\n\x1a\n")


@case(unreadable("screen.h5ad"))
def signature_and_noise(path: Path) -> None:
    """The signature of HDF5, then bytes that mean nothing."""
    path.write_bytes(b"\x89HDF\r\n\x1a\n" + bytes((i * 37) % 256 for i in range(4000)))


@case(unreadable("screen.h5ad"))
def zeros_in_the_middle(path: Path) -> None:
    """An h5ad file of which a stretch was never written."""
    data = bytearray(written(path).read_bytes())
    data[96 : len(data) // 2] = bytes(len(data) // 2 - 96)
    path.write_bytes(bytes(data))


@case(unreadable("PNG image"), cli=True)
def picture(path: Path) -> None:
    """A PNG image that is called .h5ad."""
    path.write_bytes(PNG)


@case(unreadable("text"))
def text_called_h5ad(path: Path) -> None:
    """A text that is called .h5ad."""
    path.write_text("perturbation,GATA1\ncontrol,1\n")


@case(unreadable("compressed", "gunzip"))
def gzip_called_h5ad(path: Path) -> None:
    """A gzipped h5ad file that is called .h5ad."""
    path.write_bytes(gzip.compress(written(path).read_bytes()))


@case(unreadable("compressed", "gunzip screen.h5ad.gz"), file="screen.h5ad.gz")
def gzip_called_gz(path: Path) -> None:
    """A gzipped h5ad file that is called .h5ad.gz."""
    path.write_bytes(gzip.compress(written(path).read_bytes()))


@case(unreadable("screen.csv.gz"), file="screen.csv.gz")
def gzip_cut(path: Path) -> None:
    """A gzipped table of which the end is missing."""
    rows = "".join(f"c{i},A,{i},{i * i},{i**3}\n" for i in range(2000))
    path.write_bytes(gzip.compress(f"cell,perturbation,a,b,c\n{rows}".encode())[:-500])


@case(unreadable("is a folder"))
def folder_called_h5ad(path: Path) -> None:
    """A folder that is called .h5ad."""
    path.mkdir()


@case(unreadable("there is no file"))
def nothing_there(path: Path) -> None:
    """A name under which there is no file."""


@case(unreadable("there is no file"))
def link_to_nowhere(path: Path) -> None:
    """A symbolic link whose file is gone."""
    path.symlink_to(path.with_name("gone.h5ad"))


@case(unreadable("there is no file"))
def pipe(path: Path) -> None:
    """A named pipe: to open it would wait for ever."""
    os.mkfifo(path)


@case(unreadable("may be read"), as_user=True)
def may_not_be_read(path: Path) -> None:
    """A file without permission to read."""
    written(path).chmod(0)


@case(unreadable("loom file"))
def loom(path: Path) -> None:
    """A loom file."""
    with h5py.File(path, "w") as file:
        for name in ("row_attrs", "col_attrs", "layers"):
            file.create_group(name)


@case(unreadable("MuData", "rna"))
def mudata(path: Path) -> None:
    """A MuData file."""
    with h5py.File(path, "w") as file:
        file.create_group("mod/rna")


@case(unreadable("obs"))
def other_hdf5(path: Path) -> None:
    """An HDF5 file of another program."""
    with h5py.File(path, "w") as file:
        file["weights"] = [1.0, 2.0]


@case(unreadable("R object", "write"), file="screen.rds")
def r_object(path: Path) -> None:
    """A Seurat object."""
    path.write_bytes(gzip.compress(b"X\n\0\0\0\3\0\4\2\1" + bytes(100)))


@case(unreadable("web page", "fetch it again"))
def web_page(path: Path) -> None:
    """A web page that came instead of the file."""
    path.write_text("<!DOCTYPE html>\n<html><p>Log in</p></html>")


@case(unreadable("LFS", "git lfs pull"))
def lfs_pointer(path: Path) -> None:
    """A pointer of git LFS."""
    path.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n")


@case(unreadable("zip archive", "unzip"), file="screen.zip")
def zip_of_h5ad(path: Path) -> None:
    """A zip archive with an h5ad file inside."""
    inside = written(path.with_name("screen.h5ad"))
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(inside, "screen.h5ad")
    inside.unlink()


@case(unreadable("tar"), file="screen.tar")
def tar(path: Path) -> None:
    """A tar archive."""
    inside = written(path.with_name("screen.h5ad"))
    shutil.make_archive(str(path.with_suffix("")), "tar", path.parent, inside.name)
    inside.unlink()


@case(Reads(control="control", n=3), file="mein Schirm \u00e4\U0001f600 (1).h5ad", cli=True)
def odd_file_name(path: Path) -> None:
    """A good file whose name has blanks, brackets and an emoji."""
    written(path)


@case(Reads(control="control", n=3))
def link_to_a_file(path: Path) -> None:
    """A symbolic link to a good file."""
    path.symlink_to(written(path.with_name("other.h5ad")))
