"""References: keys in a docstring, looked up in the bibliography of a checkout."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from foretell.contract.errors import require

__all__ = ["known_keys", "require_known", "source_keys"]

BIBLIOGRAPHY = Path(__file__).resolve().parents[3] / "docs" / "references.bib"
KEY = re.compile(r"\b[a-z]+\d{4}[a-z]*\b")


@cache
def known_keys() -> frozenset[str] | None:
    """Return the keys of ``docs/references.bib``, or None where it is not installed."""
    if not BIBLIOGRAPHY.is_file():
        return None
    text = BIBLIOGRAPHY.read_text(encoding="utf-8")
    return frozenset(re.findall(r"^@\w+\{([^,\s]+)\s*,", text, flags=re.MULTILINE))


def source_keys(doc: str) -> list[str]:
    """Return the keys that a docstring names after ``Source``.

    >>> source_keys("Fits. Cost: O(n). Source: hoerl1970; allen1974 (leave-one-out).")
    ['hoerl1970', 'allen1974']
    """
    return KEY.findall(doc.partition("Source")[2])


def require_known(keys: list[str]) -> None:
    """Raise where a key is not in the bibliography; nothing to say without one."""
    known = known_keys()
    missing = [] if known is None else sorted(set(keys) - known)
    require(
        not missing,
        f"not in docs/references.bib: {', '.join(missing)}",
        "add the entry, with authors, title, journal, year and doi",
    )
