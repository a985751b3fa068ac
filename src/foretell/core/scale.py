"""Scale: what the numbers of a data set are."""

from __future__ import annotations

from dataclasses import dataclass

from foretell.core.errors import BadMapping, did_you_mean

__all__ = ["ABSOLUTE", "RELATIVE", "Scale"]

ABSOLUTE = ("counts", "normalized", "log1p", "intensity")
RELATIVE = ("log_ratio", "z", "rank", "sign")


@dataclass(frozen=True)
class Scale:
    """Absolute (``counts``, ``log1p``, ``log1p_cp10k``, ...) or relative (``log_ratio``, ...).

    A relative scale has an implicit noiseless control of 0, may be negative, and may hold NaN,
    which means "not measured".

    >>> Scale("log1p_cp10k").is_relative, Scale("z").is_relative
    (False, True)
    """

    name: str

    def __post_init__(self) -> None:
        if self.family not in ABSOLUTE + RELATIVE:
            raise BadMapping(
                f"unknown scale '{self.name}'", did_you_mean(self.name, ABSOLUTE + RELATIVE)
            )

    @property
    def family(self) -> str:
        """The scale without its variant: ``log1p`` for ``log1p_cp10k``."""
        return "log1p" if self.name.startswith("log1p_") else self.name

    @property
    def is_relative(self) -> bool:
        """True where every value is already a difference from control."""
        return self.family in RELATIVE

    @property
    def is_counts(self) -> bool:
        """True for raw counts."""
        return self.family == "counts"

    def __str__(self) -> str:
        return self.name
