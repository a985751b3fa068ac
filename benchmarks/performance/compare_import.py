"""Import of the library."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

NAME = "startup_import"
WORK = "`import foretell`, whole process"
PEER = "python -c 'import scanpy'"
PEER_REQUIREMENTS = ("scanpy==1.11.5",)


def prepare(folder: Path) -> None:
    """Nothing to write."""


def ours(folder: Path) -> Iterator[str]:
    """Import."""
    import foretell

    yield foretell.__version__
    subprocess.run([sys.executable, "-c", "import foretell"], capture_output=True, check=True)


def peer(folder: Path) -> Iterator[str]:
    """Import."""
    from importlib.metadata import version

    yield version("scanpy")
    subprocess.run([sys.executable, "-c", "import scanpy"], capture_output=True, check=True)
