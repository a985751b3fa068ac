"""Study: a commented study file from what was found out about files."""

from __future__ import annotations

import textwrap
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from foretell.core.scale import Scale
from foretell.core.task import TaskName
from foretell.data.inspect.guess import UNCLEAR, Guess
from foretell.data.inspect.inspection import Inspection
from foretell.data.inspect.mapping import layout_fields, toml_value
from foretell.data.inspect.tasks import Verdict

__all__ = ["SEED", "Offer", "Planned", "possible_tasks", "study_text"]

HEAD = """\
# A study of Foretell, written from {files}.
# Read it, answer what is marked "decide", fill in the provenance, then: foretell bench {path}
"""
SEED = 1  # of the study, and of the trial divisions
SHALLOW = 2000  # counts per cell below which 10,000 would stretch them
MANY_GENES = 5000
WIDTH = 100
FAMILIES = ("baselines", "linear")  # run by default: seconds on any machine
TESTED = "de_auprc[abs_lfc]"  # needs cells
METRICS = ("pearson_delta", "pearson_delta_perturbed", "pds_cosine", "mse", "mae", TESTED)


@dataclass(frozen=True)
class Offer:
    """A model that could stand in a study.

    Parameters
    ----------
    name, family, summary : as its record says.
    tasks : tasks that it answers.
    why_not : why it is offered in a comment instead of being run.
    """

    name: str
    family: str
    summary: str
    tasks: tuple[TaskName, ...]
    why_not: str = ""


@dataclass(frozen=True)
class Planned:
    """A task, and the folds and repeats with which it can be divided.

    Parameters
    ----------
    repeats : draws of the cross-validation; a small study should not rest on one.
    n_tested : conditions that are tested at least once.
    """

    verdict: Verdict
    folds: int
    repeats: int
    n_tested: int


def possible_tasks(found: Inspection, wanted: Collection[str] = ()) -> list[Verdict]:
    """Return the tasks that can be asked, all or those whose names are wanted."""
    if found.judgement is None:
        return []
    possible = [v for v in found.judgement.tasks if v.is_possible]
    return [v for v in possible if not wanted or str(v.task.name) in wanted]


def study_text(
    found: Sequence[Inspection],
    *,
    path: str,
    name: str,
    models: Sequence[Offer],
    metrics: Collection[str],
    splits: Mapping[str, Sequence[Planned]],
) -> str:
    """Write the study.

    Parameters
    ----------
    found : usable inspections, one per data set.
    path, name : of the study file.
    models : what the registry offers.
    metrics : names of the metrics that there are.
    splits : what is divided how, by the name of the data set.
    """
    tasks = {split.verdict.task.name for planned in splits.values() for split in planned}
    parts = [_head(found, path, name, metrics), _models(models, tasks)]
    parts += [_dataset(inspection, splits[inspection.name]) for inspection in found]
    return "\n".join(parts)


def _head(found: Sequence[Inspection], path: str, name: str, metrics: Collection[str]) -> str:
    relative = any(_scale(i).is_relative for i in found)
    cells = any(_is_cells(i) for i in found)
    chosen = [m for m in METRICS if m in metrics and (m != TESTED or cells)]
    primary = "pearson_delta_perturbed" if relative else "pearson_delta"
    why = (
        "a relative scale shares one control: what is specific to a perturbation counts"
        if relative
        else "correlation of the shift from control"
    )
    lines = [
        HEAD.format(files=", ".join(i.name for i in found), path=path),
        f"name = {toml_value(name)}",
        f"seed = {SEED}",
        f"primary = {toml_value(primary)}  # {why}",
        f"metrics = {toml_value(chosen)}",
        "",
    ]
    return "\n".join(lines)


def _scale(found: Inspection) -> Scale:
    return Scale(str(found.columns.get("scale", "counts")))


def _is_cells(found: Inspection) -> bool:
    return found.columns.get("observation", "cells") == "cells" and not _scale(found).is_relative


def _models(offers: Sequence[Offer], tasks: set[TaskName]) -> str:
    """Write models that answer one of the tasks; floors are ordinary models and come first."""
    fitting = [o for o in offers if set(o.tasks) & tasks]
    fitting.sort(key=lambda o: (o.family != "baselines", o.family, o.name))
    lines = ["# Models; floors are ordinary models, judged like all others."]
    for offer in fitting:
        if not offer.why_not and offer.family in FAMILIES:
            lines += ["", "[[models]]", f"name = {toml_value(offer.name)}  # {offer.summary}"]
    more = [o for o in fitting if o.why_not or o.family not in FAMILIES]
    if more:
        lines += ["", "# Others that fit; take the marks away to run them."]
        for offer in more:
            why = f" ({offer.why_not})" if offer.why_not else ""
            lines += [
                "#",
                "# [[models]]",
                f"# name = {toml_value(offer.name)}  # {offer.summary}{why}",
            ]
    return "\n".join(lines) + "\n"


def _dataset(found: Inspection, splits: Sequence[Planned]) -> str:
    lines = ["", "# " + "-" * (WIDTH - 2), "", "[[datasets]]", f"file = {toml_value(found.file)}"]
    described = layout_fields(found.layout)
    if described:
        lines.append(f"layout = {toml_value(described)}")
    lines += _steps(found)
    lines.append('provenance = { accession = "", licence = "", citation = "" }  # fill in')
    lines.append('# subset_of = ""  # name of the full data set, where this file is a part of one')
    lines += ["", "[datasets.columns]", *_columns(found)]
    for planned in splits:
        lines += ["", *_split(planned)]
    asked = {planned.verdict.task for planned in splits}
    left_out = [v for v in found.judgement.tasks if v.task not in asked] if found.judgement else []
    if left_out:
        lines += ["", "# Not asked of these data:"]
        lines += [f"#   {v.task}: {v.why or 'not wanted, or no folds divide it'}" for v in left_out]
    return "\n".join(lines) + "\n"


def _steps(found: Inspection) -> list[str]:
    family = _scale(found).family
    if family == "counts":
        target = _normalize(found)
        steps = f'steps = [{{ name = "normalize"{target} }}, {{ name = "log1p" }}'
    elif family == "normalized":
        steps = 'steps = [{ name = "log1p" }'
    else:
        return ["# steps = []  # the values are used as they are"]
    lines = [f"{steps}]"]
    if found.n_genes > MANY_GENES:
        lines.append(f'# {steps}, {{ name = "select_variable", n_genes = 2000 }}]  # faster')
    return lines


def _normalize(found: Inspection) -> str:
    """Shallow libraries are scaled to their median, not stretched to 10,000."""
    evidence = " ".join(found.guesses["scale"].evidence)
    number = evidence.rpartition("rows sum to about ")[2].split(" ")[0]
    shallow = number.isdigit() and int(number) < SHALLOW and "library_size" not in found.columns
    return ', target_sum = "median"' if shallow else ""


def _columns(found: Inspection) -> list[str]:
    """Write one field a line, its evidence above it."""
    lines: list[str] = []
    for name, value in found.columns.items():
        guess = found.guesses.get(name)
        if guess is not None:
            lines += _comment(guess)
        lines.append(f"{name} = {toml_value(value)}")
    unwritten = [g for g in found.unclear if g.what not in found.columns]
    for guess in unwritten:
        lines += _comment(guess)
    return lines


def _comment(guess: Guess) -> list[str]:
    mark = f"decide ({guess.what}): " if guess.confidence == UNCLEAR else f"{guess.confidence}: "
    text = mark + "; ".join(line.replace("\n", " ") for line in guess.evidence)
    lines = textwrap.wrap(text, WIDTH - 2, max_lines=3, placeholder=" ...")
    if guess.confidence == UNCLEAR:
        for other in guess.alternatives[:2]:
            lines += textwrap.wrap(f"  or: {other}", WIDTH - 2, max_lines=2, placeholder=" ...")
    return ["# " + "".join(ch for ch in line if ch.isprintable()) for line in lines]


def _split(planned: Planned) -> list[str]:
    """Write one ``[[datasets.splits]]`` table."""
    verdict = planned.verdict
    repeats, task = planned.repeats, verdict.task
    counted = f"  # {verdict.n_units} units, {planned.n_tested} conditions"
    lines = [f"# {verdict.why}"] if verdict.why else []
    lines += ["[[datasets.splits]]", f"task = {toml_value(str(task.name))}"]
    if task.parts_seen is not None:
        lines.append(f"parts_seen = {task.parts_seen}")
    if task.name == TaskName.SEEN_CONDITION:
        return [*lines, f"repeats = {repeats}{counted}"]
    return [*lines, f"folds = {planned.folds}{counted}", f"repeats = {repeats}"]
