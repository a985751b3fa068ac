"""Origins: versions, hashes and everything else that a number can be traced back to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from foretell.report.numbers import fixed, plural

if TYPE_CHECKING:
    from foretell.bench.results import Results

__all__ = ["facts_of", "spell", "study_text"]

LONG = 6  # values of a list before its middle is left out


def study_text(results: Results) -> str:
    """Return the declaration of the study, or nothing where the folder lacks it."""
    file = results.folder / "study.toml"
    return file.read_text(encoding="utf-8", errors="replace") if file.is_file() else ""


def facts_of(card: dict[str, Any]) -> list[tuple[str, str]]:
    """Return what is known of a data set, as terms and descriptions."""
    provenance = card.get("provenance") or {}
    known = [
        ("Size", _size(card)),
        ("Contexts", ", ".join(card["contexts"])),
        ("Scale", str(card["scale"])),
        ("Part of", str(card.get("subset_of") or "")),
        ("Steps", "; ".join(spell(step) for step in card["steps"]) or "none"),
        ("Columns", spell(card["columns"], all_fields=False)),
        ("Accession", provenance.get("accession", "")),
        ("Licence", provenance.get("licence", "")),
        ("Citation", provenance.get("citation", "")),
        ("Checksum of the source", provenance.get("checksum", "")),
        ("Fingerprint", str(card["fingerprint"])),
        ("File SHA-256", str(card.get("file_sha256") or "")),
    ]
    return [(term, text) for term, text in known if text]


def _size(card: dict[str, Any]) -> str:
    parts = [
        f"{card['n_obs']:,} {card['observation']}",
        plural(int(card["n_genes"]), "gene"),
        plural(int(card["n_single"]), "condition") + " with one perturbation",
        f"{card['n_combined']:,} with several",
        f"{card['n_controls']:,} control {card['observation']}",
    ]
    return ", ".join(parts)


def spell(value: Any, *, all_fields: bool = True) -> str:
    """Write a described dataclass as a call, with short names and long lists cut in the middle.

    >>> spell({"type": "a.b.Ridge", "encoding": {"type": "x.Lookup"}, "penalties": [1.0, 10.0]})
    'Ridge(encoding=Lookup(), penalties=[1, 10])'
    """
    if isinstance(value, dict) and "type" in value:
        fields = {k: v for k, v in value.items() if k != "type"}
        if not all_fields:
            fields = {k: v for k, v in fields.items() if v not in (None, "", [], 0)}
        inside = ", ".join(f"{name}={spell(field)}" for name, field in fields.items())
        return f"{str(value['type']).rsplit('.', 1)[-1]}({inside})"
    if isinstance(value, dict):
        return spell(next(iter(value.values()))) if len(value) == 1 else str(value)
    if isinstance(value, list):
        return _spell_list(value)
    if isinstance(value, float):
        return f"{value:.4g}"
    return repr(value) if isinstance(value, str) else str(value)


def _spell_list(values: list[Any]) -> str:
    if len(values) <= LONG:
        return "[" + ", ".join(spell(v) for v in values) + "]"
    first, last = (spell(v) for v in (values[0], values[-1]))
    return f"[{first}, \u2026, {last}] ({len(values)} values)"


def chance_text(card: dict[str, Any]) -> str:
    """Write what an uninformative answer scores under a metric."""
    chance = card.get("chance")
    if chance is None:
        return "none"
    return str(chance) if isinstance(chance, str) else fixed(chance, 1)
