"""Clusters: what stands together is drawn together."""

from __future__ import annotations

import pandas as pd
import pytest

from foretell.bench.clusters import with_clusters


@pytest.mark.parametrize(
    ("targets", "contexts", "unit"),
    [(10, 3, "cluster"), (1, 9, "context"), (7, 3, "cluster"), (7, 8, "context")],
)
def test_perturbations_are_units_unless_contexts_are_what_is_repeated(targets, contexts, unit):
    rows = [(f"T{i}", f"C{j}") for i in range(targets) for j in range(contexts)]
    frame = pd.DataFrame(rows, columns=["cluster", "context"])
    assert with_clusters(frame)["cluster"].tolist() == frame[unit].tolist()
