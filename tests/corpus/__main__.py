"""Run every case and write what was expected and what happened as a table."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import warnings
from pathlib import Path

from corpus.case import Case, all_cases
from corpus.outcome import Outcome, problems, run

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "corpus.md"
HEAD = """\
---
orphan: true
---

# Odd and broken files, and what happens to them

Every file below is written by a function in `tests/corpus/themes`, looked at with `inspect` and
loaded with what inspect found. None may raise anything but an error of ours with a way out, hang,
or change or write a file. Names, labels and values are checked in memory and from disk; a matrix
that may stay on disk has to give the same means from there. This page is written by

```sh
PYTHONPATH=tests python -m corpus
```

`tests/corpus/test_fuzz.py` goes on where people's mistakes end: it flips, cuts, copies and blanks
bytes, changes groups, types and attributes, and draws labels and mappings at random.

Two things cannot be prevented. Some damaged bytes send the HDF5 library round in circles: nothing
in the same process can stop it, and the fuzz tests only count how often it happens. And where a
file holds no check sums, a value that was changed to another possible one is read as it stands:
compare the file's sum with that of its source.

"""


def main() -> int:
    """Return how many cases went wrong; print each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("words", nargs="*", help="only cases with one of these words in their name")
    parser.add_argument("--to", type=Path, default=None, help="file to write")
    given = parser.parse_args()
    cases = [c for c in all_cases() if not given.words or _named(c, given.words)]
    rows = []
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as folder:
        for i, case in enumerate(cases):
            outcome = None if _skipped(case) else run(case, Path(folder) / str(i))
            wrong = [] if outcome is None else problems(case, outcome)
            for line in wrong:
                sys.stdout.write(f"{case.theme}.{case.name}: {line}\n")
            rows.append((case, outcome, wrong))
    n_wrong = sum(bool(wrong) for _, _, wrong in rows)
    sys.stdout.write(f"{len(rows)} cases, {n_wrong} not as expected\n")
    if not given.words:
        (given.to or DOCUMENT).write_text(HEAD + _tables(rows), encoding="utf-8")
    return min(n_wrong, 100)


def _named(case: Case, words: list[str]) -> bool:
    return any(word in f"{case.theme}.{case.name}" for word in words)


def _skipped(case: Case) -> bool:
    return case.as_user and os.geteuid() == 0


def _tables(rows: list[tuple[Case, Outcome | None, list[str]]]) -> str:
    counts = {"read": 0, "asked about": 0, "no screen": 0, "refused": 0}
    for case, _, _ in rows:
        counts[_KIND[type(case.expected).__name__]] += 1
    lines = [f"{len(rows)} files: " + ", ".join(f"{n} {what}" for what, n in counts.items()) + "."]
    for theme in dict.fromkeys(case.theme for case, _, _ in rows):
        lines += ["", f"## {theme.capitalize()}", ""]
        lines += ["| file | expected | what happened |", "|---|---|---|"]
        for case, outcome, wrong in rows:
            if case.theme == theme:
                happened = "not run by the administrator" if outcome is None else str(outcome)
                mark = "**not as expected**: " if wrong else ""
                cells = (case.what, str(case.expected), mark + happened)
                lines.append("| " + " | ".join(map(_cell, cells)) + " |")
    return "\n".join(lines) + "\n"


_KIND = {"Reads": "read", "Asks": "asked about", "NoScreen": "no screen", "Refused": "refused"}


def _cell(text: str) -> str:
    """Write a text into a cell: no line breaks, no markup, nothing that is not seen."""
    plain = "".join(ch if ch.isprintable() else " " for ch in text)
    for mark in "\\|<>*_[]":
        plain = plain.replace(mark, f"\\{mark}") if mark != "`" else plain
    return plain if len(plain) < 300 else plain[:297].rstrip("\\") + "..."


if __name__ == "__main__":
    raise SystemExit(main())
