"""Errors that say what is wrong, where, and what to do next."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

__all__ = [
    "BadMapping",
    "BadModelOutput",
    "BadStudy",
    "BadValues",
    "CannotFetch",
    "EmptySplit",
    "ForetellError",
    "Leakage",
    "NoControl",
    "NotFitted",
    "StoreProblem",
    "TooFewCells",
    "UnknownName",
    "UnreadableFile",
    "did_you_mean",
    "shorten",
]


class ForetellError(Exception):
    """Base of every error that Foretell raises on purpose."""

    def __init__(self, problem: str, way_out: str = "") -> None:
        self.problem = problem
        self.way_out = way_out
        super().__init__(f"{problem}\n  -> {way_out}" if way_out else problem)

    def __reduce__(self) -> tuple[type[ForetellError], tuple[str, str]]:
        """Survive the way from a worker process to the runner."""
        return type(self), (self.problem, self.way_out)


class UnknownName(ForetellError):
    """A model, metric, column, label or field that does not exist."""


class BadMapping(ForetellError):
    """The column mapping does not fit the file."""


class BadValues(ForetellError):
    """Values that contradict the declared scale, or are not finite."""


class NoControl(ForetellError):
    """A context on an absolute scale has no control observations."""


class TooFewCells(ForetellError):
    """A condition has too few cells to be judged."""


class EmptySplit(ForetellError):
    """A split would leave train or test without conditions."""


class Leakage(ForetellError):
    """Train and test share what they must not share."""


class NotFitted(ForetellError):
    """`predict` was called before `fit`."""


class BadModelOutput(ForetellError):
    """A model broke its contract: shape, order or finiteness."""


class BadStudy(ForetellError):
    """A study file that cannot be run as written."""


class StoreProblem(ForetellError):
    """Results cannot be written or read."""


class UnreadableFile(ForetellError):
    """A data file that is missing, truncated or not what its name says."""


class CannotFetch(ForetellError):
    """A public file that cannot be fetched, or is not what was expected."""


def did_you_mean(name: str, options: Iterable[str]) -> str:
    """Return the nearest valid names as a sentence, or the list of all names.

    >>> did_you_mean("rigde", ["ridge", "additive"])
    "did you mean 'ridge'?"
    """
    valid = sorted(set(map(str, options)))
    lowered = {option.lower(): option for option in valid}
    near = difflib.get_close_matches(str(name).lower(), list(lowered), n=3, cutoff=0.6)
    if near:
        return "did you mean " + " or ".join(f"'{lowered[n]}'" for n in near) + "?"
    return f"valid: {shorten(valid)}" if valid else "there is none"


def shorten(items: Iterable[object], at_most: int = 8) -> str:
    """List items, cutting long lists with a count.

    >>> shorten("abc", at_most=2)
    'a, b, ... (3 in all)'
    """
    texts = [str(item) for item in items]
    if len(texts) <= at_most:
        return ", ".join(texts)
    return ", ".join(texts[:at_most]) + f", ... ({len(texts)} in all)"
