"""Init: write a study for one's own files, complete and commented."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from foretell.cli.inspect import (
    Answer,
    Contexts,
    Control,
    Layout,
    Perturbation,
    ScaleName,
    overridden,
    read_layout,
)
from foretell.core.errors import BadStudy

if TYPE_CHECKING:
    from foretell.data.inspect.inspection import Inspection
    from foretell.data.inspect.study import Offer, Planned
    from foretell.data.inspect.tasks import Verdict

__all__ = ["init"]

UNCLEAR = 3
FOLDS = (5, 10, 20, 10_000)  # tried in turn; the last leaves one unit out at a time
FEW_CONDITIONS = 100  # a study of fewer repeats its cross-validation


def init(
    study: Annotated[Path, typer.Argument(help="The study file to write (TOML).")],
    files: Annotated[
        list[str], typer.Option("--from", help="A data file, or a name on the data path; repeat.")
    ],
    task: Annotated[
        list[str] | None, typer.Option(help="Only this task; repeat. Every possible one if absent.")
    ] = None,
    perturbation: Perturbation = None,
    control: Control = None,
    context: Contexts = None,
    scale: ScaleName = None,
    answer: Answer = None,
    layout: Layout = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
) -> None:
    """Write a study: mapping, steps, splits for every possible task, models, metrics.

    Answers hold for all files. The file is written whole or not at all. The exit code is 3 where
    a guess is unclear: the study is written, and the question stands in it, marked "decide".
    """
    if study.exists() and not force:
        raise BadStudy(f"'{study}' is there already", "choose another name, or give --force")
    given = {"perturbation": perturbation, "control": control, "context": context, "scale": scale}
    found = [_look(file, overridden(given, answer), layout) for file in files]
    _write(study, found, _known_tasks(task or []))
    _say(study, found)
    if any(inspection.unclear for inspection in found):
        raise typer.Exit(UNCLEAR)


def _look(file: str, said: dict[str, Any], layout: str | None) -> Inspection:
    from foretell.data.inspect.inspect import inspect

    found = inspect(file, said=said, layout=read_layout(layout), quick=True)
    if not found.is_usable:
        errors = [r.text for r in found.remarks if r.level == "error"]
        reasons = errors or list(found.guesses["screen"].evidence)
        raise BadStudy(
            f"no study can be written from '{file}': {'; '.join(reasons)}",
            f"foretell data inspect {file} says more, and takes answers",
        )
    return found


def _known_tasks(names: list[str]) -> list[str]:
    """Refuse names of tasks that do not exist."""
    from foretell.core.task import Task

    return [str(Task.parse(name).name) for name in names]


def _write(study: Path, found: list[Inspection], wanted: list[str]) -> None:
    from foretell.bench.store import write_text
    from foretell.bench.study_file import parse_study
    from foretell.core.registry import find
    from foretell.data.inspect.study import possible_tasks, study_text

    splits = {}
    for inspection in found:
        tried = [_planned(inspection, verdict) for verdict in possible_tasks(inspection, wanted)]
        splits[inspection.name] = [planned for planned in tried if planned is not None]
        if not splits[inspection.name]:
            asked = " or ".join(wanted) or "no task"
            raise BadStudy(
                f"'{inspection.name}' allows nothing to be asked ({asked})",
                f"foretell data inspect {inspection.file} says what can be asked, and why not",
            )
    text = study_text(
        found,
        path=str(study),
        name=study.stem,
        models=_offers(),
        metrics=find("metrics").names,
        splits=splits,
    )
    parse_study(text, name=study.stem)  # what cannot be read back is not written
    write_text(study, text)


def _planned(inspection: Inspection, verdict: Verdict) -> Planned | None:
    """Divide the labels, with more folds where few leave nothing to train on; None if none do."""
    from foretell.core.errors import ForetellError
    from foretell.data.inspect.study import SEED, Planned
    from foretell.splits.make import make, task_files

    if inspection.dataset is None or verdict.task.name not in task_files():
        return None
    repeats = 3 if verdict.n_conditions < FEW_CONDITIONS else 1
    asked: dict[str, Any] = {"repeats": repeats, "seed": SEED, "allow_leaks": True}
    for folds in FOLDS:
        folds = max(2, min(folds, verdict.n_units))
        try:
            splits = make(inspection.dataset, verdict.task, folds=folds, **asked)
        except ForetellError:
            continue
        tested = {c for split in splits for c in split.test}
        return Planned(verdict, folds, repeats, len(tested))
    return None


def _offers() -> list[Offer]:
    """Models of the registry, with the reason where one cannot be run as it stands."""
    from foretell.core.errors import ForetellError
    from foretell.core.registry import find
    from foretell.data.inspect.study import Offer

    offers = []
    for entry in find("models"):
        info = entry.info
        if info is None:
            continue
        why_not = entry.problem
        if not why_not:
            try:
                find("models").make(entry.name)
            except (ForetellError, TypeError, ValueError):
                why_not = f"needs fields: foretell models show {entry.name}"
        if not why_not and info.knowledge:
            why_not = f"needs {', '.join(info.knowledge)}"
        offers.append(Offer(entry.name, info.family, info.summary, tuple(info.tasks), why_not))
    return offers


def _say(study: Path, found: list[Inspection]) -> None:
    typer.echo(f"study: {study}")
    for inspection in found:
        for guess in inspection.unclear:
            why = guess.evidence[-1] if guess.evidence else "not told by the file"
            typer.echo(f"decide: {guess.what} of {inspection.name}: {why}")
        for remark in inspection.remarks:
            if remark.level == "warning":
                typer.echo(f"{remark.level}: {inspection.name}: {remark.text}")
    typer.echo(f"next: foretell bench {study}")
