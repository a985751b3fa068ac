"""Screens with a known answer for the wrappers, and the simulation study of `benchmarks/gates`."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData

from foretell.core.dataset import Dataset
from foretell.core.mapping import ColumnMapping

GATE = Path(__file__).parents[2] / "benchmarks" / "gates" / "band_coverage.py"


@pytest.fixture(scope="session")
def gate():
    """The gate as a module."""
    spec = importlib.util.spec_from_file_location("band_coverage_gate", GATE)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def screen(gate, tmp_path_factory):
    """One screen of the gate, and the models around it."""
    drawn = gate.simulate(0, tmp_path_factory.mktemp("screen"))
    return drawn, gate.wrappers(drawn)


@pytest.fixture(scope="session")
def table():
    """Build a data set of given shifts: one sample per label and context, on a relative scale."""

    def build(S, labels, contexts=None, doses=None):
        obs = pd.DataFrame({"perturbation": labels}, index=[f"s{i}" for i in range(len(S))])
        columns = {"scale": "log_ratio", "observation": "samples"}
        if contexts is not None:
            obs["cell_type"], columns["context"] = contexts, "cell_type"
        if doses is not None:
            obs["dose"] = doses
            columns |= {"dose": "dose", "dose_unit": "uM"}
        var = pd.DataFrame(index=[f"G{j}" for j in range(np.shape(S)[1])])
        adata = AnnData(np.asarray(S, dtype=float), obs=obs, var=var)
        return Dataset.from_anndata(adata, ColumnMapping.from_dict(columns), name="table")

    return build


@pytest.fixture(scope="session")
def cells():
    """Build a data set of normal cells around given means, on log1p; controls are at 5."""

    def build(S, n=20, n_control=200, sd=1.0, contexts=("x",), base=None, seed=0):
        rng = np.random.default_rng(seed)
        base = base or dict.fromkeys(contexts, 5.0)
        g = np.shape(S)[1]
        parts, rows = [], []
        for context in contexts:
            means = base[context] + np.vstack([np.zeros((1, g)), S])
            counts = [n_control] + [n] * len(S)
            for i, (mean, k) in enumerate(zip(means, counts, strict=True)):
                parts.append(mean + sd * rng.normal(size=(k, g)))
                rows += [("control" if i == 0 else f"P{i - 1:03d}", context)] * k
        obs = pd.DataFrame(rows, columns=["perturbation", "cell_type"])
        obs.index = [f"c{i}" for i in range(len(obs))]
        var = pd.DataFrame(index=[f"G{j}" for j in range(g)])
        mapping = ColumnMapping.from_dict({"context": "cell_type", "scale": "log1p"})
        X = np.maximum(np.concatenate(parts), 0.0)
        return Dataset.from_anndata(AnnData(X, obs=obs, var=var), mapping, name="cells")

    return build


@pytest.fixture(scope="session")
def sides():
    """Divide a data set by label: (train, calibration, conditions that are asked)."""

    def divide(data, calibration, test):
        def part(labels):
            return data.subset(
                c for c in data.present if c.is_control or str(c.perturbation) in labels
            )

        named = {str(c.perturbation) for c in data.perturbed}
        asked = [c for c in data.perturbed if str(c.perturbation) in set(test)]
        kept = set(calibration)
        return part(named - kept - set(test)), part(kept) if kept else None, asked

    return divide
