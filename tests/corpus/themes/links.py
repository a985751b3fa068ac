"""Links: parts of an HDF5 file that lie elsewhere, or hold each other."""

from __future__ import annotations

from pathlib import Path

import h5py

from corpus.case import Reads, case
from corpus.screens import save, screen, unreadable, written

GOOD = Reads(control="control", n=3)


@case(unreadable("'X'", "another file"))
def external_link(path: Path) -> None:
    """X is a link into another file."""
    other = written(path.with_name("other.h5ad"))
    with h5py.File(written(path), "r+") as file:
        del file["X"]
        file["X"] = h5py.ExternalLink(other.name, "/X")


@case(unreadable("'obs'", "another file"))
def external_link_to_a_group(path: Path) -> None:
    """The table of cells is a link into another file."""
    other = written(path.with_name("other.h5ad"))
    with h5py.File(written(path), "r+") as file:
        del file["obs"]
        file["obs"] = h5py.ExternalLink(other.name, "/obs")


@case(unreadable("/etc/hostname", "another file"))
def values_outside(path: Path) -> None:
    """Values lie in a raw file of the system."""
    with h5py.File(written(path, dense=True), "r+") as file:
        shape = file["X"].shape
        del file["X"]
        external = [("/etc/hostname", 0, 4 * shape[0] * shape[1])]
        file.create_dataset("X", shape, "f4", external=external)


@case(unreadable("another file"))
def virtual_values(path: Path) -> None:
    """X is a view of another file."""
    other = written(path.with_name("other.h5ad"), dense=True)
    with h5py.File(written(path, dense=True), "r+") as file:
        shape = file["X"].shape
        layout = h5py.VirtualLayout(shape, "f4")
        layout[:] = h5py.VirtualSource(str(other), "X", shape)
        del file["X"]
        file.create_virtual_dataset("X", layout)


@case(GOOD)
def soft_link_inside(path: Path) -> None:
    """X is a soft link to a layer of the same file."""
    adata = screen()
    adata.layers["counts"] = adata.X.copy()
    save(adata, path)
    with h5py.File(path, "r+") as file:
        del file["X"]
        file["X"] = h5py.SoftLink("/layers/counts")


@case(unreadable("screen.h5ad"))
def soft_link_to_nowhere(path: Path) -> None:
    """X is a soft link to what is not there."""
    with h5py.File(written(path), "r+") as file:
        del file["X"]
        file["X"] = h5py.SoftLink("/layers/gone")


@case(unreadable("screen.h5ad"))
def soft_link_to_itself(path: Path) -> None:
    """X is a soft link to itself."""
    with h5py.File(written(path), "r+") as file:
        del file["X"]
        file["X"] = h5py.SoftLink("/X")


@case(unreadable("without end"))
def group_that_holds_itself(path: Path) -> None:
    """A group of `uns` that holds the root of the file."""
    with h5py.File(written(path), "r+") as file:
        file.create_group("loop")["again"] = file["/"]


@case(unreadable("without end"))
def uns_that_holds_itself(path: Path) -> None:
    """A dictionary of `uns` that holds itself, without end."""
    with h5py.File(written(path), "r+") as file:
        file["uns/again"] = file["uns"]


@case(unreadable("without end"))
def soft_links_in_a_circle(path: Path) -> None:
    """Two groups of `uns` that hold each other by soft links."""
    with h5py.File(written(path), "r+") as file:
        file.create_group("uns/a")["b"] = h5py.SoftLink("/uns/b")
        file.create_group("uns/b")["a"] = h5py.SoftLink("/uns/a")


@case(unreadable("screen.h5ad"))
def groups_that_double(path: Path) -> None:
    """Forty groups of `uns`, each holding the next one twice: to read them takes for ever."""
    with h5py.File(written(path), "r+") as file:
        for i in range(40):
            group = file.create_group(f"uns/g{i}")
            for name in "ab":
                group[name] = h5py.SoftLink(f"/uns/g{i + 1}")
