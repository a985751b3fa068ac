"""Pseudobulk: a slow groupby, on every scale and from disk."""

from __future__ import annotations

import anndata
import numpy as np
import pytest
import scipy.sparse as sp

from foretell.core.dataset import Dataset
from foretell.core.errors import BadMapping, BadValues, UnknownName
from foretell.data import pseudobulk as module
from foretell.data.preprocess import Log1p, Normalize
from foretell.data.pseudobulk import pseudobulk


def as_dense(X) -> np.ndarray:
    return X.toarray() if sp.issparse(X) else np.asarray(X)


def slow(data: Dataset, by: list[str], how: str) -> dict[tuple[str, ...], np.ndarray]:
    X, found = as_dense(data.values()), {}
    obs = data.obs.iloc[data.rows]
    for i in range(data.n_obs):
        key = (str(data.conditions[data.codes[i]]), *(str(obs[c].iloc[i]) for c in by))
        found.setdefault(key, []).append(X[i])
    return {k: getattr(np.array(rows), how)(axis=0) for k, rows in found.items()}


def by_key(data: Dataset, by: list[str]) -> dict[tuple[str, ...], np.ndarray]:
    X = as_dense(data.values())
    keys = [
        (str(data.conditions[code]), *(str(data.obs[c].iloc[i]) for c in by))
        for i, code in enumerate(data.codes)
    ]
    assert len(set(keys)) == len(keys)
    return dict(zip(keys, X, strict=True))


def assert_same(found: dict, expected: dict) -> None:
    assert set(found) == set(expected)
    for key, value in expected.items():
        np.testing.assert_allclose(found[key], value, rtol=1e-6, err_msg=str(key))


@pytest.mark.parametrize("dense", [True, False])
@pytest.mark.parametrize("by", [[], ["batch"]])
def test_counts_are_summed_as_a_slow_groupby_does(make_adata, make_dataset, by, dense):
    data = make_dataset(make_adata(["A", "A+B", "B+A"], contexts=("x", "y"), dense=dense))
    bulk = pseudobulk(data, by)
    assert_same(by_key(bulk, by), slow(data, by, "sum"))
    assert str(bulk.scale) == "counts"
    assert bulk.mapping.observation == "samples"
    assert bulk.mapping.blocks == tuple(by)
    assert bulk.present == data.present
    assert bulk.obs["n_cells"].sum() == data.n_obs
    assert bulk.name == "data-pseudobulk"


def test_logarithms_are_averaged_behind_the_steps(make_dataset):
    data = make_dataset().with_steps([Normalize(), Log1p()])
    bulk = pseudobulk(data, "batch")
    assert_same(by_key(bulk, ["batch"]), slow(data, ["batch"], "mean"))
    assert str(bulk.scale) == "log1p"
    assert bulk.steps == ()


def test_unmeasured_values_stay_unmeasured(make_adata, make_dataset):
    adata = make_adata(scale="z", dense=True)
    adata.X[(adata.obs["perturbation"] == "A").to_numpy(), 3] = np.nan
    adata.X[15, 2] = np.nan
    data = make_dataset(adata, {"scale": "z"})
    found = by_key(pseudobulk(data), [])
    assert np.isnan(found["A in x",]).sum() == 1
    assert np.isfinite(found["B in x",]).all()


def test_a_file_that_stays_on_disk_gives_the_same(make_adata, make_dataset, tmp_path):
    adata = make_adata(contexts=("x", "y"))
    adata.write_h5ad(tmp_path / "a.h5ad")
    on_disk = make_dataset(anndata.read_h5ad(tmp_path / "a.h5ad", backed="r"))
    assert on_disk.matrix.on_disk
    assert_same(
        by_key(pseudobulk(on_disk, "batch"), ["batch"]),
        by_key(pseudobulk(make_dataset(adata), "batch"), ["batch"]),
    )


def test_many_groups_take_several_passes(make_dataset, monkeypatch):
    data = make_dataset()
    expected = as_dense(pseudobulk(data, "batch").values())
    monkeypatch.setattr(module, "PART_BYTES", 8 * 8 * 3)
    np.testing.assert_array_equal(as_dense(pseudobulk(data, "batch").values()), expected)


def test_doses_and_dropped_labels_survive(make_adata, make_dataset):
    adata = make_adata(["A", "B", "lost"])
    adata.obs["um"] = [0.5 if i % 3 else 2.0 for i in range(len(adata))]
    adata.obs["umi"] = 100.0
    columns = {"dose": "um", "dose_unit": "uM", "no_call": "lost", "library_size": "umi"}
    data = make_dataset(adata, columns)
    bulk = pseudobulk(data)
    assert bulk.present == data.present
    assert bulk.dropped == data.dropped
    assert "umi" not in bulk.obs


def test_sums_beyond_single_precision_stay_exact(make_adata, make_dataset):
    adata = make_adata(dense=True)
    adata.X[:] = 2**24 + 1
    found = as_dense(pseudobulk(make_dataset(adata)).values())
    assert found.max() == 12 * (2**24 + 1)


@pytest.mark.parametrize(
    ("scale", "how", "match"),
    [("counts", "mean", "summed"), ("log1p", "sum", "averaged"), ("counts", "median", "unknown")],
)
def test_a_way_that_has_no_scale_is_refused(make_dataset, scale, how, match):
    with pytest.raises(BadMapping, match=match):
        pseudobulk(make_dataset(scale=scale), how=how)


def test_signs_are_not_averaged(make_adata, make_dataset):
    adata = make_adata(scale="z", dense=True)
    adata.X = np.sign(adata.X)
    with pytest.raises(BadMapping, match="neither"):
        pseudobulk(make_dataset(adata, {"scale": "sign"}))


def test_a_column_has_to_exist_and_be_full(make_adata, make_dataset):
    adata = make_adata()
    adata.obs["donor"] = ["d1", None] * (len(adata) // 2)
    with pytest.raises(UnknownName, match="did you mean 'donor'"):
        pseudobulk(make_dataset(adata), "donr")
    with pytest.raises(BadValues, match="empty values in column 'donor'"):
        pseudobulk(make_dataset(adata), "donor")
