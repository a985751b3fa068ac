"""Dataset: parts and profiles, however the values are stored."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import scipy.sparse as sp
from anndata import AnnData, read_h5ad

import foretell.core.matrix as matrix_module
from foretell.core.dataset import Dataset
from foretell.core.errors import BadValues, EmptySplit, UnknownName, UnreadableFile
from foretell.core.mapping import ColumnMapping
from foretell.data.preprocess import Log1p, Normalize, SelectGenes

STORED = {
    "csr": sp.csr_matrix,
    "csc": sp.csc_matrix,
    "csr array": sp.csr_array,
    "dense": lambda X: X,
    "columns first": np.asfortranarray,
    "int": lambda X: X.astype(np.int64),
    "int csr": lambda X: sp.csr_matrix(X.astype(np.int32)),
    "float32": lambda X: X.astype(np.float32),
    "float32 csr": lambda X: sp.csr_matrix(X.astype(np.float32)),
    "float16": lambda X: X.astype(np.float16),
    "long float": lambda X: X.astype(np.longdouble),
    "foreign bytes": lambda X: X.astype(">f4"),
}


def naive_profiles(adata: AnnData) -> dict[str, np.ndarray]:
    """Mean of every label, by hand."""
    X = adata.X.toarray() if sp.issparse(adata.X) else np.asarray(adata.X)
    label = adata.obs["perturbation"].to_numpy() + " in " + adata.obs["cell_type"].to_numpy()
    return {name: X[label == name].mean(axis=0) for name in np.unique(label)}


@pytest.mark.parametrize("stored", STORED)
def test_profiles_are_plain_means_however_the_matrix_is_stored(make_adata, make_dataset, stored):
    adata = make_adata(dense=True, contexts=("x", "y"))
    expected = naive_profiles(adata)
    adata.X = STORED[stored](adata.X)
    profiles = make_dataset(adata).profiles()
    for condition, Y, n in zip(profiles.conditions, profiles.Y, profiles.n, strict=True):
        np.testing.assert_allclose(Y, expected[str(condition)], rtol=1e-12)
        assert n == 6
    for context, control in zip(profiles.contexts, profiles.control, strict=True):
        np.testing.assert_allclose(control, expected[f"control in {context}"], rtol=1e-12)
    np.testing.assert_allclose(profiles.S[0], profiles.Y[0] - profiles.control[0])


@pytest.mark.parametrize("compression", [None, "gzip", "lzf"])
@pytest.mark.parametrize("dense", [True, False])
def test_a_file_that_stays_on_disk_gives_the_same_numbers(
    make_adata, tmp_path, monkeypatch, compression, dense
):
    adata = make_adata(contexts=("x", "y"), dense=dense)
    adata.write_h5ad(tmp_path / "a.h5ad", compression=compression)
    mapping = ColumnMapping(context=("cell_type",), no_call=("C",))
    in_memory = Dataset.from_anndata(adata, mapping)
    steps = [Normalize(), Log1p(), SelectGenes(("G1", "G6"))]
    for block_bytes in (1, 700, 2**25):
        monkeypatch.setattr(matrix_module.Matrix.blocks, "__defaults__", (block_bytes,))
        monkeypatch.setattr(Dataset.stored_blocks, "__defaults__", (block_bytes,))
        monkeypatch.setattr(Dataset.blocks, "__defaults__", (block_bytes,))
        on_disk = Dataset.from_anndata(read_h5ad(tmp_path / "a.h5ad", backed="r"), mapping)
        assert on_disk.matrix.on_disk
        for one, other in (
            (on_disk, in_memory),
            *[(d.with_steps(steps) for d in (on_disk, in_memory))],
        ):
            np.testing.assert_array_equal(one.profiles().Y, other.profiles().Y)
            np.testing.assert_array_equal(one.profiles().control, other.profiles().control)
            np.testing.assert_array_equal(as_dense(one.values()), as_dense(other.values()))


def as_dense(X):
    return X.toarray() if sp.issparse(X) else X


def test_a_layer_of_a_file_on_disk_is_read(make_adata, tmp_path):
    adata = make_adata(dense=True)
    adata.layers["counts"] = sp.csc_matrix(adata.X)
    adata.X = adata.X / 2
    adata.write_h5ad(tmp_path / "a.h5ad")
    mapping = ColumnMapping(context=("cell_type",), layer="counts")
    data = Dataset.from_anndata(read_h5ad(tmp_path / "a.h5ad", backed="r"), mapping)
    normalized = data.with_steps([Normalize(100.0)])
    np.testing.assert_allclose(as_dense(normalized.values()).sum(axis=1), 100.0, rtol=1e-6)


def test_a_matrix_by_genes_that_stays_on_disk_is_refused(make_adata, tmp_path):
    adata = make_adata(dense=True)
    adata.X = sp.csc_matrix(adata.X)
    adata.write_h5ad(tmp_path / "a.h5ad")
    with pytest.raises(UnreadableFile, match="CSC") as caught:
        Dataset.from_anndata(read_h5ad(tmp_path / "a.h5ad", backed="r"), ColumnMapping())
    assert "tocsr" in caught.value.way_out


def test_a_bad_value_on_disk_is_found_when_its_block_is_read(make_adata, tmp_path):
    adata = make_adata(n=400, dense=True)
    adata.X[1000, 3] = -1.0
    adata.write_h5ad(tmp_path / "a.h5ad")
    data = Dataset.from_anndata(read_h5ad(tmp_path / "a.h5ad", backed="r"), ColumnMapping())
    with pytest.raises(BadValues, match=r"'c1000', gene 'G3'"):
        data.profiles()


@pytest.mark.parametrize("block_bytes", [1, 100, 333, 2**20])
def test_the_size_of_blocks_changes_nothing(make_dataset, block_bytes):
    data = make_dataset(contexts=("x", "y"))
    rows = [(X.toarray(), where) for X, where in data.blocks(block_bytes)]
    np.testing.assert_array_equal(np.vstack([X for X, _ in rows]), data.values().toarray())
    assert [w.start for _, w in rows[1:]] == [w.stop for _, w in rows[:-1]]


def test_a_part_keeps_values_and_labels_together(make_adata, make_dataset):
    adata = make_adata(contexts=("x", "y"))
    data = make_dataset(adata)
    chosen = [c for c in data.present if str(c) in ("A in y", "control in x")]
    part = data.subset(chosen)
    assert part.present == tuple(chosen)
    label = adata.obs["perturbation"].to_numpy() + " in " + adata.obs["cell_type"].to_numpy()
    keep = np.isin(label, ["A in y", "control in x"])
    np.testing.assert_array_equal(part.values().toarray(), adata.X.toarray()[keep])
    assert part.take(np.arange(3)).n_obs == 3
    assert part.name == data.name


def test_a_part_that_does_not_exist_is_named(make_dataset):
    data = make_dataset()
    part = data.subset(data.present[:1])
    with pytest.raises(UnknownName, match="C in x") as caught:
        part.subset(data.perturbed)
    assert "present" in caught.value.way_out


def test_controls_are_found_by_context(make_dataset):
    data = make_dataset(contexts=("x", "y"))
    assert data.controls().n_obs == 24
    one = data.controls(data.contexts[1])
    assert one.n_obs == 12
    assert list(map(str, one.present)) == ["control in y"]


@pytest.mark.parametrize("share", [0.0, 0.25, 0.5, 1.0])
def test_holding_out_carves_whole_conditions_and_leaves_some_on_either_side(make_dataset, share):
    data = make_dataset()
    kept, held = data.hold_out(np.random.default_rng(0), share)
    assert not set(kept.perturbed) & set(held.perturbed)
    assert set(kept.perturbed) | set(held.perturbed) == set(data.perturbed)
    assert kept.perturbed
    assert held.perturbed
    assert kept.controls().n_obs == held.controls().n_obs == 12


def test_holding_out_of_one_condition_is_refused(make_dataset):
    with pytest.raises(EmptySplit, match="has 1") as caught:
        make_dataset(["A"]).hold_out(np.random.default_rng(0), 0.5)
    assert caught.value.way_out


def test_unmeasured_values_are_left_out_of_means(make_adata, make_dataset):
    adata = make_adata(dense=True, scale="z")
    X = adata.X
    is_a = (adata.obs["perturbation"] == "A").to_numpy()
    X[np.flatnonzero(is_a)[:2], 0] = np.nan
    X[is_a, 1] = np.nan
    profiles = make_dataset(adata, {"scale": "z"}).profiles()
    row = list(map(str, profiles.conditions)).index("A in x")
    np.testing.assert_allclose(profiles.Y[row, 0], np.nanmean(X[is_a, 0]))
    assert np.isnan(profiles.Y[row, 1])
    others = np.delete(profiles.S[:, 1], row)
    np.testing.assert_allclose(profiles.S_filled[row, 1], others.mean())
    assert np.isfinite(profiles.S_filled).all()


def test_the_fingerprint_follows_name_values_and_mapping(make_adata, make_dataset):
    data = make_dataset()
    assert data.fingerprint == make_dataset().fingerprint
    changed = make_adata(dense=True)
    changed.X[30, 2] += 1
    fingerprints = {
        data.fingerprint,
        make_dataset(changed).fingerprint,
        make_dataset(columns={"no_call": "C"}).fingerprint,
        replace(data, name="other").fingerprint,
    }
    assert len(fingerprints) == 4


def test_the_users_table_is_never_changed(make_adata, make_dataset):
    adata = make_adata()
    obs, X = adata.obs.copy(), adata.X.copy()
    data = make_dataset(adata)
    data.with_steps([Normalize(), Log1p()]).profiles()
    assert adata.obs.equals(obs)
    assert (adata.X != X).nnz == 0
