"""Guess: one answer about a file, with its evidence, its alternatives and how sure it is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

__all__ = ["LIKELY", "SURE", "UNCLEAR", "Guess", "Remark", "given", "least_sure"]

SURE, LIKELY, UNCLEAR = "sure", "likely", "unclear"
ORDER = (SURE, LIKELY, UNCLEAR)


@dataclass(frozen=True)
class Guess:
    """One answer.

    Parameters
    ----------
    what : field of the mapping, or another property of the file.
    value : the answer as plain JSON; None where there is none.
    confidence : ``sure``, ``likely``, or ``unclear`` where a person has to decide.
    evidence : what speaks for it, one sentence each.
    alternatives : what else it could be, and why it is not.
    """

    what: str
    value: Any = None
    confidence: str = SURE
    evidence: tuple[str, ...] = ()
    alternatives: tuple[str, ...] = ()

    def but(self, confidence: str, *evidence: str) -> Guess:
        """Return the same answer with at most this confidence, and why."""
        weaker = least_sure((self.confidence, confidence))
        return replace(self, confidence=weaker, evidence=(*self.evidence, *evidence))


@dataclass(frozen=True)
class Remark:
    """Something that a reader of the file should know.

    Parameters
    ----------
    level : ``error`` where the file cannot be used as it is, ``warning``, or ``note``.
    text : what was found.
    way_out : what to do about it.
    """

    level: str
    text: str
    way_out: str = ""


def given(what: str, value: Any) -> Guess:
    """Return what the user said; it is not doubted, only checked by building the data set."""
    return Guess(what, value, SURE, ("you said so",))


def least_sure(confidences: tuple[str, ...]) -> str:
    """Return the weakest of some confidences.

    >>> least_sure(("sure", "unclear", "likely"))
    'unclear'
    """
    return max(confidences, key=ORDER.index, default=SURE)
