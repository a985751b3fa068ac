"""Bad values: what `Dataset.from_anndata` refuses, and how it says so."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp
from anndata import AnnData

from foretell.core.errors import (
    BadValues,
    EmptySplit,
    ForetellError,
    NoControl,
    TooFewCells,
    UnknownName,
)


def refused(kind: type[ForetellError], make, *args, **kw) -> ForetellError:
    """Return the error, which is of exactly this class and says what to do next."""
    with pytest.raises(ForetellError) as caught:
        make(*args, **kw)
    assert type(caught.value) is kind
    assert caught.value.way_out
    return caught.value


def test_counts_declared_as_log_are_refused(make_dataset):
    error = refused(BadValues, make_dataset, columns={"scale": "log1p"})
    assert "declared as log1p" in error.problem
    assert "counts" in error.problem
    assert 'scale = "counts"' in error.way_out


def test_log_values_declared_as_counts_are_refused(make_dataset):
    error = refused(BadValues, make_dataset, scale="log1p", columns={"scale": "counts"})
    assert "declared as counts" in error.problem
    assert "1.09" in error.problem
    assert 'scale = "log1p"' in error.way_out


@pytest.mark.parametrize("dense", [True, False])
@pytest.mark.parametrize(("bad", "said"), [(-2.0, "down to -2"), (np.nan, "NaN"), (np.inf, "inf")])
def test_impossible_values_are_named_by_observation_and_gene(
    make_adata, make_dataset, dense, bad, said
):
    adata = make_adata(dense=True)
    adata.X[20, 3] = bad
    adata.X = adata.X if dense else sp.csr_matrix(adata.X)
    error = refused(BadValues, make_dataset, adata)
    for wanted in (said, "'c20'", "'G3'", "'counts'"):
        assert wanted in error.problem
    assert "relative" in error.way_out


def test_a_relative_scale_may_be_negative_and_miss_values_but_not_be_infinite(
    make_adata, make_dataset
):
    adata = make_adata(dense=True, scale="z")
    adata.X[3, 2] = np.nan
    assert make_dataset(adata, {"scale": "z"}).scale.is_relative
    adata.X[4, 1] = -np.inf
    error = refused(BadValues, make_dataset, adata, {"scale": "z"})
    assert "infinite" in error.problem
    assert "'c4'" in error.problem
    assert "NaN" in error.way_out


def test_a_relative_scale_needs_no_controls(make_adata, make_dataset):
    adata = make_adata(dense=True, scale="z", n_control=0)
    data = make_dataset(adata, {"scale": "z"})
    assert len(data.perturbed) == 4
    np.testing.assert_array_equal(data.profiles().control, 0.0)


def test_duplicated_genes_are_named(make_adata, make_dataset):
    adata = make_adata()
    adata.var_names = ["G1", "G1", *adata.var_names[2:]]
    error = refused(BadValues, make_dataset, adata)
    assert error.problem == "1 duplicated genes: G1"
    assert "var_names_make_unique" in error.way_out


def test_duplicated_observations_are_named(make_adata, make_dataset):
    adata = make_adata()
    adata.obs_names = ["c1", "c1", *adata.obs_names[2:]]
    error = refused(BadValues, make_dataset, adata)
    assert error.problem == "1 duplicated observations: c1"
    assert "obs_names_make_unique" in error.way_out


def with_single(adata: AnnData, label: str) -> AnnData:
    """Keep one observation of a label."""
    is_label = (adata.obs["perturbation"] == label).to_numpy()
    keep = ~is_label
    keep[np.flatnonzero(is_label)[0]] = True
    return adata[keep].copy()


def test_a_condition_with_a_single_cell_is_named(make_adata, make_dataset):
    error = refused(TooFewCells, make_dataset, with_single(make_adata(), "C"))
    assert "C in x" in error.problem
    assert "min_cells = 2" in error.way_out
    assert 'observation = "samples"' in error.way_out


def test_a_single_cell_is_dropped_and_counted_where_the_user_says_so(make_adata, make_dataset):
    data = make_dataset(with_single(make_adata(), "C"), {"min_cells": 2})
    assert data.dropped == {"in conditions below 2 cells": 1}
    assert "C in x" not in map(str, data.present)


def test_a_single_sample_is_legal(make_adata, make_dataset):
    data = make_dataset(with_single(make_adata(), "C"), {"observation": "samples"})
    assert data.n_by_condition[data.perturbed[-1]] == 1


def test_a_single_control_cell_is_no_reference(make_adata, make_dataset):
    error = refused(TooFewCells, make_dataset, make_adata(n_control=1))
    assert "control in x" in error.problem
    assert "controls" in error.way_out


def test_a_context_without_controls_is_named(make_adata, make_dataset):
    adata = make_adata(contexts=("x", "y"))
    lonely = (adata.obs["perturbation"] == "control") & (adata.obs["cell_type"] == "y")
    error = refused(NoControl, make_dataset, adata[~lonely].copy())
    assert "context y" in error.problem
    assert "`context`" in error.way_out


def test_no_call_labels_are_dropped_and_counted(make_dataset):
    data = make_dataset(columns={"no_call": "C"})
    assert data.dropped == {"no call": 6}
    assert data.n_obs == 30


def test_everything_a_no_call_leaves_nothing(make_adata, make_dataset):
    adata = make_adata(n_control=0, scale="z", dense=True)
    labels = sorted(set(adata.obs["perturbation"]))
    error = refused(EmptySplit, make_dataset, adata, {"scale": "z", "no_call": labels})
    assert "0 labelled observations" in error.problem


def test_a_file_without_genes_is_refused(make_adata, make_dataset):
    error = refused(EmptySplit, make_dataset, make_adata()[:, :0].copy())
    assert "0 genes" in error.problem


def test_a_file_without_observations_is_refused(make_adata, make_dataset):
    refused(EmptySplit, make_dataset, make_adata()[:0].copy())


def test_a_file_without_values_names_its_layers(make_adata, make_dataset):
    adata = make_adata()
    adata.layers["counts"] = adata.X.copy()
    adata.X = None
    error = refused(BadValues, make_dataset, adata)
    assert "no matrix X" in error.problem
    assert "counts" in error.way_out
    assert make_dataset(adata, {"layer": "counts"}).n_obs == 36


def test_a_layer_that_is_missing_names_the_nearest(make_adata, make_dataset):
    adata = make_adata()
    error = refused(UnknownName, make_dataset, adata, {"layer": "count"})
    assert "none" in error.way_out
    adata.layers["counts"] = adata.X.copy()
    error = refused(UnknownName, make_dataset, adata, {"layer": "count"})
    assert "'counts'" in error.way_out


@pytest.mark.parametrize("size", [0.0, -1.0, np.nan, "many"])
def test_library_sizes_must_be_above_zero(make_adata, make_dataset, size):
    adata = make_adata()
    adata.obs["umi"] = 5000.0
    adata.obs["umi"] = adata.obs["umi"].astype(object)
    adata.obs.iloc[7, adata.obs.columns.get_loc("umi")] = size
    error = refused(BadValues, make_dataset, adata, {"library_size": "umi"})
    for wanted in ("1 library sizes", "'umi'", "'c7'"):
        assert wanted in error.problem


def test_a_bad_value_in_a_dropped_row_does_no_harm(make_adata, make_dataset):
    adata = make_adata(dense=True)
    adata.X[-1, 0] = np.nan  # a row of C
    assert make_dataset(adata, {"no_call": "C"}).n_obs == 30
