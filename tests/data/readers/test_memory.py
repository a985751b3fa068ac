"""Memory: a screen on disk is streamed, whatever its size, and gives the answer of memory."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import anndata as ad
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp

BOUNDS = {".h5ad": 110, ".zarr": 150, ".csc.h5ad": 170}  # MB
N_CELLS, PER_CELL, N_GENES = 50_000, 400, 2000
SCRIPT = """
import sys
import numpy as np
import foretell

def peak():  # of this process alone; ru_maxrss begins at the size of the process that forked
    lines = open("/proc/self/status").read().splitlines()
    return next(int(l.split()[1]) / 1024 for l in lines if l.startswith("VmHWM"))

small, path, how, out = sys.argv[1:]
foretell.load(small, on_disk=how == "disk").profiles()  # imports and compiles everything
before = peak()
profiles = foretell.load(path, on_disk=how == "disk").profiles()
print(peak() - before)
np.savez(out, Y=profiles.Y, control=profiles.control)
"""


def screen(n_cells: int) -> ad.AnnData:
    rng = np.random.default_rng(0)
    indices = rng.integers(1, 6, (n_cells, PER_CELL), dtype=np.int8).cumsum(axis=1, dtype=np.int32)
    data = rng.integers(1, 9, indices.size, dtype=np.int8).astype(np.float32)
    indptr = np.arange(n_cells + 1) * PER_CELL
    X = sp.csr_matrix((data, indices.ravel() - 1, indptr), shape=(n_cells, N_GENES))
    labels = np.array(["control", *"ABCDEFGHI"], dtype=object)[np.arange(n_cells) % 10]
    return ad.AnnData(X, obs=pd.DataFrame({"perturbation": labels}, index=map(str, range(n_cells))))


def grown(folder: Path, path: Path, how: str) -> tuple[float, dict[str, np.ndarray]]:
    """Return MB by which a process of its own grows, and the profiles that it finds."""
    small, out = folder / f"small{path.suffix}", folder / "out.npz"
    command = [sys.executable, "-c", SCRIPT, str(small), str(path), how, str(out)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return float(done.stdout), dict(np.load(out))


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads the peak from /proc")
@pytest.mark.parametrize("suffix", BOUNDS)
@pytest.mark.filterwarnings("ignore")
def test_160_megabytes_are_streamed_through_a_part_of_them(
    tmp_path: Path, suffix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORETELL_CACHE", str(tmp_path / "cache"))
    path = tmp_path / f"large{suffix}"
    for adata, to in ((screen(100), tmp_path / f"small{path.suffix}"), (screen(N_CELLS), path)):
        if "csc" in suffix:
            adata.X = adata.X.tocsc()
        (adata.write_zarr if suffix == ".zarr" else adata.write_h5ad)(to)
    stored = 8e-6 * N_CELLS * PER_CELL
    streamed, from_disk = grown(tmp_path, path, "disk")
    held, from_memory = grown(tmp_path, path, "memory")
    # two blocks and their copies; zarr adds chunks that are unpacked, CSC the turning by rows
    assert streamed < BOUNDS[suffix]
    assert held > stored
    assert streamed < 0.7 * held
    np.testing.assert_array_equal(from_disk["Y"], from_memory["Y"])
    np.testing.assert_array_equal(from_disk["control"], from_memory["control"])


@pytest.mark.filterwarnings("ignore")
def test_a_store_of_many_blocks_gives_the_answer_of_memory(tmp_path: Path) -> None:
    import foretell

    adata = screen(3000)
    with ad.settings.override(zarr_write_format=3):
        adata.write_zarr(tmp_path / "a.zarr", chunks=(500, 100))
    data = foretell.load(tmp_path / "a.zarr", on_disk=True)
    held = np.vstack([X.toarray() for X, _ in data.stored_blocks(2**20)])
    np.testing.assert_array_equal(held, adata.X.toarray())
    assert data.matrix.rows_per_block(2**20) < 300
