"""Rank sums: the same p-values as the packages that others use."""

from __future__ import annotations

import anndata
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp

from foretell.stats.multiplicity import benjamini_hochberg
from foretell.stats.rank_sum.rank_sum import rank_sum

pytestmark = pytest.mark.peers


def screen() -> tuple[anndata.AnnData, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    codes = rng.permutation(np.repeat(np.arange(-1, 6), [200, *[40] * 6]))
    rate = rng.lognormal(0, 1.2, 80) * np.where(rng.random((7, 80)) < 0.1, 3.0, 1.0)
    counts = rng.poisson(rng.gamma(2, 0.5, (len(codes), 80)) * rate[codes])
    X = sp.csr_matrix(np.log1p(1e4 * counts / counts.sum(axis=1, keepdims=True)), dtype=np.float32)
    label = np.array([*"abcdef", "control"])[codes]
    index = [f"c{i}" for i in range(len(codes))]
    return anndata.AnnData(X, obs=pd.DataFrame({"group": label}, index=index)), codes, codes < 0


def test_p_values_and_calls_are_those_of_pdex() -> None:
    pdex = pytest.importorskip("pdex")
    adata, codes, control = screen()
    found = pdex.pdex(adata, groupby="group", reference="control", is_log1p=True, as_pandas=True)
    found = found[found["target"] != "control"]
    p = found.pivot(index="target", columns="feature", values="p_value")
    ours = rank_sum(adata.X, codes, 6, control)
    np.testing.assert_allclose(ours.p, p[adata.var_names].to_numpy(), rtol=1e-9)


def test_calls_are_those_of_illico() -> None:
    illico = pytest.importorskip("illico")
    adata, codes, control = screen()
    found = illico.asymptotic_wilcoxon(
        adata, is_log1p=True, group_keys="group", reference="control"
    )
    p = found["p_value"].unstack("feature").drop(index="control", errors="ignore")
    p = p[adata.var_names].to_numpy()
    ours = rank_sum(adata.X, codes, 6, control).p
    np.testing.assert_allclose(ours, p, rtol=2e-3)  # it is less exact in the tails and near 1
    calls = [benjamini_hochberg(x, axis=1) < 0.05 for x in (ours, p)]
    np.testing.assert_array_equal(*calls)
    assert calls[0].any()
