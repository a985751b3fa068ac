"""Context and Condition: what a user predicts for."""

from __future__ import annotations

from dataclasses import dataclass, field

from foretell.core.perturbation import Perturbation, spell_number

__all__ = ["Condition", "Context"]


@dataclass(frozen=True)
class Context:
    """Cell type or line, donor, stimulus, time: whatever controls and treated cells share.

    >>> str(Context.of(cell_type="K562"))
    'K562'
    >>> str(Context.of(cell_type="B", donor=3))
    'B, donor=3'
    >>> str(Context.of(stimulus="LPS")), str(Context.of(time_h=24))
    ('LPS', 'time_h=24')
    """

    items: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "items", tuple(sorted(self.items)))

    @classmethod
    def of(cls, **items: object) -> Context:
        """Build a context from named values; values are kept as text."""
        return cls(tuple((name, str(value)) for name, value in items.items()))

    def __getitem__(self, name: str) -> str:
        return dict(self.items)[name]

    def __str__(self) -> str:
        if not self.items:
            return "all"
        plain = [value for name, value in self.items if name.startswith("cell")]
        named = [f"{name}={value}" for name, value in self.items if not name.startswith("cell")]
        if not plain and len(named) == 1 and not _is_number(self.items[0][1]):
            return self.items[0][1]
        return ", ".join(plain + named)


def _is_number(text: str) -> bool:
    """Tell whether a value says nothing without its name: ``24`` could be hours or a donor."""
    try:
        float(text)
    except ValueError:
        return False
    return True


@dataclass(frozen=True)
class Condition:
    """A perturbation in a context: the unit of splitting, predicting and scoring.

    Parameters
    ----------
    perturbation, context : what was done, and to which cells.
    horizon_h : hours between the perturbation and the measurement, where the controls do not
        share them (a time course against one start); a time that controls share is context.
    """

    perturbation: Perturbation
    context: Context = field(default_factory=Context)
    horizon_h: float | None = None

    @property
    def is_control(self) -> bool:
        """True for untreated cells."""
        return self.perturbation.is_control

    def sort_key(self) -> tuple[str, str, float]:
        """Order that does not depend on how the data were read."""
        horizon = -1.0 if self.horizon_h is None else self.horizon_h
        return str(self.context), str(self.perturbation), horizon

    @property
    def after(self) -> str:
        """The horizon, as labels spell it: `` after 6 h``, or nothing."""
        return "" if self.horizon_h is None else f" after {spell_number(self.horizon_h)} h"

    def __str__(self) -> str:
        return f"{self.perturbation} in {self.context}{self.after}"
