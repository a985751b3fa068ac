"""Remembered: what is made of a truth and an answer, kept for as long as both are in use."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from foretell.core.metric import Answer, Truth

__all__ = ["remembered"]

T = TypeVar("T")
Known = dict[tuple[Any, ...], Any]


def remembered(make: Callable[..., T]) -> Callable[..., T]:
    """Let a function of a truth, perhaps an answer, and plain words do its work once.

    Nothing keeps the truth or the answer alive: what was made of them goes when they go, so that
    memory is bounded by what the caller holds, however many threads score at a time. What is made
    must not refer to either.
    """
    of_truths: WeakKeyDictionary[Truth, Known] = WeakKeyDictionary()
    of_answers: WeakKeyDictionary[Truth, WeakKeyDictionary[Answer, Known]] = WeakKeyDictionary()

    @wraps(make)
    def found(truth: Truth, *rest: Any) -> T:
        if rest and isinstance(rest[0], Answer):
            by_answer = of_answers.setdefault(truth, WeakKeyDictionary())
            known, words = by_answer.setdefault(rest[0], {}), rest[1:]
        else:
            known, words = of_truths.setdefault(truth, {}), rest
        if words not in known:
            known[words] = make(truth, *rest)
        made: T = known[words]
        return made

    return found
