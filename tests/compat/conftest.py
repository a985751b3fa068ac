"""Screens as AnnData, and the fixtures that the real evaluators made of them."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from typing import Any

import anndata
import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_matrix

HERE = Path(__file__).parent


def _screens() -> Any:
    name = "foretell_compat_screens"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, HERE / "screens.py")
        assert spec is not None
        assert spec.loader is not None
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


@pytest.fixture(scope="session")
def screens() -> Any:
    """Return the module that makes the screens."""
    return _screens()


@pytest.fixture(scope="session")
def pair(screens: Any) -> Any:
    """Return (real, pred) of a screen, as AnnData."""

    def make(name: str) -> tuple[anndata.AnnData, anndata.AnnData]:
        made = screens.screen(name)
        return tuple(_side(made, side) for side in ("real", "pred"))  # type: ignore[return-value]

    return make


def _side(made: Any, side: str) -> anndata.AnnData:
    X, labels = getattr(made, side), getattr(made, f"{side}_labels")
    obs = pd.DataFrame({"target": labels}, index=[f"{side}{i}" for i in range(len(labels))])
    var = pd.DataFrame(index=made.genes)
    return anndata.AnnData(csr_matrix(X) if made.sparse else X.copy(), obs=obs, var=var)


@pytest.fixture(scope="session")
def fixture(screens: Any) -> Any:
    """Return what the real evaluator said of a screen; the screen must be the one it saw."""

    def load(evaluator: str, name: str) -> dict[str, Any]:
        found = json.loads((HERE / "fixtures" / f"{evaluator}.json").read_text())[name]
        assert found["checksum"] == screens.checksum(screens.screen(name))
        return dict(found)

    return load


@pytest.fixture(scope="session")
def compare() -> Any:
    """Compare a table of scores with a table by perturbation: the same rows, the same values."""

    def check(table: pd.DataFrame, expected: dict[str, dict[str, Any]], tolerance: float) -> int:
        mine = {(p, m): v for p, m, v in table.itertuples(index=False)}
        theirs = {
            (p, m): float(v) for p, row in expected.items() for m, v in row.items() if v is not None
        }
        assert set(mine) == set(theirs)
        for key, value in theirs.items():
            assert np.isclose(mine[key], value, rtol=tolerance, atol=tolerance, equal_nan=True), (
                key,
                mine[key],
                value,
            )
        return len(theirs)

    return check
