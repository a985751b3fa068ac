"""Perturbation: what was done to the cells."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from foretell.core.errors import BadMapping, did_you_mean

__all__ = ["CONTROL", "KINDS", "Component", "Perturbation", "short_labels", "spell_number"]

CONTROL = "control"
KINDS = (
    "knockout",
    "interference",
    "activation",
    "overexpression",
    "compound",
    "ligand",
    "mutation",
)
_SPECIAL = re.compile(r"([\\+:@~])")
_PART = re.compile(r"(?:\\.|[^\\+])+", re.DOTALL)  # what stands between two joining +
_TEXT = r"(?:\\.|[^\\:@~])+"
_LABEL = re.compile(
    rf"(?P<target>{_TEXT})"
    r"(?::(?P<kind>[a-z]+))?"
    rf"(?:@(?P<dose>[-0-9.eE]+)(?: (?P<unit>{_TEXT}))?)?"
    r"(?:~(?P<start>[-0-9.eE]+)h)?",
    re.DOTALL,
)


@dataclass(frozen=True)
class Component:
    """One target, acted on in one way.

    Parameters
    ----------
    target : gene, compound or ligand, spelled as in the data set.
    kind : one of `KINDS`, or None where the screen does not say.
    dose : amount in `unit`, or None where every cell got the same.
    unit : unit of the dose, for example ``uM``.
    start_h : hours after the start of the experiment at which it was added.
    """

    target: str
    kind: str | None = None
    dose: float | None = None
    unit: str | None = None
    start_h: float | None = None

    def __post_init__(self) -> None:
        if not self.target:
            raise BadMapping("a perturbation has an empty target", "check the labels and delimiter")
        if self.kind is not None and self.kind not in KINDS:
            raise BadMapping(
                f"unknown kind of perturbation '{self.kind}'", did_you_mean(self.kind, KINDS)
            )
        for name in ("dose", "start_h"):
            value = getattr(self, name)
            if value is not None and not math.isfinite(value):
                raise BadMapping(
                    f"'{self.target}' has the {name} {value}", "give a number, or leave it out"
                )
        if self.dose is None or not self.unit:
            object.__setattr__(self, "unit", None)

    def label(self, *, kind: bool = True, dose: bool = True, start: bool = True) -> str:
        r"""Spell the component; ``+ : @ ~ \`` inside target or unit are escaped by a backslash."""
        text = _escape(self.target)
        if kind and self.kind:
            text += f":{self.kind}"
        if dose and self.dose is not None:
            text += f"@{spell_number(self.dose)}" + (f" {_escape(self.unit)}" if self.unit else "")
        if start and self.start_h is not None:
            text += f"~{spell_number(self.start_h)}h"
        return text

    def sort_key(self) -> tuple[float, str, str, float, str]:
        """Order components by start where given, then by spelling."""
        start = -math.inf if self.start_h is None else self.start_h
        dose = -math.inf if self.dose is None else self.dose
        return start, self.target, self.kind or "", dose, self.unit or ""


@dataclass(frozen=True)
class Perturbation:
    """A set of components; none means control.

    ``a + b`` combines. Components are kept sorted, so ``A+B`` equals ``B+A``, and a component that
    is named twice counts once, so ``A+A`` equals ``A``.

    >>> Perturbation.parse("KLF1+GATA1") == Perturbation.parse("GATA1+KLF1")
    True
    >>> str(Perturbation.parse("JQ1:compound@0.5 uM"))
    'JQ1:compound@0.5 uM'
    """

    components: tuple[Component, ...] = ()

    def __post_init__(self) -> None:
        ordered = tuple(sorted(set(self.components), key=Component.sort_key))
        object.__setattr__(self, "components", ordered)

    @classmethod
    def of(cls, *targets: str, kind: str | None = None) -> Perturbation:
        """Build a perturbation of plain targets that share one kind."""
        return cls(tuple(Component(target, kind) for target in targets))

    @classmethod
    def parse(cls, label: str, *, kind: str | None = None) -> Perturbation:
        """Read a canonical label; ``control`` is the empty perturbation.

        Parameters
        ----------
        label : ``target[:kind][@dose unit]``, components joined by ``+``.
        kind : given to components whose label names none.
        """
        if label == CONTROL:
            return cls()
        if not re.fullmatch(rf"{_PART.pattern}(?:\+{_PART.pattern})*", label, re.DOTALL):
            raise BadMapping(
                f"cannot read the perturbation '{label}': a part is empty",
                "write target[:kind][@dose unit], joined by +",
            )
        return cls(tuple(_parse_component(part, kind) for part in _PART.findall(label)))

    @property
    def order(self) -> int:
        """Number of components; 0 for control."""
        return len(self.components)

    @property
    def is_control(self) -> bool:
        """True where nothing was done."""
        return not self.components

    @property
    def targets(self) -> tuple[str, ...]:
        """Distinct targets, sorted."""
        return tuple(sorted({component.target for component in self.components}))

    def parts(self) -> tuple[Perturbation, ...]:
        """Each component on its own."""
        return tuple(Perturbation((component,)) for component in self.components)

    def label(self, *, kind: bool = True, dose: bool = True, start: bool = True) -> str:
        """Spell the perturbation, leaving out what is not asked for."""
        if self.is_control:
            return CONTROL
        texts = (c.label(kind=kind, dose=dose, start=start) for c in self.components)
        text = "+".join(texts)
        return rf"\{CONTROL}" if text == CONTROL else text  # a target of that name is no control

    def __add__(self, other: Perturbation) -> Perturbation:
        return Perturbation(self.components + other.components)

    def __str__(self) -> str:
        return self.label()


def _escape(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", text)


def _unescape(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text, flags=re.DOTALL)


def spell_number(value: float) -> str:
    """Spell a number in full, so that it reads back the same, and without a ``+``.

    >>> spell_number(2.0), spell_number(0.1), spell_number(1e30)
    ('2', '0.1', '1e30')
    """
    return repr(float(value) + 0.0).removesuffix(".0").replace("e+", "e")


def _parse_component(text: str, kind: str | None) -> Component:
    match = _LABEL.fullmatch(text)
    if match is None:
        raise BadMapping(
            f"cannot read the perturbation '{text}'", "write target[:kind][@dose unit], joined by +"
        )
    found = match.groupdict()
    component = Component(
        target=_unescape(found["target"]),
        kind=found["kind"] or kind,
        dose=None if found["dose"] is None else _read_number(found["dose"], text),
        unit=None if found["unit"] is None else _unescape(found["unit"]),
    )
    return (
        component
        if found["start"] is None
        else replace(component, start_h=_read_number(found["start"], text))
    )


def _read_number(number: str, text: str) -> float:
    try:
        return float(number)
    except ValueError:
        raise BadMapping(f"'{number}' in '{text}' is not a number", "write it like 0.5") from None


def short_labels(perturbations: Iterable[Perturbation]) -> dict[Perturbation, str]:
    """Spell every perturbation in the shortest form that is unique among them.

    >>> from foretell.core.perturbation import Perturbation, short_labels
    >>> a, b = Perturbation.of("A", kind="knockout"), Perturbation.of("B", kind="knockout")
    >>> sorted(short_labels([a, b, a + b]).values())
    ['A', 'A+B', 'B']
    """
    distinct: Sequence[Perturbation] = list(dict.fromkeys(perturbations))
    for keep in ({"kind": False, "dose": False}, {"kind": False}, {"dose": False}, {}):
        labels = [p.label(**keep, start=not keep) for p in distinct]
        if len(set(labels)) == len(labels):
            return dict(zip(distinct, labels, strict=True))
    return {p: p.label() for p in distinct}
