"""Figures of quality: what is drawn is what the table says."""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest

mpl.use("Agg")

from foretell.core.errors import EmptySplit, UnknownName
from foretell.plot.quality import (
    plot_effects,
    plot_guides,
    plot_saturation,
    plot_sizes,
    plot_targets,
)


@pytest.fixture(autouse=True)
def _closed():
    yield
    import matplotlib.pyplot as plt

    plt.close("all")


def test_sizes_are_drawn_from_most_to_fewest_without_controls():
    table = pd.DataFrame({"is_control": [True, False, False], "n": [90, 5, 20]})
    (line,) = plot_sizes(table).lines
    np.testing.assert_array_equal(line.get_ydata(), [20, 5])


def test_effects_are_distances_and_filled_where_beyond_chance():
    table = pd.DataFrame(
        {"n": [10, 20, 30], "strength": [4.0, -0.25, np.nan], "significant": [True, False, None]}
    )
    called, not_called = plot_effects(table).collections
    np.testing.assert_allclose(called.get_offsets(), [[10, 2.0]])
    np.testing.assert_allclose(not_called.get_offsets(), [[20, -0.5]])


def test_targets_are_drawn_by_what_they_did():
    table = pd.DataFrame({"log_fold_change": [-2.0, 0.5, np.nan], "moved": [True, None, None]})
    moved, others = plot_targets(table).collections
    np.testing.assert_allclose(moved.get_offsets(), [[2, -2.0]])
    np.testing.assert_allclose(others.get_offsets(), [[1, 0.5]])


def test_guides_are_counted_beside_their_null():
    table = pd.DataFrame({"agreement": [0.1, 0.9, np.nan], "null_mean": [0.2, 0.2, np.nan]})
    ax = plot_guides(table)
    assert sum(p.get_height() for p in ax.patches) == 2
    assert ax.lines[0].get_xdata()[0] == pytest.approx(0.2)


def test_a_curve_shows_every_condition_and_the_mean():
    table = pd.DataFrame(
        {"condition": list("aabb"), "n_cells": [5, 10, 5, 10], "reproducibility": [0, 0.4, 0.2, 1]}
    )
    ax = plot_saturation(table)
    assert len(ax.lines) == 3
    np.testing.assert_allclose(ax.lines[-1].get_ydata(), [0.1, 0.7])


def test_a_table_of_another_kind_and_an_empty_one_are_refused():
    with pytest.raises(UnknownName, match="no column 'strength'"):
        plot_effects(pd.DataFrame({"n": [1]}))
    with pytest.raises(EmptySplit, match="nothing to draw"):
        plot_saturation(pd.DataFrame(columns=["condition", "n_cells", "reproducibility"]))
