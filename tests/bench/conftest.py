"""Let tests and the processes they start import `troubled`, which stands beside this file."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

HERE = str(Path(__file__).parent)
if HERE not in sys.path:
    sys.path.append(HERE)  # processes are started with the same path


@pytest.fixture(scope="session")
def reference(tmp_path_factory) -> tuple[Path, Path, float]:
    """A study, the folder of its undisturbed results, and the seconds that it took."""
    from outside import run_outside, write_study

    folder = tmp_path_factory.mktemp("reference")
    study = write_study(folder)
    started = time.monotonic()
    code, out, err = run_outside(study, folder / "out")
    assert code == 0, err
    assert "training_mean" in out
    return study, folder / "out", time.monotonic() - started
