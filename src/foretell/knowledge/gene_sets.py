"""Gene sets: named groups of genes, read from GMT files."""

from __future__ import annotations

from pathlib import Path

from foretell.core.errors import UnreadableFile

__all__ = ["read_gene_sets"]


def read_gene_sets(path: str | Path) -> dict[str, frozenset[str]]:
    r"""Read a GMT file: one set per line; name, description and members, divided by tabs.

    Raises
    ------
    UnreadableFile
        Where the file cannot be read, a line has no members, or a name stands twice.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "sets.gmt"
    ...     _ = file.write_text("stress\tsource\tATF4\tDDIT3\n")
    ...     sorted(read_gene_sets(file)["stress"])
    ['ATF4', 'DDIT3']
    """
    path = Path(path)
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableFile(
            f"{path} cannot be read: {error}", "give a GMT file: name, description, genes by tabs"
        ) from error
    sets: dict[str, frozenset[str]] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        name, *rest = line.split("\t")
        members = frozenset(gene.strip() for gene in rest[1:] if gene.strip())
        if not members:
            raise UnreadableFile(
                f"line {number} of {path.name} has no genes after '{name}'",
                "write name, description and genes, divided by tabs",
            )
        if name in sets:
            raise UnreadableFile(
                f"line {number} of {path.name} names '{name}' again", "give every set its own name"
            )
        sets[name] = members
    if not sets:
        raise UnreadableFile(f"{path.name} holds no gene set", "one set per line")
    return sets
