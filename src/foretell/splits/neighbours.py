"""Neighbours: which doses or times were seen beside the one that is asked for."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Literal, get_args

import numpy as np

from foretell.core.errors import BadStudy, did_you_mean

__all__ = ["Ask", "check_ask", "is_answerable"]

Ask = Literal["all", "interpolate", "extrapolate"]


def check_ask(ask: str) -> None:
    """Refuse what is not an `Ask`."""
    if ask not in get_args(Ask):
        raise BadStudy(f"`ask` is {ask!r}", did_you_mean(str(ask), get_args(Ask)))


def is_answerable(asked: Sequence[float], seen: Collection[Sequence[float]], ask: str) -> bool:
    """Tell whether the seen points allow the question.

    Parameters
    ----------
    asked : (d,) amounts, one per component; a time is one amount.
    seen : points of the same components at other amounts.
    ask : ``all`` needs any other point; ``interpolate`` one at or below and one at or above in
        every component; ``extrapolate`` needs all of them at or below.

    >>> is_answerable([2.0], [[1.0], [4.0]], "interpolate")
    True
    >>> is_answerable([2.0], [[1.0], [4.0]], "extrapolate")
    False
    """
    points = np.asarray([p for p in seen if tuple(p) != tuple(asked)], dtype=float)
    if not len(points):
        return False
    below = (points <= np.asarray(asked)).all(axis=1)
    above = (points >= np.asarray(asked)).all(axis=1)
    if ask == "interpolate":
        return bool(below.any() and above.any())
    return bool(below.all()) if ask == "extrapolate" else True
