"""Outcome: what inspect, load and the command line made of a case, and whether that is right."""

from __future__ import annotations

import traceback
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from corpus.case import Asks, Case, NoScreen, Reads, Refused
from corpus.quiet import Slow, quiet, state_of
from foretell.core.errors import ForetellError

if TYPE_CHECKING:
    from foretell.core.dataset import Dataset
    from foretell.data.inspect.inspection import Inspection

__all__ = ["Outcome", "bad_error", "problems", "run", "written_down"]


BY_ROWS = "cache/by_rows"  # the copy of a matrix stored by genes, for reading from disk


@dataclass
class Outcome:
    """What happened.

    Parameters
    ----------
    found, dataset : what inspect and load returned.
    errors : errors of ours, first that of inspect.
    faults : everything that must never happen.
    """

    found: Inspection | None = None
    dataset: Dataset | None = None
    errors: list[ForetellError] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    folder: str = ""

    def __str__(self) -> str:
        return self._text().replace(f"{self.folder}/", "").replace(self.folder, "")

    def _text(self) -> str:
        if self.faults:
            return "FAULT: " + "; ".join(self.faults)
        if self.dataset is not None and self.found is not None:
            asked = [f"asks about `{g.what}`" for g in self.found.unclear]
            n = len(self.dataset.perturbed)
            return ", ".join([f"read: {n} conditions", *asked])
        if self.found is not None and not self.found.is_screen:
            screen = self.found.guesses["screen"]
            return f"no screen ({screen.value}): {screen.evidence[0]}"
        if self.errors:
            return f"{type(self.errors[0]).__name__}: {self.errors[0].problem}"
        return "nothing happened"


def run(case: Case, folder: Path) -> Outcome:
    """Write the file, look at it and load it, in folders that must stay as they are."""
    given = folder / "given"
    given.mkdir(parents=True)
    path = given / case.file
    case.write(path)
    outcome = Outcome(folder=str(given))
    before = state_of(given)
    with quiet(folder) as untouched:
        empty = state_of(untouched)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            _look(case, path, outcome)
        new = set(state_of(untouched)) - set(empty)
        outcome.faults += [f"wrote {name}" for name in new if not name.startswith(BY_ROWS)]
    after = state_of(given)
    outcome.faults += [
        f"changed {name}" for name in {*before, *after} if before.get(name) != after.get(name)
    ]
    return outcome


def _look(case: Case, path: Path, outcome: Outcome) -> None:
    from foretell.data.inspect.inspect import inspect
    from foretell.data.load import load

    outcome.found = _called(outcome, "inspect", inspect, path, layout=case.layout, said=case.said)
    columns, layout = dict(case.said), case.layout
    if outcome.found is not None:
        outcome.faults += written_down(outcome.found)
        columns, layout = outcome.found.columns, outcome.found.layout
        if not outcome.found.is_screen:
            return
    outcome.dataset = _called(outcome, "load", load, path, layout=layout, **columns)
    given = {"on_disk": True, "layout": layout} | columns
    outcome.faults += _differs(outcome, lambda: load(path, **given).profiles())


def _differs(outcome: Outcome, again: Callable[[], Any]) -> list[str]:
    """The same mean profiles come from disk as from memory, where it may stay on disk at all."""
    import numpy as np

    means = None
    if outcome.dataset is not None:
        means = _called(outcome, "profiles", outcome.dataset.profiles)
    n = len(outcome.errors)
    stored = _called(outcome, "load from disk", again)
    del outcome.errors[n:]
    if means is None or stored is None:
        return []
    same = means.Y.shape == stored.Y.shape and np.allclose(means.Y, stored.Y, equal_nan=True)
    return [] if same else ["other means from disk than from memory"]


def _called(outcome: Outcome, what: str, function: Any, *arguments: Any, **named: Any) -> Any:
    try:
        return function(*arguments, **named)
    except ForetellError as error:
        outcome.errors.append(error)
        outcome.faults += bad_error(error)
    except (Exception, Slow) as error:
        place = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{Path(place.filename).name}:{place.lineno}"
        outcome.faults.append(f"{what} raised {type(error).__name__}: {error} ({where})")
    return None


def bad_error(error: ForetellError) -> list[str]:
    """What is wrong with a message: it needs a way out, and must be printable on any terminal."""
    wrong = []
    if not error.way_out.strip():
        wrong.append(f"no way out: {error.problem}")
    try:
        str(error).encode()
    except UnicodeEncodeError:
        wrong.append(f"cannot be printed: {str(error)!r}")
    if len(str(error)) > 4000:
        wrong.append(f"a message of {len(str(error))} letters: {error.problem[:80]}")
    return wrong


def written_down(found: Inspection) -> list[str]:
    """Every answer has to become JSON, TOML and a command, whatever the labels are."""
    import json
    import tomllib

    try:
        json.dumps(found.to_dict(), default=str).encode()
        str(found.command).encode()
        str(found.python).encode()
        tomllib.loads(found.toml)
    except Exception as error:
        return [f"cannot be written down: {type(error).__name__}: {error}"]
    lacking = [r.text for r in found.remarks if r.level == "error" and not r.way_out.strip()]
    return [f"no way out: {text}" for text in lacking]


def problems(case: Case, outcome: Outcome) -> list[str]:
    """Compare with what was expected; nothing where all is well."""
    wrong = list(outcome.faults)
    if isinstance(case.expected, Reads):
        wrong += _not_read(case.expected, outcome)
    if isinstance(case.expected, Asks):
        wrong += _not_asked(case.expected, outcome)
    if isinstance(case.expected, NoScreen):
        wrong += _taken_for_a_screen(case.expected, outcome)
    if isinstance(case.expected, Refused):
        wrong += _not_refused(case.expected, outcome)
    return wrong


def _not_read(expected: Reads, outcome: Outcome) -> list[str]:
    found, dataset = outcome.found, outcome.dataset
    if found is None or dataset is None:
        return [f"not read: {e}" for e in outcome.errors] or [f"not read: {_said(found)}"]
    wrong = [f"unclear: {g.what} {g.evidence}" for g in found.unclear]
    wrong += [f"error: {r.text}" for r in found.remarks if r.level == "error"]
    chosen = {"perturbation": found.columns.get("perturbation")}
    wanted: dict[str, Any] = {"perturbation": expected.perturbation} | expected.columns
    if expected.control is not None:
        wanted["control"] = sorted(_list(expected.control))
        chosen["control"] = sorted(_list(dataset.mapping.control))
    for name, value in wanted.items():
        actual = chosen.get(name, found.columns.get(name))
        if actual != value:
            wrong.append(f"{name} is {actual!r}, not {value!r}")
    labels = {str(c.perturbation) for c in dataset.perturbed}
    wrong += [f"no condition {label}, but {labels}" for label in {*expected.labels} - labels]
    for what, n, actual in (
        ("conditions", expected.n, len(dataset.perturbed)),
        ("genes", expected.genes, len(dataset.genes)),
    ):
        if n is not None and n != actual:
            wrong.append(f"{actual} {what}, not {n}: {labels}")
    return wrong + _unsaid(expected.words, _said(found))


def _not_asked(expected: Asks, outcome: Outcome) -> list[str]:
    found = outcome.found
    if found is None:
        return [f"not read: {e}" for e in outcome.errors]
    guesses = {g.what: g for g in found.unclear}
    if expected.about not in guesses:
        return [f"does not ask about {expected.about}, but {sorted(guesses)}: {_said(found)}"]
    guess = guesses[expected.about]
    wrong = _unsaid(expected.words, " ".join([*guess.evidence, *guess.alternatives]))
    if expected.n is not None:
        n = -1 if outcome.dataset is None else len(outcome.dataset.perturbed)
        wrong += [f"{n} conditions, not {expected.n}"] if n != expected.n else []
    return wrong


def _taken_for_a_screen(expected: NoScreen, outcome: Outcome) -> list[str]:
    found = outcome.found
    if found is None:
        return [f"not read: {e}" for e in outcome.errors]
    if found.is_screen:
        return [f"is taken for a screen: {found.columns}"]
    return _unsaid(expected.words, " ".join(found.guesses["screen"].evidence))


def _not_refused(expected: Refused, outcome: Outcome) -> list[str]:
    if outcome.dataset is not None:
        return [f"was read: {len(outcome.dataset.perturbed)} conditions, {_said(outcome.found)}"]
    found = outcome.found
    remarks = [r for r in found.remarks if r.level == "error"] if found is not None else []
    texts = [f"{r.text} {r.way_out}" for r in remarks] + [str(e) for e in outcome.errors]
    wrong = _unsaid(expected.words, " ".join(texts))
    if found is not None and found.is_screen and not remarks:
        wrong.append(f"inspect saw nothing wrong, load said {outcome.errors}")
    if not any(isinstance(error, expected.kind) for error in outcome.errors):
        kinds = [type(error).__name__ for error in outcome.errors]
        wrong.append(f"{kinds}, not {expected.kind.__name__}: {texts or _said(found)}")
    return wrong


def _list(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def _said(found: Inspection | None) -> str:
    if found is None:
        return ""
    guesses = [" ".join([*g.evidence, *g.alternatives]) for g in found.guesses.values()]
    return " ".join([*guesses, *(f"{r.text} {r.way_out}" for r in found.remarks)])


def _unsaid(words: tuple[str, ...], text: str) -> list[str]:
    return [f"does not say '{word}': {text[:600]}" for word in words if word not in text]
