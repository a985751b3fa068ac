"""Files of AnnData: every way a matrix may be stored reads alike, from memory and from disk."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import anndata as ad
import h5py
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp

import foretell
from foretell.core.errors import BadValues, UnreadableFile
from foretell.data.find import file_hash
from foretell.data.preprocess import Log1p
from foretell.data.readers.read import read

MakeAdata = Callable[..., ad.AnnData]
COLUMNS = {"context": "cell_type"}


def profiles(path: Path, **kw: Any) -> np.ndarray:
    return foretell.load(path, **COLUMNS, **kw).profiles().Y


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FORETELL_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.mark.parametrize("form", ["dense", "csr", "csc"])
@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", "i1", "u2", "i8", "bool", ">f4"])
def test_every_type_of_number_reads_alike_from_disk_and_memory(
    make_adata: MakeAdata, tmp_path: Path, form: str, dtype: str
) -> None:
    adata = make_adata(dense=True)
    values = adata.X > 2 if dtype == "bool" else adata.X
    expected = np.asarray(values, dtype=np.float64)
    adata.write_h5ad(tmp_path / "a.h5ad")
    with h5py.File(tmp_path / "a.h5ad", "r+") as file:
        del file["X"]
        if form == "dense":
            file["X"] = np.asarray(values, dtype=dtype)
            file["X"].attrs.update({"encoding-type": "array", "encoding-version": "0.2.0"})
        else:
            stored = (sp.csr_matrix if form == "csr" else sp.csc_matrix)(expected)
            group = file.create_group("X")
            group.attrs.update({"encoding-type": f"{form}_matrix", "encoding-version": "0.1.0"})
            group.attrs["shape"] = stored.shape
            group["data"] = stored.data.astype(dtype)
            group["indices"], group["indptr"] = stored.indices, stored.indptr
    rows = pd.DataFrame(expected, index=adata.obs["perturbation"])
    mean = rows.groupby(level=0, observed=True).mean().drop("control").to_numpy()
    for on_disk in (False, True):
        Y = profiles(tmp_path / "a.h5ad", on_disk=on_disk)
        np.testing.assert_allclose(np.sort(Y, axis=0), np.sort(mean, axis=0), rtol=1e-6)


def test_logarithms_of_small_whole_numbers_are_exact_to_single_precision(
    make_adata: MakeAdata, tmp_path: Path
) -> None:
    adata = make_adata(dense=True)
    adata.X = adata.X.astype(np.int8)
    adata.write_h5ad(tmp_path / "a.h5ad")
    data = foretell.load(tmp_path / "a.h5ad", on_disk=True, **COLUMNS)
    logged = data.with_steps([Log1p()]).values()
    np.testing.assert_allclose(logged, np.log1p(adata.X.astype(float)), rtol=1e-6)


def test_layers_stay_on_disk_too(make_adata: MakeAdata, tmp_path: Path) -> None:
    adata = make_adata()
    adata.layers["counts"], adata.layers["dense"] = adata.X.copy(), adata.X.toarray()
    adata.layers["by_genes"] = adata.X.tocsc()
    adata.X = adata.X / 2
    adata.write_h5ad(tmp_path / "a.h5ad")
    opened = read(tmp_path / "a.h5ad", on_disk=True)
    assert not any(isinstance(opened.layers[n], np.ndarray) for n in opened.layers)
    expected = profiles(tmp_path / "a.h5ad", layer="counts")
    for layer in ("counts", "dense", "by_genes"):
        data = foretell.load(tmp_path / "a.h5ad", on_disk=True, layer=layer, **COLUMNS)
        assert data.matrix.on_disk
        np.testing.assert_array_equal(data.profiles().Y, expected)


def test_a_file_stays_as_it_is(make_adata: MakeAdata, tmp_path: Path) -> None:
    path = tmp_path / "a.h5ad"
    make_adata().write_h5ad(path)
    before = path.read_bytes(), path.stat().st_mtime_ns
    for on_disk in (False, True):
        profiles(path, on_disk=on_disk)
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before


def test_a_matrix_by_genes_is_written_by_observations_once(
    make_adata: MakeAdata, tmp_path: Path, cache: Path
) -> None:
    adata = make_adata()
    adata.X = adata.X.tocsc()
    adata.write_h5ad(tmp_path / "a.h5ad")
    first = foretell.load(tmp_path / "a.h5ad", on_disk=True, **COLUMNS)
    written = list(cache.rglob("*.h5"))
    again = foretell.load(tmp_path / "a.h5ad", on_disk=True, **COLUMNS)
    assert list(cache.rglob("*.h5")) == written
    assert len(written) == 1
    assert first.matrix.X.format == again.matrix.X.format == "csr"
    assert first.fingerprint == foretell.load(tmp_path / "a.h5ad", **COLUMNS).fingerprint


def test_a_cache_that_cannot_be_written_is_named(
    make_adata: MakeAdata, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    adata = make_adata()
    adata.X = adata.X.tocsc()
    adata.write_h5ad(tmp_path / "a.h5ad")
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("FORETELL_CACHE", str(tmp_path / "file"))
    with pytest.raises(UnreadableFile, match="CSC") as caught:
        profiles(tmp_path / "a.h5ad", on_disk=True)
    assert "FORETELL_CACHE" in caught.value.way_out


def link(file: h5py.File, name: str, other: Path, kind: str) -> None:
    """Let an item of a file lie in another one, in each way that HDF5 has."""
    shape, dtype = (54, 8), np.dtype("f8")
    if kind == "link":
        file[name] = h5py.ExternalLink(str(other), "/X")
    elif kind == "virtual":
        layout = h5py.VirtualLayout(shape, dtype)
        layout[:] = h5py.VirtualSource(str(other), "/X", shape)
        file.create_virtual_dataset(name, layout)
    else:
        file.create_dataset(name, shape, dtype, external=[(str(other), 0, 54 * 8 * 8)])


@pytest.mark.parametrize("on_disk", [False, True])
@pytest.mark.parametrize("kind", ["link", "virtual", "external"])
def test_a_link_to_another_file_is_refused_and_not_followed(
    make_adata: MakeAdata, tmp_path: Path, kind: str, on_disk: bool
) -> None:
    adata = make_adata(dense=True)
    adata.write_h5ad(tmp_path / "secret.h5ad")
    adata.write_h5ad(tmp_path / "a.h5ad")
    with h5py.File(tmp_path / "a.h5ad", "r+") as file:
        del file["X"]
        link(file, "X", tmp_path / "secret.h5ad", kind)
    with pytest.raises(UnreadableFile, match="lies in another file") as caught:
        read(tmp_path / "a.h5ad", on_disk=on_disk)
    assert "secret.h5ad" in caught.value.problem


def test_a_link_within_a_file_is_followed(make_adata: MakeAdata, tmp_path: Path) -> None:
    make_adata(dense=True).write_h5ad(tmp_path / "a.h5ad")
    before = profiles(tmp_path / "a.h5ad")
    with h5py.File(tmp_path / "a.h5ad", "r+") as file:
        file.move("X", "elsewhere")
        file["X"] = h5py.SoftLink("/elsewhere")
    np.testing.assert_array_equal(profiles(tmp_path / "a.h5ad", on_disk=True), before)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("on_disk", [False, True])
def test_a_table_as_anndata_wrote_it_before_0_7_is_read(
    make_adata: MakeAdata, tmp_path: Path, on_disk: bool
) -> None:
    adata = make_adata(dense=True)
    adata.write_h5ad(tmp_path / "new.h5ad")
    columns = [("index", "S8"), ("perturbation", "S8"), ("cell_type", "S8")]
    obs = [(n.encode(), p.encode(), c.encode()) for n, p, c in adata.obs.iloc[:, :2].itertuples()]
    with h5py.File(tmp_path / "old.h5ad", "w") as file:
        file["X"] = adata.X
        file["obs"] = np.array(obs, dtype=columns)
        file["var"] = np.array([(g.encode(),) for g in adata.var_names], dtype=[("index", "S8")])
    old, new = (profiles(tmp_path / f"{n}.h5ad", on_disk=on_disk) for n in ("old", "new"))
    np.testing.assert_array_equal(old, new)


def test_a_matrix_of_texts_is_refused(make_adata: MakeAdata, tmp_path: Path) -> None:
    adata = make_adata(dense=True)
    adata.X = adata.X.astype(str)
    adata.write_h5ad(tmp_path / "a.h5ad")
    with pytest.raises(BadValues, match="not numbers"):
        foretell.load(tmp_path / "a.h5ad", **COLUMNS)


@pytest.mark.parametrize("part", ["data", "indptr"])
def test_a_sparse_matrix_whose_parts_do_not_fit_is_refused(
    make_adata: MakeAdata, tmp_path: Path, part: str
) -> None:
    make_adata().write_h5ad(tmp_path / "a.h5ad")
    with h5py.File(tmp_path / "a.h5ad", "r+") as file:
        shorter = file["X"][part][:-3]
        del file["X"][part]
        file["X"][part] = shorter
    with pytest.raises(UnreadableFile, match="do not fit together"):
        read(tmp_path / "a.h5ad", on_disk=True)


def test_a_piece_that_cannot_be_unpacked_is_an_error_with_rows_and_file(
    make_adata: MakeAdata, tmp_path: Path
) -> None:
    path = tmp_path / "a.h5ad"
    make_adata(n=600, n_genes=200, dense=True).write_h5ad(path, compression="gzip")
    with h5py.File(path) as file:
        chunk = file["X"].id.get_chunk_info(file["X"].id.get_num_chunks() // 2)
    with path.open("r+b") as raw:
        raw.seek(chunk.byte_offset)
        raw.write(bytes(chunk.size))
    with pytest.raises(UnreadableFile, match=r"rows \d+ to \d+ of .*a.h5ad"):
        profiles(path, on_disk=True)


def test_two_files_of_one_content_have_one_hash(make_adata: MakeAdata, tmp_path: Path) -> None:
    make_adata().write_h5ad(tmp_path / "a.h5ad")
    (tmp_path / "b.h5ad").write_bytes((tmp_path / "a.h5ad").read_bytes())
    assert file_hash(tmp_path / "a.h5ad") == file_hash(tmp_path / "b.h5ad")
