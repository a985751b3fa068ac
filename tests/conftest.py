"""Fixtures and reporting that every test shares."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import settings

# Property tests draw the same examples on every run: a red test is a reason, never luck.
settings.register_profile("foretell", derandomize=True, deadline=None, max_examples=50)
settings.load_profile("foretell")

if TYPE_CHECKING:
    from anndata import AnnData

    from foretell.core.dataset import Dataset

DATA_TEST = "foretell_data_test"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what uses a data file, and let its report say so."""
    for item in items:
        if "data_file" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.data)
        if item.get_closest_marker("data"):
            item.user_properties.append((DATA_TEST, True))


@pytest.fixture(scope="session")
def make_adata() -> Callable[..., AnnData]:
    """Build a small screen: `control` and labels in every context, Poisson counts, two batches."""

    def make(
        labels: Sequence[str] = ("A", "B", "A+B", "C"),
        *,
        n: int = 6,
        n_control: int = 12,
        n_genes: int = 8,
        contexts: Sequence[str] = ("x",),
        scale: str = "counts",
        dense: bool = False,
        seed: int = 0,
    ) -> AnnData:
        import pandas as pd
        from anndata import AnnData
        from scipy.sparse import csr_matrix

        rng = np.random.default_rng(seed)
        rows = [
            (label, context)
            for context in contexts
            for label in ["control"] * n_control + [name for name in labels for _ in range(n)]
        ]
        names = [f"c{i}" for i in range(len(rows))]
        obs = pd.DataFrame(rows, columns=["perturbation", "cell_type"], index=names)
        obs["batch"] = [f"b{i % 2}" for i in range(len(rows))]
        X = rng.poisson(3.0, (len(rows), n_genes)).astype(np.float64)
        X = {"counts": X, "log1p": np.log1p(X), "z": rng.standard_normal(X.shape)}[scale]
        var = pd.DataFrame(index=[f"G{i}" for i in range(n_genes)])
        return AnnData(X if dense else csr_matrix(X), obs=obs, var=var)

    return make


@pytest.fixture(scope="session")
def make_dataset(make_adata: Callable[..., AnnData]) -> Callable[..., Dataset]:
    """Wrap a given AnnData, or what `make_adata` builds of labels; `columns` go to the mapping."""

    def make(source: Any = ("A", "B", "A+B", "C"), columns: Any = None, **kw: Any) -> Dataset:
        from foretell.core.dataset import Dataset
        from foretell.core.mapping import ColumnMapping

        given = {"context": "cell_type", "blocks": "batch", "scale": kw.get("scale", "counts")}
        mapping = ColumnMapping.from_dict(given | (columns or {}))
        built = isinstance(source, (list, tuple))
        return Dataset.from_anndata(make_adata(source, **kw) if built else source, mapping)

    return make


@pytest.fixture(scope="session")
def data_file() -> Callable[[str], Path]:
    """Find a real data file by its stem, or skip the test with a reason.

    FORETELL_DATA lists folders, separated like PATH; each is searched together with its direct
    subfolders. A name with a suffix (``x.h5ad``) has to match exactly.
    """

    def find(name: str) -> Path:
        folders = [Path(f) for f in os.environ.get("FORETELL_DATA", "").split(os.pathsep) if f]
        if not folders:
            pytest.skip(f"FORETELL_DATA is not set, wanted {name}")
        found = [path for path in _files_in(folders) if name in (path.stem, path.name)]
        if not found:
            pytest.skip(f"{name} is in no folder of FORETELL_DATA")
        if len({path.name for path in found}) > 1:
            pytest.fail(f"{name} is ambiguous: {sorted(path.name for path in found)}")
        return found[0]

    return find


def _files_in(folders: list[Path]) -> Iterator[Path]:
    for folder in folders:
        for pattern in ("*", "*/*"):
            yield from sorted(path for path in folder.glob(pattern) if path.is_file())


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many data tests ran, so that a green run cannot hide that none did."""
    outcomes: dict[str, set[str]] = {"skipped": set(), "ran": set()}
    for category in ("passed", "failed", "error", "skipped", "xfailed", "xpassed"):
        for report in terminalreporter.stats.get(category, ()):
            if (DATA_TEST, True) in map(tuple, getattr(report, "user_properties", ())):
                outcomes["skipped" if category == "skipped" else "ran"].add(report.nodeid)
    skipped = outcomes["skipped"] - outcomes["ran"]
    terminalreporter.write_line(f"data tests: {len(outcomes['ran'])} ran, {len(skipped)} skipped")
