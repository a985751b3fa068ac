"""The negative binomial test: what it refuses, and what DESeq2 finds where it is installed."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import numpy as np
import pytest

from foretell.analysis.differential.differential_expression import differential_expression
from foretell.analysis.differential.negative_binomial import _check
from foretell.core.errors import BadMapping

Make = Callable[..., Any]


def donors(make_adata: Make, n_donors: int = 3) -> Any:
    """Counts whose level differs from donor to donor; G0 is knocked out."""
    adata = make_adata(["G0", "none"], n=60, n_control=60, n_genes=40)
    rng = np.random.default_rng(0)
    adata.obs["donor"] = [f"d{i % n_donors}" for i in range(adata.n_obs)]
    level = rng.lognormal(0, 0.3, (n_donors, 3, 40))
    kind = adata.obs["perturbation"].factorize()[0]
    rate = 3 * level[np.arange(adata.n_obs) % n_donors, kind]
    rate[(adata.obs["perturbation"] == "G0").to_numpy(), 0] *= 0.05
    adata.X = rng.poisson(rate).astype(np.float32)
    return adata


@pytest.mark.skipif(find_spec("pydeseq2") is None, reason="pydeseq2 is not installed")
def test_replicates_are_the_unit(make_adata: Make, make_dataset: Make) -> None:
    data = make_dataset(donors(make_adata))
    table = differential_expression(data, "negative_binomial", by="donor")
    k = [c.perturbation.targets for c in table.conditions].index(("G0",))
    assert table.called[k, 0]
    assert -6 < table.lfc[k, 0] < -3
    assert table.statistic[k, 0] < -5
    np.testing.assert_array_equal(table.n, 3)
    np.testing.assert_array_equal(table.control_n, 3)
    # donors differ, so cells are no replicates: a test between them finds genes where none differ
    assert table.called[1 - k].sum() <= 3
    assert differential_expression(data, "wilcoxon").called[1 - k].sum() >= 8
    assert "DESeq2" in table.tests.name
    assert "DESeq2" in table.tests.lfc_definition


@pytest.mark.skipif(find_spec("pydeseq2") is None, reason="pydeseq2 is not installed")
def test_genes_without_counts_are_not_tested(make_adata: Make, make_dataset: Make) -> None:
    adata = donors(make_adata)
    adata.X[:, 5] = 0
    table = differential_expression(make_dataset(adata), "negative_binomial", by="donor")
    assert np.isnan(table.p[:, 5]).all()
    assert np.isnan(table.q[:, 5]).all()
    assert not table.called[:, 5].any()


@pytest.mark.skipif(find_spec("pydeseq2") is None, reason="pydeseq2 is not installed")
def test_one_replicate_a_side_is_refused(make_adata: Make, make_dataset: Make) -> None:
    adata = donors(make_adata, n_donors=1)
    with pytest.raises(BadMapping, match="1 replicates and 1 of the controls; 2 are needed"):
        differential_expression(make_dataset(adata), "negative_binomial", by="donor")


def test_values_that_are_no_counts_are_refused(make_dataset: Make) -> None:
    with pytest.raises(BadMapping, match="needs counts"):
        differential_expression(make_dataset(scale="log1p"), "negative_binomial", by="batch")


def test_replicates_have_to_be_named(make_dataset: Make) -> None:
    with pytest.raises(BadMapping, match="no column names them"):
        differential_expression(make_dataset(columns={"blocks": []}), "negative_binomial")


@pytest.mark.skipif(find_spec("pydeseq2") is not None, reason="pydeseq2 is installed")
def test_without_the_package_the_extra_is_named(make_dataset: Make) -> None:
    with pytest.raises(BadMapping, match="not installed") as error:
        _check(make_dataset(), ("batch",))
    assert "foretell[de]" in error.value.way_out
