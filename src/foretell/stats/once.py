"""Once: an attribute that is computed when it is first asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar, overload

__all__ = ["once"]

T = TypeVar("T")


class once(Generic[T]):  # noqa: N801 - it is used as a decorator, like `property`
    """Compute an attribute on first use, without a lock.

    `functools.cached_property` of Python 3.11 lets one thread at a time compute an attribute of
    any instance of a class, so that sorting would use one core. Two threads that ask the same
    instance at the same time compute it twice, and get the same.

    >>> class Square:
    ...     side = 3
    ...
    ...     @once
    ...     def area(self) -> int:
    ...         return self.side**2
    >>> Square().area
    9
    """

    def __init__(self, make: Callable[[Any], T]) -> None:
        self.make = make
        self.__doc__ = make.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, instance: None, owner: type) -> once[T]: ...

    @overload
    def __get__(self, instance: object, owner: type) -> T: ...

    def __get__(self, instance: object | None, owner: type) -> once[T] | T:
        if instance is None:
            return self
        made = instance.__dict__[self.name] = self.make(instance)
        return made
