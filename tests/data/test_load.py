"""Load: files that are there, files that are not, and files that are broken."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest

from foretell.core.errors import CannotFetch, UnreadableFile
from foretell.data.load import load

COLUMNS = {"context": "cell_type"}


@pytest.fixture
def good(make_adata, tmp_path, monkeypatch) -> Path:
    monkeypatch.delenv("FORETELL_DATA", raising=False)
    make_adata(n_genes=60).write_h5ad(tmp_path / "good.h5ad")
    return tmp_path / "good.h5ad"


def refused(name: str | Path, **kw) -> UnreadableFile:
    with pytest.raises(UnreadableFile) as caught:
        load(name, **COLUMNS, **kw)
    assert str(name) in caught.value.problem
    assert caught.value.way_out
    return caught.value


@pytest.mark.parametrize("on_disk", [False, True])
@pytest.mark.parametrize("share", [0.01, 0.2, 0.5, 0.9, 0.9999])
def test_a_truncated_file_is_named_and_never_half_read(good, share, on_disk):
    raw = good.read_bytes()
    short = good.with_name("short.h5ad")
    short.write_bytes(raw[: int(len(raw) * share)])
    error = refused(short, on_disk=on_disk)
    assert "truncated" in error.problem
    assert "checksum" in error.way_out
    assert f"{int(len(raw) * share)} bytes" in error.way_out


def broken_inside(raw: bytes) -> bytes:
    return raw[: len(raw) // 3] + bytes(len(raw) // 3) + raw[2 * (len(raw) // 3) :]


@pytest.mark.parametrize("on_disk", [False, True])
@pytest.mark.parametrize(
    ("content", "hint"),
    [
        (lambda raw: b"", "no HDF5"),
        (lambda raw: b"gene,cell\n" * 500, "no HDF5"),
        (lambda raw: raw[100:], "no HDF5"),
        (gzip.compress, "gunzip"),
    ],
)
def test_a_file_that_is_no_h5ad_says_what_it_is(
    good, content: Callable[[bytes], bytes], hint, on_disk
):
    other = good.with_name("other.h5ad")
    other.write_bytes(content(good.read_bytes()))
    assert hint in refused(other, on_disk=on_disk).way_out


def test_holes_inside_a_file_give_an_error_or_other_content_but_no_crash(good):
    hollow = good.with_name("hollow.h5ad")
    hollow.write_bytes(broken_inside(good.read_bytes()))
    refused(hollow)


@pytest.mark.filterwarnings("ignore:Element '/x' was written without")
@pytest.mark.parametrize("on_disk", [False, True])
def test_an_hdf5_file_of_something_else_is_refused(good, on_disk):
    other = good.with_name("other.h5ad")
    with h5py.File(other, "w") as file:
        file["x"] = 1
    refused(other, on_disk=on_disk)


@pytest.mark.parametrize("on_disk", [False, True])
def test_a_file_without_a_matrix_says_so(good, on_disk):
    from foretell.core.errors import BadValues

    other = good.with_name("other.h5ad")
    with h5py.File(good) as source, h5py.File(other, "w") as file:
        file.attrs.update(source.attrs)
        source.copy("obs", file)
        source.copy("var", file)
    with pytest.raises(BadValues, match="no matrix X"):
        load(other, on_disk=on_disk, **COLUMNS)


def test_a_missing_file_names_the_nearest_beside_it(good):
    assert "did you mean 'good'?" in refused(good.with_name("god.h5ad")).way_out


def test_without_a_data_path_the_user_is_told_about_it(good):
    assert "FORETELL_DATA" in refused("nothing_like_it").way_out


def test_a_stem_is_found_on_the_data_path_and_one_folder_deeper(good, monkeypatch):
    deep = good.parent / "deep" / "inside.h5ad"
    deep.parent.mkdir()
    deep.write_bytes(good.read_bytes())
    monkeypatch.setenv("FORETELL_DATA", f"/nowhere:{good.parent}")
    for name in ("good", "good.h5ad", "inside", "elsewhere/inside.h5ad"):
        assert load(name, **COLUMNS).n_obs == 36
    assert load("inside", **COLUMNS).name == "inside"
    assert "did you mean 'good'?" in refused("goood").way_out


def test_an_empty_data_path_is_named(good, monkeypatch, tmp_path):
    (tmp_path / "empty").mkdir()
    monkeypatch.setenv("FORETELL_DATA", str(tmp_path / "empty"))
    assert str(tmp_path / "empty") in refused("nothing_like_it").way_out


@pytest.mark.parametrize("on_disk", [False, True])
@pytest.mark.parametrize("compression", ["gzip", "lzf"])
def test_a_compressed_file_gives_the_same_numbers(make_adata, good, compression, on_disk):
    packed = good.with_name("packed.h5ad")
    make_adata(n_genes=60).write_h5ad(packed, compression=compression)
    np.testing.assert_array_equal(
        load(packed, on_disk=on_disk, **COLUMNS).profiles().Y, load(good, **COLUMNS).profiles().Y
    )


def test_the_fingerprint_follows_the_content_of_the_file(make_adata, good):
    before = load(good, **COLUMNS).fingerprint
    assert load(good, on_disk=True, **COLUMNS).fingerprint == before
    make_adata(n_genes=60, seed=1).write_h5ad(good)
    assert load(good, **COLUMNS).fingerprint != before


def test_a_public_set_is_opened_by_its_name_unless_a_file_has_it(make_adata, tmp_path, monkeypatch):
    monkeypatch.setenv("FORETELL_OFFLINE", "1")
    monkeypatch.setenv("FORETELL_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("FORETELL_DATA", str(tmp_path))
    with pytest.raises(CannotFetch, match="kang"):
        load("kang2018")
    make_adata().write_h5ad(tmp_path / "kang2018.h5ad")
    assert load("kang2018").n_obs == make_adata().n_obs
