"""Card text: what a data card says in words, for the page and for Markdown."""

from __future__ import annotations

import re
from typing import Any

from foretell.report.numbers import EMPTY, count, fixed, interval, plural

__all__ = ["cleaned", "facts_of", "headlines_of", "mapped", "markdown_of", "small"]

TOP = 20


def cleaned(text: str) -> str:
    """Replace half a character, which a name may hold and no file can."""
    return text.encode("utf-8", "replace").decode("utf-8")


def facts_of(card: dict[str, Any]) -> list[tuple[str, str]]:
    """Return terms and descriptions; what is unknown is left out."""
    facts = card["facts"]
    about = facts["provenance"]
    known = [
        ("Size", _size(facts)),
        ("Kinds", ", ".join(facts["kinds"])),
        ("Scale", facts["scale"]),
        ("Species", facts["species"]),
        ("Part of", facts["subset_of"]),
        ("Accession", about["accession"]),
        ("Licence", about["licence"]),
        ("Citation", about["citation"]),
        ("Checksum of the source", about["checksum"]),
        ("Fingerprint", facts["fingerprint"]),
        ("File SHA-256", facts["file_sha256"]),
        ("Software", ", ".join(f"{name} {v}" for name, v in facts["versions"].items())),
        ("Draws", f"{facts['draws']:,} permutations, seed {facts['seed']}, FDR {facts['fdr']:g}"),
    ]
    return [(term, str(text)) for term, text in known if text]


def _size(facts: dict[str, Any]) -> str:
    parts = [
        f"{facts['n_obs']:,} {facts['observation']}",
        plural(facts["n_genes"], "gene"),
        plural(facts["n_conditions"], "perturbed condition")
        + f" ({facts['n_single']:,} single, {facts['n_combined']:,} combined)",
        plural(facts["n_contexts"], "context"),
        f"{facts['n_controls']:,} control {facts['observation']}",
    ]
    return ", ".join(parts)


def mapped(card: dict[str, Any]) -> list[tuple[str, str]]:
    """Return what the mapping says, without what it leaves at nothing."""
    fields = card["facts"]["mapping"]
    return [(k, _spell(v)) for k, v in fields.items() if k != "type" and v not in (None, "", [], 0)]


def _spell(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(_spell(v) for v in value)
    return str(value)


def headlines_of(card: dict[str, Any]) -> list[tuple[str, str]]:
    """Return one sentence per question, with its numbers."""
    s, facts = card["summaries"], card["facts"]
    effects, guides, more = s["effects"], s["guides"], s["saturation"]
    what = facts["observation"]
    return [
        (
            "Effects",
            f"{effects['n_significant']:,} of {effects['n_tested']:,} conditions have an effect "
            f"beyond chance (FDR {facts['fdr']:g})."
            if effects["n_tested"]
            else f"No test: {_reason(card, 'effects')}.",
        ),
        (
            "Targets",
            _about_targets(card),
        ),
        (
            "Guides",
            f"Guides of one target correlate by {fixed(guides['mean'])} "
            f"{interval(guides['low'], guides['high'])} on average, guides of different targets "
            f"by {fixed(guides['null_mean'])}."
            if guides["n"]
            else f"Not compared: {_reason(card, 'guides')}.",
        ),
        (
            "Reproducibility",
            f"A repetition would correlate by {fixed(more['mean'])} "
            f"{interval(more['low'], more['high'])} on average; more {what} would help "
            f"{more['n_more_help']:,} of {more['n']:,} conditions."
            if more["n"]
            else f"Not measured: {_reason(card, 'saturation')}.",
        ),
    ]


def _about_targets(card: dict[str, Any]) -> str:
    t = card["summaries"]["targets"]
    if t["n_judged"]:
        return (
            f"{t['n_moved']:,} of {t['n_judged']:,} targets that could be judged moved as "
            f"expected; {t['n_measured']:,} of {t['n']:,} are among the genes."
        )
    why = _reason(card, "targets")
    if t["n_direction"]:
        return (
            f"{t['n_as_expected']:,} of {t['n_direction']:,} measured targets lie on the expected "
            f"side of the control ({why})."
        )
    return f"No target could be judged: {why}."


def _reason(card: dict[str, Any], table: str) -> str:
    """Most frequent reason of a table."""
    reasons = [row["reason"] for row in card["tables"][table] if row["reason"]]
    return max(set(reasons), key=lambda r: (reasons.count(r), r)) if reasons else "nothing to judge"


def markdown_of(card: dict[str, Any]) -> str:
    """Write the card as Markdown, with the strongest conditions in a table."""
    facts = card["facts"]
    lines = [f"# {_safe(facts['name'])}: data card", ""]
    lines += [f"- **{term}**: {_safe(text)}" for term, text in facts_of(card)]
    lines += ["", "## What it is worth", ""]
    lines += [f"- **{term}**: {_safe(text)}" for term, text in headlines_of(card)]
    if card["warnings"]:
        lines += ["", "## Warnings", "", *(f"- {_safe(text)}" for text in card["warnings"])]
    lines += ["", "## What can be judged", "", "| task | possible | conditions | why |"]
    lines += ["|---|---|---:|---|"]
    for task in card["tasks"]:
        yes = "yes" if task["possible"] else "no"
        cells = (task["task"], yes, count(task["n"]), task["why"])
        lines.append("| " + " | ".join(_safe(c) for c in cells) + " |")
    lines += ["", "## Columns", ""]
    lines += [f"- `{key}`: {_safe(value)}" for key, value in mapped(card)]
    if facts["dropped"]:
        lines += ["", "## Dropped", ""]
        lines += [f"- {_safe(why)}: {n:,}" for why, n in facts["dropped"].items()]
    if facts["n_merged"]:
        lines += ["", f"## Labels that mean the same ({facts['n_merged']:,})", ""]
        lines += [f"- {_safe(text)}" for text in facts["merged"]]
    lines += ["", "## Contexts", "", "| context | controls | perturbed | conditions |"]
    lines += ["|---|---:|---:|---:|"]
    for row in card["tables"]["contexts"]:
        numbers = (count(row[k]) for k in ("n_control", "n_perturbed", "n_conditions"))
        lines.append(f"| {_safe(row['context'])} | " + " | ".join(numbers) + " |")
    return "\n".join([*lines, *_strongest(card), ""])


def _strongest(card: dict[str, Any]) -> list[str]:
    rows = [r for r in card["tables"]["effects"] if r["strength"] is not None]
    if not rows:
        return []
    rows = sorted(rows, key=lambda r: -r["strength"])[:TOP]
    lines = ["", f"## Strongest conditions ({len(rows)} of {len(card['tables']['effects'])})", ""]
    lines += ["| condition | n | strength | genes | q |", "|---|---:|---:|---:|---:|"]
    for r in rows:
        numbers = (count(r["n"]), fixed(r["strength"], 3), count(r["n_de"]), small(r["q"]))
        lines.append(f"| {_safe(r['condition'])} | " + " | ".join(numbers) + " |")
    return lines


def _safe(value: Any) -> str:
    """Escape what Markdown or the HTML inside it would read as markup; one line."""
    text = re.sub(r"[\s\u2028\u2029]+", " ", str(EMPTY if value is None else value)).strip()
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"([\\`*_\[\]|!])", r"\\\1", text)


def small(p: float | None) -> str:
    """Write a p-value; what is smaller than four decimals show is said to be.

    >>> small(0.01234), small(1e-9), small(None)
    ('0.0123', '< 0.0001', '–')
    """
    return "< 0.0001" if p is not None and p < 0.0001 else fixed(p, 4)
