"""Start of the library and of the command line."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

NAME = "startup_help"
WORK = "`foretell --help`, whole process; the peer imports the library that such a tool stands on"
PEER = "python -c 'import anndata'"


def prepare(folder: Path) -> None:
    """Nothing to write."""


def ours(folder: Path) -> Iterator[str]:
    """Show the help."""
    import foretell

    yield foretell.__version__
    program = "from foretell.cli import main; import sys; sys.argv = ['foretell', '--help']; main()"
    subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)


def peer(folder: Path) -> Iterator[str]:
    """Import."""
    from importlib.metadata import version

    yield version("anndata")
    subprocess.run([sys.executable, "-c", "import anndata"], capture_output=True, check=True)
