"""Contexts, blocks, doses, times, kinds and library sizes: shared, confounded, or not needed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from foretell.data.inspect.inspect import inspect

Screen = Callable[..., Any]
LABELS = ["control", "A", "B", "C"]


def alternate(*values: str) -> Callable[[str, int], str]:
    return lambda label, i: values[i % len(values)]


def test_a_context_is_shared_by_controls(screen: Screen) -> None:
    adata = screen(LABELS, n=60, cell_type=alternate("K562", "HepG2"), stimulus=alternate("a", "a"))
    found = inspect(adata, quick=True)
    assert found.columns["context"] == "cell_type"
    assert found.judgement is not None
    assert {c.context: c.n_controls for c in found.judgement.contexts} == {"HepG2": 30, "K562": 30}


def test_a_confounded_column_cannot_be_a_context_and_says_so(screen: Screen) -> None:
    adata = screen(LABELS, cell_type=lambda label, i: "K562" if label < "B" else "HepG2")
    adata.obs.loc[adata.obs["perturbation"] == "control", "cell_type"] = "K562"
    found = inspect(adata, quick=True)
    assert "context" not in found.columns
    assert "cannot be told apart" in " ".join(found.guesses["context"].alternatives)
    assert "67%" in " ".join(found.guesses["context"].alternatives)


def test_a_rare_context_without_controls_is_left_out(screen: Screen) -> None:
    adata = screen(LABELS, n=200, cell_type=alternate("T", "B"))
    adata.obs.iloc[-5:, adata.obs.columns.get_loc("cell_type")] = "rare"
    found = inspect(adata, quick=True)
    assert found.columns["keep"] == {"cell_type": ["T", "B"]}
    assert found.judgement is not None
    assert found.judgement.dropped == {"not kept": 5}


def test_a_column_that_repeats_the_perturbation_is_no_context(screen: Screen) -> None:
    adata = screen(
        ["control", "IFN-beta"], stim=lambda label, i: "ctrl" if label == "control" else "stim"
    )
    assert "context" not in inspect(adata, quick=True).columns


def test_a_nested_column_adds_nothing(screen: Screen) -> None:
    adata = screen(
        LABELS, cell_type=alternate("CD4", "CD8", "B"), celltype_major=alternate("T", "T", "B")
    )
    found = inspect(adata, quick=True)
    assert found.columns["context"] == "cell_type"
    assert "adds nothing" in " ".join(found.guesses["context"].alternatives)


def test_donors_are_contexts_only_where_nothing_else_differs(screen: Screen) -> None:
    donors = alternate("d1x", "d2x", "d3x", "d4x")
    alone = inspect(screen(LABELS, donor_id=donors), quick=True)
    assert alone.columns["context"] == "donor_id"
    beside = inspect(
        screen(LABELS, donor_id=donors, cell_type=lambda _, i: "TB"[i // 15]), quick=True
    )
    assert (beside.columns["context"], beside.columns["blocks"]) == ("cell_type", "donor_id")


def test_a_block_without_controls_matches_nothing(screen: Screen) -> None:
    adata = screen(
        LABELS, n=40, batch=alternate("b1", "b2"), sample_id=lambda label, i: f"{label}_s"
    )
    found = inspect(adata, quick=True)
    assert found.columns["blocks"] == "batch"
    assert "'sample_id' is no block" in " ".join(found.guesses["blocks"].alternatives)


def test_times_that_controls_share_are_context_and_others_are_horizons(screen: Screen) -> None:
    shared = inspect(screen(LABELS, timepoint=alternate("24h", "48h")), quick=True)
    assert shared.columns["context"] == "timepoint"
    assert "horizon_h" not in shared.columns
    own = screen(LABELS, time_min=lambda label, i: 0 if label == "control" else [15, 90][i % 2])
    found = inspect(own, quick=True)
    assert (found.columns["horizon_h"], found.columns["horizon_unit"]) == ("time_min", "min")
    assert found.dataset is not None
    assert {c.horizon_h for c in found.dataset.perturbed} == {0.25, 1.5}


def test_a_time_without_a_unit_is_asked_about(screen: Screen) -> None:
    adata = screen(LABELS, time=lambda label, i: 0 if label == "control" else [6, 24][i % 2])
    found = inspect(adata, quick=True)
    assert found.columns["horizon_h"] == "time"
    assert [guess.what for guess in found.unclear] == ["horizon_unit"]


def test_doses_in_text_carry_their_unit(screen: Screen) -> None:
    adata = screen(
        ["DMSO", "JQ1", "SAHA"],
        column="drug",
        dose=lambda label, i: "0 uM" if label == "DMSO" else ["10 uM", "500 nM"][i % 2],
    )
    found = inspect(adata, quick=True)
    assert (found.columns["dose"], found.columns["dose_unit"]) == ("dose", "uM")
    assert found.dataset is not None
    assert {c.dose for p in found.dataset.perturbed for c in p.perturbation.components} == {
        0.5,
        10.0,
    }


def test_a_column_of_units_names_the_unit_of_doses(screen: Screen) -> None:
    adata = screen(
        LABELS,
        dose_value=lambda label, i: [1.0, 3.0][i % 2],
        dose_unit="nM",
        perturbation_type="drug",
    )
    found = inspect(adata, quick=True)
    assert (found.columns["dose"], found.columns["dose_unit"]) == ("dose_value", "nM")
    assert found.columns["kind"] == "compound"


def test_kinds_of_several_words_stay_a_column(screen: Screen) -> None:
    adata = screen(LABELS, perturbation_type=lambda label, i: {"A": "OE"}.get(label, "CRISPRi"))
    found = inspect(adata, quick=True)
    assert found.columns["kind_column"] == "perturbation_type"


def test_a_library_size_is_compared_with_the_row_sums(screen: Screen) -> None:
    adata = screen(LABELS)
    sums = np.asarray(adata.X.sum(axis=1)).ravel()
    same = adata.copy()
    same.obs["total_counts"] = sums
    assert "library_size" not in inspect(same, quick=True).columns
    full = adata.copy()
    full.obs["total_counts"] = sums * 7
    found = inspect(full, quick=True)
    assert found.columns["library_size"] == "total_counts"
    assert "7 times the row sum" in found.guesses["library_size"].evidence[0]
    wrong = adata.copy()
    wrong.obs["total_counts"] = sums / 2
    guess = inspect(wrong, quick=True).guesses["library_size"]
    assert guess.value is None
    assert "smaller than the row sums" in guess.alternatives[0]


def test_conditions_of_a_single_cell_are_dropped_by_name(screen: Screen) -> None:
    adata = screen(["control", *"ABCDEFGHIJ"])[: 30 * 10 + 1].copy()  # one cell of J
    found = inspect(adata, quick=True)
    assert found.columns["min_cells"] == 10
    assert found.judgement is not None
    assert found.judgement.dropped == {"in conditions below 10 cells": 1}


def test_guesses_do_not_depend_on_the_order_of_rows_or_columns(screen: Screen) -> None:
    adata = screen(LABELS, cell_type=alternate("x", "y"), batch=alternate("1b", "2b", "3b"))
    order = np.random.default_rng(0).permutation(adata.n_obs)
    other = adata[order].copy()
    other.obs = other.obs[other.obs.columns[::-1]]
    assert inspect(adata, quick=True).columns == inspect(other, quick=True).columns
