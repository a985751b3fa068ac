"""Preprocess: formulas by hand, and nothing learned outside the training rows."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp

from foretell.core.errors import BadMapping, BadValues, UnknownName
from foretell.data.preprocess import Log1p, Normalize, SelectGenes, SelectVariable, fit_steps


def as_dense(X) -> np.ndarray:
    return X.toarray() if sp.issparse(X) else np.asarray(X)


@pytest.mark.parametrize("dense", [True, False])
def test_normalize_is_the_formula_of_the_field(make_adata, make_dataset, dense):
    """x * target / row sum, then ln(1 + x): `normalize_total` and `log1p` of scanpy."""
    adata = make_adata(dense=dense)
    X = as_dense(adata.X)
    expected = np.log(1 + X / X.sum(axis=1, keepdims=True) * 1e4)
    found = make_dataset(adata).with_steps([Normalize(), Log1p()])
    np.testing.assert_allclose(as_dense(found.values()), expected, rtol=1e-6)
    assert str(found.scale) == "log1p"
    np.testing.assert_array_equal(as_dense(adata.X), X)


def test_an_empty_row_stays_empty(make_adata, make_dataset):
    adata = make_adata(dense=True)
    adata.X[3] = 0
    found = make_dataset(adata).with_steps([Normalize(), Log1p()]).values()
    np.testing.assert_array_equal(found[3], 0.0)


def test_a_declared_library_size_is_used_instead_of_the_row_sum(make_adata, make_dataset):
    adata = make_adata(dense=True)
    adata.obs["umi"] = np.arange(len(adata)) + 100.0
    found = make_dataset(adata, {"library_size": "umi"}).with_steps([Normalize(50.0)])
    np.testing.assert_allclose(found.values(), adata.X / adata.obs["umi"].to_numpy()[:, None] * 50)
    part = found.take(np.array([5, 2]))
    np.testing.assert_allclose(part.values(), found.values()[[2, 5]])


def test_the_median_library_size_is_that_of_training_rows(make_adata, make_dataset):
    adata = make_adata(dense=True)
    data = make_dataset(adata)
    train = data.subset([c for c in data.present if str(c) != "C in x"])
    (fitted,) = fit_steps([Normalize("median")], train)
    rows = (adata.obs["perturbation"] != "C").to_numpy()
    assert fitted.target_sum == np.median(adata.X[rows].sum(axis=1))


def test_scrambling_what_is_held_out_changes_no_fitted_step(make_adata, make_dataset):
    adata = make_adata(["A", "B", "C", "D"], n_genes=30, dense=True)
    held = adata.obs["perturbation"].isin(["C", "D"]).to_numpy()
    steps = [Normalize("median"), Log1p(), SelectVariable(10)]
    found = []
    for seed in (None, 1, 2):
        changed = adata.copy()
        if seed is not None:
            rng = np.random.default_rng(seed)
            changed.X[held] = rng.poisson(50, changed.X[held].shape) * (rng.random(30) < 0.3)
        data = make_dataset(changed)
        kept = [c for c in data.present if str(c.perturbation) not in ("C", "D")]
        found.append(fit_steps(steps, data.subset(kept)))
    assert found[0] == found[1] == found[2]
    assert len(found[0][2].genes) == 10


def test_the_most_variable_genes_of_training_are_kept_in_the_order_of_the_file(
    make_adata, make_dataset
):
    adata = make_adata(n_genes=20, dense=True)
    data = make_dataset(adata)
    (fitted,) = fit_steps([SelectVariable(5)], data)
    best = set(adata.var_names[np.argsort(-adata.X.var(axis=0))[:5]])
    assert set(fitted.genes) == best
    shown = data.with_steps([fitted])
    assert shown.genes.tolist() == [g for g in adata.var_names if g in best]
    np.testing.assert_array_equal(shown.values(), adata[:, shown.genes].X)


def test_the_selection_does_not_depend_on_the_order_of_genes(make_adata, make_dataset):
    adata = make_adata(n_genes=20, dense=True)
    adata.X[:, 5:] = adata.X[:, :1]  # ties
    turned = adata[:, ::-1].copy()
    (one,), (other,) = (fit_steps([SelectVariable(8)], make_dataset(a)) for a in (adata, turned))
    assert one == other


def test_targets_of_training_can_be_kept(make_adata, make_dataset):
    adata = make_adata(["G1", "G2", "G1+G7", "elsewhere"], n_genes=20, dense=True)
    adata.X[:, [1, 2, 7]] = 0
    (fitted,) = fit_steps([SelectVariable(3, keep_targets=True)], make_dataset(adata))
    assert {"G1", "G2", "G7"} <= set(fitted.genes)
    assert len(fitted.genes) == 6


@pytest.mark.parametrize("step", [Normalize(), Log1p()])
def test_steps_refuse_a_scale_that_they_do_not_fit(make_dataset, step):
    data = make_dataset(scale="log1p")
    with pytest.raises(BadMapping, match="log1p") as caught:
        _ = data.with_steps([step]).scale
    assert "drop" in caught.value.way_out


def test_a_gene_that_is_missing_names_the_nearest(make_dataset):
    with pytest.raises(UnknownName, match="G99") as caught:
        _ = make_dataset().with_steps([SelectGenes(("G1", "G99"))]).genes
    assert "G" in caught.value.way_out
    with pytest.raises(BadValues, match="empty"):
        SelectGenes(())


@pytest.mark.parametrize("step", [SelectVariable(3), Normalize("median")])
def test_an_unfitted_step_refuses_to_work(make_dataset, step):
    with pytest.raises(BadValues, match="not fitted") as caught:
        make_dataset().with_steps([step]).values()
    assert "fit_steps" in caught.value.way_out


@pytest.mark.parametrize(
    "make", [lambda: Normalize("medan"), lambda: Normalize(0), lambda: SelectVariable("10")]
)
def test_a_field_that_makes_no_sense_is_refused(make):
    with pytest.raises(BadValues, match="target_sum|n_genes") as caught:
        make()
    assert caught.value.way_out


def test_every_step_is_recorded(make_dataset):
    fitted = fit_steps([Normalize("median"), Log1p(), SelectVariable(2)], make_dataset())
    history = make_dataset().with_steps(fitted).history
    assert [h["type"].rpartition(".")[2] for h in history] == ["Normalize", "Log1p", "SelectGenes"]
