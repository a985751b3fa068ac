"""Links: an HDF5 file may point to other files, or to itself; neither is ever followed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from foretell.core.errors import UnreadableFile

__all__ = ["refuse_links", "refuse_loops"]

DEEPEST, MOST = 40, 100_000  # levels and items: far more than any file of people has


def refuse_links(file: Any, path: Path) -> None:
    """Refuse an HDF5 file of which a part lies in another file: nobody sent or hashed that one."""
    import h5py

    def of_link(name: str, link: Any) -> tuple[str, object] | None:
        return (name, link.filename) if isinstance(link, h5py.ExternalLink) else None

    def of_item(name: str, item: Any) -> tuple[str, object] | None:
        if isinstance(item, h5py.Dataset) and item.is_virtual:
            return name, item.virtual_sources()[0].file_name
        if isinstance(item, h5py.Dataset) and item.external:
            return name, item.external[0][0]
        return None

    # what a visitor returns ends the visit; it must not raise inside the library
    found = file.visititems_links(of_link) or file.visititems(of_item)
    if found is not None:
        name, other = found
        raise UnreadableFile(
            f"'{name}' of {path} lies in another file, {other}, which is never opened",
            "write it into one file: anndata.read_h5ad(...).write_h5ad(...)",
        )


def refuse_loops(file: Any, path: Path) -> None:
    """Refuse groups that hold themselves, or one another twice: to read them would never end."""
    import h5py

    n, waiting = 0, [(file, 0)]
    while waiting:
        group, depth = waiting.pop()
        inside = [name for name in group if group.get(name, getclass=True) is h5py.Group]
        n += len(group)
        if depth > DEEPEST or n > MOST:
            raise UnreadableFile(
                f"'{group.name[:60]}' of {path} is nested without end",
                "a group holds itself by a link: write it anew with write_h5ad, without `uns`",
            )
        waiting += [(group[name], depth + 1) for name in inside]
