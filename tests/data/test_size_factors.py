"""Size factors: the formulas of DESeq2, learned from training rows only."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp

from foretell.core.errors import BadMapping, BadValues
from foretell.data.preprocess import Log1p, fit_steps
from foretell.data.size_factors import SizeFactors


def as_dense(X) -> np.ndarray:
    return X.toarray() if sp.issparse(X) else np.asarray(X)


def deep(make_adata, **kw):
    adata = make_adata(n_genes=30, **kw)
    rng = np.random.default_rng(0)
    depth = rng.gamma(4, 1, (len(adata), 1)) * rng.gamma(2, 3, (1, 30))
    X = rng.poisson(depth).astype(float)
    adata.X = X if kw.get("dense") else sp.csr_matrix(X)
    return adata


def slow(X: np.ndarray, kind: str) -> np.ndarray:
    """Size factors as DESeq2 documents them, gene by gene and row by row."""
    reference = []
    for gene in X.T:
        with np.errstate(divide="ignore"):
            logs = np.log(gene)
        if kind == "ratio":
            reference.append(logs.mean())  # -inf where any count is 0
        else:
            reference.append(logs[gene > 0].sum() / len(gene) if (gene > 0).any() else -np.inf)
    factors = []
    for row in X:
        pairs = zip(row, reference, strict=True)
        ratios = [np.log(x) - r for x, r in pairs if x > 0 and r > -np.inf]
        factors.append(np.exp(np.median(ratios)))
    found = np.array(factors)
    return found / np.exp(np.log(found).mean()) if kind == "poscounts" else found


@pytest.mark.parametrize("dense", [True, False])
@pytest.mark.parametrize("kind", ["ratio", "poscounts"])
def test_factors_are_those_of_deseq2(make_adata, make_dataset, kind, dense):
    adata = deep(make_adata, dense=dense)
    X = as_dense(adata.X)
    data = make_dataset(adata)
    (fitted,) = fit_steps([SizeFactors(kind)], data)
    expected = slow(X, kind)
    np.testing.assert_allclose(fitted.factors(adata.X), expected)
    found = data.with_steps([fitted])
    np.testing.assert_allclose(as_dense(found.values()), X / expected[:, None], rtol=1e-6)
    assert str(found.scale) == "normalized"
    np.testing.assert_array_equal(as_dense(adata.X), X)


@pytest.mark.parametrize("kind", ["ratio", "poscounts"])
def test_the_reference_is_learned_from_training_rows_alone(make_adata, make_dataset, kind):
    adata = deep(make_adata, dense=True)
    held = (adata.obs["perturbation"] == "C").to_numpy()
    changed = adata.copy()
    changed.X = changed.X.copy()
    changed.X[held] = changed.X[held][:, ::-1] * 7
    fitted = []
    for source in (adata, changed):
        data = make_dataset(source)
        train = data.subset([c for c in data.present if str(c) != "C in x"])
        fitted.append(fit_steps([SizeFactors(kind), Log1p()], train))
    assert fitted[0] == fitted[1]
    assert fitted[0] != fit_steps([SizeFactors(kind), Log1p()], make_dataset(changed))


def test_a_row_without_a_gene_of_the_reference_falls_back_to_its_sum(make_adata, make_dataset):
    adata = deep(make_adata, dense=True)
    adata.X[:, :15] += 1  # these genes are in every row
    adata.X[:, 15:] = 0
    adata.X[0, 15] = 3  # a gene that only one training row holds
    (fitted,) = fit_steps([SizeFactors()], make_dataset(adata))
    strange = np.zeros((2, 30))
    strange[0, 20] = 50
    mean_sum = np.exp(np.log(adata.X.sum(axis=1)).mean())
    np.testing.assert_allclose(fitted.factors(strange), [50 / mean_sum, 1.0])
    np.testing.assert_array_equal(fitted.apply(strange, None)[1], 0.0)


def test_sparse_counts_without_a_common_gene_are_refused_with_a_way_out(make_adata, make_dataset):
    adata = make_adata(dense=True)
    adata.X[np.arange(8), np.arange(8)] = 0
    with pytest.raises(BadValues, match="poscounts"):
        fit_steps([SizeFactors()], make_dataset(adata))
    fit_steps([SizeFactors("poscounts")], make_dataset(adata))


def test_it_needs_counts_and_a_fit_and_a_kind_that_exists(make_dataset):
    with pytest.raises(BadMapping, match="needs counts"):
        fit_steps([SizeFactors()], make_dataset(scale="log1p"))
    with pytest.raises(BadValues, match="not fitted"):
        SizeFactors().apply(np.ones((1, 8)), None)
    with pytest.raises(BadValues, match="did you mean 'poscounts'"):
        SizeFactors("poscount")


@pytest.mark.peers
@pytest.mark.parametrize("kind", ["ratio", "poscounts"])
def test_factors_are_those_of_pydeseq2(make_adata, make_dataset, kind):
    peer = pytest.importorskip("pydeseq2.dds")
    adata = deep(make_adata, dense=True)
    X = adata.X[:, adata.X.max(axis=0) > 1]  # genes of ones alone are left out there, not here
    X = X + 1 if kind == "ratio" else X
    part = adata[:, : X.shape[1]].copy()
    part.X = X
    (fitted,) = fit_steps([SizeFactors(kind)], make_dataset(part))
    counts = pd.DataFrame(X.astype(int), index=part.obs_names, columns=part.var_names)
    dds = peer.DeseqDataSet(counts=counts, metadata=part.obs, design="~batch", quiet=True)
    dds.fit_size_factors(fit_type=kind)
    np.testing.assert_allclose(fitted.factors(X), np.asarray(dds.obs["size_factors"]), rtol=1e-6)
