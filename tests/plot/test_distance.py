"""Distance: scores against how far a condition is from training."""

from __future__ import annotations

from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from foretell.core.errors import UnknownName
from foretell.plot.distance import distance, scores_by_distance


def results(n: int = 10, distances: bool = True):
    """Two levels of one data set; the score of `m` is 1 minus the distance, `flat` is 0.5."""
    rows, splits = [], []
    for level, split in enumerate(("near", "far")):
        conditions = [f"c{i}" for i in range(n)]
        far = [(i + level * n) / (2 * n) for i in range(n)]
        for repeat in range(2):
            splits.append(
                {"dataset": "d", "split": split, "repeat": repeat, "fold": 0, "test": conditions}
                | {"distance": far if distances else None}
            )
            for condition, x in zip(conditions, far, strict=True):
                for model, value in (("m", 1 - x), ("flat", 0.5)):
                    rows.append(("d", split, repeat, 0, model, condition, "mse", value))
    columns = ["dataset", "split", "repeat", "fold", "model", "condition", "metric", "value"]
    frame = pd.DataFrame(rows, columns=columns)
    return SimpleNamespace(
        evaluation=SimpleNamespace(frame=frame), splits=splits, study={"primary": "mse"}
    )


def test_every_condition_has_its_distance_and_repeats_are_averaged():
    data = scores_by_distance(results())
    assert len(data) == 2 * 2 * 10
    m = data[data["model"] == "m"]
    np.testing.assert_allclose(m["value"], 1 - m["distance"])


def test_a_line_per_model_goes_through_the_means_of_the_bins():
    ax, data = distance(results(), bins=4, return_data=True)
    x, y = ax.lines[0].get_data()
    assert [line.get_label() for line in ax.lines] == ["m", "flat"]
    np.testing.assert_allclose(y, 1 - x)
    assert len(x) == 4
    np.testing.assert_allclose(ax.lines[1].get_ydata(), 0.5)
    assert len(data) == 40
    plt.close(ax.figure)


def test_a_study_without_distances_says_how_to_get_them():
    with pytest.raises(UnknownName, match="no split of this study records distances") as caught:
        distance(results(distances=False))
    assert "graded" in caught.value.way_out


def test_a_name_that_is_not_there_is_refused():
    with pytest.raises(UnknownName, match="metric 'mae'"):
        scores_by_distance(results(), metric="mae")
