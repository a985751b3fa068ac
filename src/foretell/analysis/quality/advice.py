"""Advice: what a reader of a data card should know, in plain words."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from foretell.analysis.quality.summary import FEW_CELLS
from foretell.analysis.quality.tasks import ENOUGH_CONDITIONS, ENOUGH_CONTROLS
from foretell.core.errors import shorten

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["warnings_of"]

LARGE_LOSS = 0.2


def warnings_of(
    facts: dict[str, Any], tables: dict[str, pd.DataFrame], summaries: dict[str, dict[str, Any]]
) -> list[str]:
    """Return one sentence per thing that limits what the data can show; none where all is well."""
    found = [
        *_about_the_file(facts),
        *_about_controls(facts, tables["contexts"]),
        *_about_cells(facts, summaries["cells"]),
        *_about_targets(summaries["targets"], tables["targets"], facts["fdr"]),
        *_about_effects(facts, summaries),
    ]
    return [sentence for sentence in found if sentence]


def _some(n: int, noun: str, one: str, many: str) -> str:
    """Write a count with its noun and the verb that suits it."""
    return f"{n:,} {noun} {one}" if n == 1 else f"{n:,} {noun}s {many}"


def _about_the_file(facts: dict[str, Any]) -> list[str]:
    lost = sum(facts["dropped"].values())
    whole, n = lost + facts["n_obs"], facts["n_conditions"]
    return [
        f"{lost:,} of {whole:,} {facts['observation']} were dropped ({lost / whole:.0%}): see what "
        "was dropped."
        if lost > LARGE_LOSS * whole
        else "",
        f"Only {_some(n, 'perturbed condition', 'is', 'are')} here: a ranking of models needs "
        f"{ENOUGH_CONDITIONS}."
        if n < ENOUGH_CONDITIONS
        else "",
        "The values are relative: the noise of their controls is in all of them alike, cannot be "
        "removed, and makes any two conditions look similar."
        if facts["is_relative"]
        else "",
        "Only listed values were observed: what is missing is not zero."
        if facts["censored"]
        else "",
        "Filters have looked at expression ("
        + "; ".join(facts["reads_expression"])
        + "): scores are about what they kept."
        if facts["reads_expression"]
        else "",
    ]


def _about_controls(facts: dict[str, Any], contexts: pd.DataFrame) -> list[str]:
    if facts["is_relative"]:
        return []
    enough = ENOUGH_CONTROLS[facts["observation"]]
    few = contexts[(contexts["n_control"] < enough) & (contexts["n_conditions"] > 0)]
    return [
        f"{len(few)} of {len(contexts)} contexts have fewer than {enough} controls "
        f"({shorten(few['context'], 3)}): truth and prediction share them there, which inflates "
        "correlations."
        if len(few)
        else "",
    ]


def _about_cells(facts: dict[str, Any], cells: dict[str, Any]) -> list[str]:
    of = facts["n_conditions"]
    is_cells = facts["observation"] == "cells"
    return [
        f"{cells['n_small']} of {of} conditions have fewer than {FEW_CELLS} cells: their means are "
        "mostly noise."
        if is_cells and cells["n_small"]
        else "",
        f"{_some(cells['n_confounded'], 'condition', 'differs', 'differ')} from the controls in "
        "depth (Cliff's delta of 0.33 or more): shifts of many genes may be depth in disguise."
        if cells["n_confounded"]
        else "",
        f"{_some(cells['n_mito_confounded'], 'condition', 'differs', 'differ')} from the controls "
        "in mitochondrial share (Cliff's delta of 0.33 or more): cells may be dying."
        if cells["n_mito_confounded"]
        else "",
    ]


def _about_targets(targets: dict[str, Any], table: pd.DataFrame, fdr: float) -> list[str]:
    judged, still = targets["n_judged"], targets["n_judged"] - targets["n_moved"]
    wrong = table[(table["status"] == "ok") & (table["as_expected"] == False)]  # noqa: E712
    away = wrong[wrong["q"] < fdr]["target"].unique()
    knockout = (
        "; a knockout may leave its transcript in place"
        if (table["kind"] == "knockout").any()
        else ""
    )
    return [
        f"{still} of {judged} targets did not measurably move as expected{knockout}."
        if judged and still
        else "",
        f"{_some(len(away), 'target', 'moved', 'moved')} the wrong way beyond chance "
        f"({shorten(away, 5)}): check labels and kind."
        if len(away)
        else "",
        "No target is among the measured genes, so nothing shows that the perturbations worked."
        if targets["n"] and not targets["n_measured"] and table["expected"].ne("").any()
        else "",
    ]


def _about_effects(facts: dict[str, Any], summaries: dict[str, dict[str, Any]]) -> list[str]:
    effects, guides, more = summaries["effects"], summaries["guides"], summaries["saturation"]
    weak = effects["n_tested"] - effects["n_significant"]
    together = math.ceil(effects["n_tested"] / (facts["draws"] + 1) / facts["fdr"])
    return [
        f"With {facts['draws']:,} permutations a condition is called only together with "
        f"{together - 1:,} others that are as clear: more draws can call one alone."
        if together > 1
        else "",
        f"{weak} of {effects['n_tested']} conditions have no effect beyond chance: no model can be "
        "right or wrong about them."
        if weak
        else "",
        "Guides of one target agree no better than guides of different targets."
        if guides["n"] and guides["high"] <= guides["null_mean"]
        else "",
        f"More {facts['observation']} would help {more['n_more_help']} of {more['n']} conditions: "
        "twice as many would make their shifts clearly more reproducible."
        if more["n_more_help"]
        else "",
    ]
