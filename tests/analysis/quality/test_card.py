"""The card: its numbers are those of the functions, and it is plain JSON."""

from __future__ import annotations

import json

import pytest

from foretell.analysis.quality.card import data_card
from foretell.analysis.quality.cells import cells, contexts
from foretell.analysis.quality.effect_size import effect_size
from foretell.analysis.quality.guide_agreement import guide_agreement
from foretell.analysis.quality.saturation import saturation, saturation_curve
from foretell.analysis.quality.summary import curve_means
from foretell.analysis.quality.target_moved import target_moved
from foretell.analysis.quality.tasks import judgeable
from foretell.data.filters.responders import Responders


def test_its_tables_are_what_the_functions_return(planted):
    data = planted(contexts=("x", "y"))
    card = data_card(data, draws=49)
    expected = {
        "effects": effect_size(data, draws=49),
        "targets": target_moved(data),
        "cells": cells(data),
        "contexts": contexts(data),
        "guides": guide_agreement(data),
        "saturation": saturation(data),
        "curve": saturation_curve(data),
    }
    assert set(card.tables) == set(expected)
    for name, table in expected.items():
        assert card.tables[name].equals(table), name


def test_its_summaries_count_its_tables(planted):
    card = data_card(planted(), draws=99)
    effects, targets = card.tables["effects"], card.tables["targets"]
    s = card.summaries
    assert s["effects"]["n_significant"] == sum(x is True for x in effects["significant"]) == 2
    assert s["effects"]["share"] == 0.5
    assert s["targets"]["n_moved"] == sum(x is True for x in targets["moved"]) == 2
    assert s["guides"]["mean"] == pytest.approx(card.tables["guides"]["agreement"].mean())
    assert s["guides"]["low"] <= s["guides"]["mean"] <= s["guides"]["high"]
    assert s["cells"]["smallest"] == s["cells"]["largest"] == 60
    assert s["curve"]["points"] == curve_means(card.tables["curve"])


def test_a_curve_is_averaged_over_the_conditions_that_reach_its_end():
    import pandas as pd

    rows = [("a", 5, 0.1, 0), ("a", 10, 0.2, 2), ("b", 5, 0.3, 2), ("b", 10, 0.6, 4)]
    rows += [("c", 5, 0.9, 9), ("b", 20, 0.7, 6)]
    names = ["condition", "n_cells", "reproducibility", "n_de"]
    points = curve_means(pd.DataFrame(rows, columns=names))
    assert [p["n_cells"] for p in points] == [5, 10]
    assert [p["n_conditions"] for p in points] == [2, 2]
    assert points[0]["reproducibility"] == pytest.approx(0.2)  # c does not reach 10
    assert points[1]["n_de"] == 3


@pytest.mark.parametrize("which", ["counts", "log1p", "relative", "samples"])
def test_it_is_plain_json_on_every_scale(planted, relative, which):
    data = {
        "counts": lambda: planted(),
        "log1p": lambda: planted(scale="log1p"),
        "relative": lambda: relative,
        "samples": lambda: planted(n=1, n_control=6, observation="samples"),
    }[which]()
    card = data_card(data, draws=19).to_dict()
    text = json.dumps(card, allow_nan=False)
    assert json.loads(text) == card
    assert card["facts"]["versions"]["foretell"]
    assert all(isinstance(w, str) and w.endswith(".") for w in card["warnings"])


def test_warnings_say_what_limits_the_data(planted, relative):
    few = data_card(planted(n=12, n_control=30), draws=19).warnings
    text = "\n".join(few)
    assert "4 of 4 conditions have fewer than 20 cells" in text
    assert "1 of 1 contexts have fewer than 40 controls (x)" in text
    assert "Only 4 perturbed conditions" in text
    assert "conditions have no effect beyond chance" in text
    assert "a knockout may leave its transcript" in text
    assert "relative" in data_card(relative).warnings[1]
    draws = data_card(planted(), draws=19).warnings
    assert any("only together with 3 others" in w for w in draws)
    upward = "\n".join(data_card(planted(kind="activation"), draws=19).warnings)
    assert "2 targets moved the wrong way beyond chance (G0, G1)" in upward


def test_filters_that_read_expression_are_named(planted):
    data = planted().with_filters([Responders(draws=99)])
    card = data_card(data, draws=19)
    assert any("Filters have looked at expression" in w for w in card.warnings)
    assert card.facts["dropped"]
    assert "Responders" in json.dumps(card.to_dict()["facts"]["history"])


def test_tasks_are_judged_from_the_conditions(make_dataset, relative):
    found = {t["task"]: t for t in judgeable(make_dataset(["A", "B", "A+B"], contexts=("x", "y")))}
    assert found["unseen perturbation"]["n"] == 2
    assert not found["unseen perturbation"]["possible"]
    assert found["unseen combination"]["why"].startswith("2 combinations, 2 of them")
    assert found["unseen context"]["possible"]
    assert not found["own control for the truth"]["possible"]
    assert not {t["task"]: t for t in judgeable(relative)}["ceiling"]["possible"]


def test_tasks_and_notes_may_come_from_elsewhere(planted):
    task = {"task": "mine", "possible": True, "n": 3, "why": ""}
    card = data_card(planted(), draws=19, tasks=[task], notes=["Look twice."])
    assert card.tasks == (task,)
    assert card.warnings[0] == "Look twice."
