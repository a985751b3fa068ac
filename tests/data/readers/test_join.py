"""Joined files: genes in one order, columns of all, names that stay apart."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import anndata as ad
import numpy as np
import pytest

import foretell
from foretell.core.errors import BadMapping, BadValues, UnreadableFile
from foretell.core.layout import Joined, TableLayout
from foretell.data.readers.read import read

MakeAdata = Callable[..., ad.AnnData]
COLUMNS = {"context": "cell_type"}


@pytest.fixture
def first(make_adata: MakeAdata, tmp_path: Path) -> Path:
    make_adata().write_h5ad(tmp_path / "first.h5ad")
    return tmp_path / "first.h5ad"


def second(make_adata: MakeAdata, path: Path, *, dense: bool = False) -> ad.AnnData:
    """Write another screen, with its genes in another order; return it in that of the first."""
    adata = make_adata(("D", "E"), seed=1, dense=dense)
    order = np.random.default_rng(0).permutation(adata.n_vars)
    adata[:, order].copy().write_h5ad(path)
    return adata


@pytest.mark.parametrize("on_disk", [False, True])
@pytest.mark.parametrize("dense", [False, True])
def test_observations_are_appended_in_the_first_files_order_of_genes(
    make_adata: MakeAdata, first: Path, dense: bool, on_disk: bool
) -> None:
    other = second(make_adata, first.with_name("more.h5ad"), dense=dense)
    data = foretell.load(first, join=[Joined("more.h5ad")], on_disk=on_disk, **COLUMNS)
    one = make_adata()
    values = other.X if dense else other.X.toarray()
    np.testing.assert_array_equal(data.values().toarray(), np.vstack([one.X.toarray(), values]))
    assert data.name == "first"
    assert list(data.obs.index[:36]) == list(one.obs_names)
    assert list(data.obs.index[36:38]) == ["more:c0", "more:c1"]
    assert [c.perturbation.targets for c in data.perturbed][-2:] == [("D",), ("E",)]


def test_a_file_that_is_joined_twice_keeps_its_names_apart(make_adata, first: Path) -> None:
    second(make_adata, first.with_name("more.h5ad"))
    adata = read(first, join=[Joined("more.h5ad")] * 3)
    assert adata.obs_names.is_unique
    assert adata.n_obs == 36 + 3 * 24


def test_layers_that_all_have_are_kept(make_adata: MakeAdata, first: Path) -> None:
    adata = ad.read_h5ad(first)
    adata.layers["both"], adata.layers["one"] = adata.X * 2, adata.X
    adata.write_h5ad(first)
    other = make_adata()
    other.layers["both"] = other.X * 2
    other.write_h5ad(first.with_name("more.h5ad"))
    joined = read(first, join=[Joined("more.h5ad")])
    assert list(joined.layers) == ["both"]
    np.testing.assert_array_equal(joined.layers["both"].toarray(), 2 * joined.X.toarray())


def test_other_genes_are_refused_with_their_names(make_adata, first: Path) -> None:
    other = make_adata()[:, :6].copy()
    other.var_names = [*other.var_names[:5], "TP53"]
    other.write_h5ad(first.with_name("more.h5ad"))
    with pytest.raises(BadValues, match="3 missing: G5, G6, G7; 1 .*: TP53"):
        read(first, join=[Joined("more.h5ad")])


def test_columns_are_those_of_both_and_what_is_missing_says_so(make_adata, first: Path) -> None:
    adata = ad.read_h5ad(first)
    adata.obs["dose"], adata.obs["is_control"] = 1.5, adata.obs["perturbation"] == "control"
    adata.write_h5ad(first)
    other = make_adata()
    del other.obs["cell_type"]
    other.obs["plate"] = "p1"
    other.write_h5ad(first.with_name("more.h5ad"))
    obs = read(first, join=[Joined("more.h5ad")]).obs
    assert obs["dose"].iloc[36:].isna().all()
    assert set(obs["cell_type"].iloc[36:]) == {"not given"}
    assert set(obs["is_control"].iloc[:36]) == {True, False}
    assert set(obs["plate"]) == {"not given", "p1"}
    given = (("cell_type", "x"), ("dose", "2"), ("is_control", "false"))
    obs = read(first, join=[Joined("more.h5ad", columns=given)]).obs
    assert set(obs["cell_type"]) == {"x"}
    assert set(obs["dose"].iloc[36:]) == {2.0}
    assert set(obs["is_control"].iloc[36:]) == {False}


def test_a_column_of_the_mapping_that_a_joined_file_lacks_is_asked_for(
    make_adata: MakeAdata, first: Path
) -> None:
    other = make_adata()
    del other.obs["cell_type"]
    other.write_h5ad(first.with_name("more.h5ad"))
    with pytest.raises(BadMapping, match=r"36 observations .* no column 'cell_type'") as caught:
        foretell.load(first, join=[Joined("more.h5ad")], **COLUMNS)
    assert 'cell_type = "..."' in caught.value.way_out
    given = Joined("more.h5ad", columns=(("cell_type", "y"),))
    assert len(foretell.load(first, join=[given], **COLUMNS).contexts) == 2


def test_the_fingerprint_covers_all_files_and_what_they_are_given(make_adata, first: Path) -> None:
    second(make_adata, first.with_name("more.h5ad"))

    def fingerprint(*join: Joined) -> str:
        return foretell.load(first, join=join, **COLUMNS).fingerprint

    found = [
        fingerprint(),
        fingerprint(Joined("more.h5ad")),
        fingerprint(Joined("more.h5ad", columns=(("cell_type", "y"),))),
        fingerprint(Joined("more.h5ad"), Joined("more.h5ad")),
    ]
    again = fingerprint(Joined("more.h5ad"))
    assert again == found[1]
    second(make_adata, first.with_name("more.h5ad"), dense=True)
    assert len({*found, fingerprint(Joined("more.h5ad"))}) == 5


def test_a_joined_file_that_is_missing_is_named(first: Path) -> None:
    with pytest.raises(UnreadableFile, match="no file 'nowhere.parquet'"):
        read(first, join=[Joined("nowhere.parquet", TableLayout())])
