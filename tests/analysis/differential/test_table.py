"""The table of differential genes: rows, summaries and what is left out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from foretell.analysis.differential.differential_expression import differential_expression
from foretell.analysis.differential.table import DifferentialTable


@pytest.fixture(scope="module")
def table(make_adata: Callable[..., Any], make_dataset: Callable[..., Any]) -> DifferentialTable:
    adata = make_adata(["G0", "G1+G2", "unmeasured"], n=30, n_control=60)
    X, label = adata.X.toarray(), adata.obs["perturbation"]
    X[(label == "G0").to_numpy(), 0] = 0
    X[(label == "G1+G2").to_numpy(), 1] = 0
    X[(label == "G1+G2").to_numpy(), 2] += 9
    X[:, 7] = 2 * (np.arange(len(X)) % 2 == 0)
    adata.X = X
    return differential_expression(make_dataset(adata), "moderated")


def test_the_frame_has_a_row_per_condition_and_gene(table: DifferentialTable) -> None:
    frame = table.to_frame()
    assert len(frame) == 3 * 8
    k, j = 1, 3
    row = frame[(frame["condition"] == table.labels[k]) & (frame["gene"] == "G3")].iloc[0]
    for column in ("statistic", "p", "q", "lfc", "mean", "control_mean", "on_target", "called"):
        assert row[column] == getattr(table, column)[k, j]
    assert (row["n"], row["n_control"]) == (30, 60)
    assert row["context"] == str(table.conditions[k].context)


def test_only_called_genes_may_be_listed(table: DifferentialTable) -> None:
    frame = table.to_frame(only_called=True)
    assert len(frame) == table.called.sum() > 0
    assert frame["called"].all()
    assert (frame["q"] < 0.05).all()


def test_the_summary_counts_and_shows_the_target(table: DifferentialTable) -> None:
    found = table.summary().set_index("target")
    assert found.loc["G0", "target_direction"] == "down"
    assert found.loc["G0", "target_lfc"] < -1
    assert found.loc["G0", "target_q"] < 1e-6
    assert found.loc["G1+G2", "target_direction"] == "mixed"
    assert found.loc["", "target_direction"] == ""
    assert np.isnan(found.loc["", "target_lfc"])
    assert (found["up"] + found["down"] == found["called"]).all()
    assert (found["tested"] == 8).all()
