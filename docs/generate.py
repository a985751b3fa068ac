"""The reference, written from the registry: one card per model, metric, split and so on.

Nothing here is a list that somebody has to edit: a card exists because its file exists. What the
registry could not import gets a card too, with the error, and a warning that stops the build.
"""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import re
import shutil
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import Any

from sphinx.util import logging

import foretell.contract.gaming
from foretell.contract.gaming import MEANINGS
from foretell.core import registry
from foretell.core.registry import Entry
from foretell.splits.rules import rule_files

logger = logging.getLogger(__name__)

USAGE = {"models": "foretell fit {name} --help"}
SECTION = re.compile(r"^(?P<title>\S[^\n]*)\n-{3,}\s*$", re.MULTILINE)
FIELD = re.compile(r"^(?P<name>[\w, ]+) : (?P<meaning>.+)$", re.MULTILINE)
MARKUP = re.compile(r"\|(?=\w[^|\n]*\|)|(?<=\w)_(?=[\s.,;:)]|$)")
CODE = re.compile(r"(`+[^`]*`+)")
KEY = re.compile(r"[a-z]+[0-9]{4}[a-z]*")
NOTHING = (None, "", (), frozenset())


def write(folder: Path) -> None:
    """Write the whole reference below `folder`, replacing what was there."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    keys = read_keys(folder.parent / "references.bib")
    kinds = {kind: list(registry.find(kind)) for kind in registry.KINDS}
    kinds["splits"] = list(splits())
    pages = [kind for kind, entries in kinds.items() if entries]
    for kind in pages:
        write_kind(folder / kind, kind, kinds[kind], keys)
    put(folder / "gaming.md", gaming(kinds["metrics"]))
    lines = ["# Reference", "", "Written from the registry when the documentation is built.", ""]
    lines += toctree([f"{kind}/index" for kind in pages] + ["gaming", "citations"])
    put(folder / "index.md", lines)
    put(folder / "citations.md", ["# Citations", "", "```{bibliography}", ":all:", "```"])


def gaming(metrics: list[Entry]) -> list[str]:
    """Which transformations of an answer each metric does not withstand, as its card declares."""
    names = list(MEANINGS)
    known = [m.info for m in metrics if not m.problem and m.info.level != "network"]
    lines = ["# Gaming", "", *docstring(inspect.getdoc(foretell.contract.gaming) or "")]
    lines += ["A cross: not `ok`. The tests hold every metric to exactly these.", ""]
    lines += ["| | what is done to the answer |", "|---|---|"]
    lines += [f"| {name} | {cell(MEANINGS[name])} |" for name in names] + [""]
    lines += ["| metric | " + " | ".join(n.replace("_", " ") for n in names) + " |"]
    lines += ["|---" * (len(names) + 1) + "|"]
    for m in known:
        marks = ["x" if name in m.fails else "" for name in names]
        lines.append(f"| [{m.name}](metrics/{slug(m.name)}.md) | " + " | ".join(marks) + " |")
    return lines


def slug(name: str) -> str:
    """Name of a file: brackets and commas of variants become dashes."""
    return re.sub(r"[\[\],]+", "-", name).strip("-")


def splits() -> Iterator[Entry]:
    """Every split, which is a module: one file per task."""
    for name in rule_files():
        module = importlib.import_module(f"foretell.splits.{name}")
        yield Entry(name, "splits", module.__name__, module)


def write_kind(folder: Path, kind: str, entries: list[Entry], keys: set[str]) -> None:
    """Write the cards of one kind, and their index."""
    rows = ["| name | what it is |", "|---|---|"]
    for entry in entries:
        put(folder / f"{slug(entry.name)}.md", card(entry, keys))
        rows.append(f"| [{entry.name}]({slug(entry.name)}.md) | {cell(summary(entry))} |")
    lines = [f"# {kind.capitalize()}", "", f"{len(entries)} in all.", "", *rows, ""]
    put(folder / "index.md", lines + toctree([slug(entry.name) for entry in entries], hidden=True))


def card(entry: Entry, keys: set[str]) -> list[str]:
    """One page: its docstring, what it declares, its fields."""
    lines = [f"# {entry.name}", ""]
    if entry.is_error:
        logger.warning("%s cannot be imported: %s", entry.module, entry.problem)
    if entry.problem:
        lines += ["Not available where this page was written:", "", "```", entry.problem, "```", ""]
    if entry.declared is None:
        return lines
    if entry.kind in USAGE:
        lines += ["```sh", USAGE[entry.kind].format(name=entry.name), "```", ""]
    lines += docstring(entry.doc)
    lines += table("declared", declared(entry.info, keys))
    return lines + table("field", fields(getattr(entry.declared, "Options", entry.declared)))


def declared(info: Any, keys: set[str]) -> list[tuple[str, str]]:
    """Rows of the declared record; references become citations."""
    if not dataclasses.is_dataclass(info) or inspect.isclass(info):
        return []
    rows = []
    for field in dataclasses.fields(info):
        value = getattr(info, field.name)
        if value in NOTHING or callable(value):
            continue
        text = cite(value, keys) if field.name == "reference" else plain(value)
        rows.append((field.name.replace("_", " "), text))
    return rows


def fields(cls: Any) -> list[tuple[str, str]]:
    """Rows of the hyperparameters, which are dataclass fields."""
    if not inspect.isclass(cls) or not dataclasses.is_dataclass(cls):
        return []
    rows = []
    for field in dataclasses.fields(cls):
        kind = field.type if isinstance(field.type, str) else inspect.formatannotation(field.type)
        rows.append((f"`{field.name}`", f"`{kind}`, {default_of(field)}"))
    return rows


def default_of(field: dataclasses.Field[Any]) -> str:
    """Spell the default of a field."""
    if field.default is not dataclasses.MISSING:
        return f"default {plain(field.default)}"
    if field.default_factory is not dataclasses.MISSING:
        return f"default {plain(field.default_factory())}"
    return "required"


def cite(value: Any, keys: set[str]) -> str:
    """Turn every known key in a reference into a citation."""
    text = plain(value)
    return KEY.sub(lambda k: f"{{cite:t}}`{k[0]}`" if k[0] in keys else k[0], text)


def plain(value: Any) -> str:
    """Spell a value for a table."""
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, (tuple, list, set, frozenset)):
        items = value if isinstance(value, (tuple, list)) else sorted(value, key=str)
        return ", ".join(map(plain, items)) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)


def table(title: str, rows: list[tuple[str, str]]) -> list[str]:
    """Two columns, or nothing."""
    if not rows:
        return []
    body = [f"| {cell(left)} | {cell(right)} |" for left, right in rows]
    return [f"| {title} | |", "|---|---|", *body, ""]


def docstring(text: str) -> list[str]:
    """Render a docstring: underlined titles are sections, ``name : meaning`` is a definition."""
    text = SECTION.sub(r".. rubric:: \g<title>\n", text)
    text = FIELD.sub(r"``\g<name>``\n    \g<meaning>", text)
    return ["````{eval-rst}", *protect(text.splitlines()), "````", ""] if text else []


def protect(lines: list[str]) -> Iterator[str]:
    """Escape what reads as markup but is not (shift_ and |A|), outside equations and code."""
    directive = None
    for line in lines:
        indent = len(line) - len(line.lstrip())
        if directive is not None and line.strip() and indent <= directive:
            directive = None
        if line.lstrip().startswith(".. "):
            directive = indent
        if directive is not None or line.lstrip().startswith((">>>", "...")):
            yield line
            continue
        parts = CODE.split(line)
        parts[::2] = [MARKUP.sub(r"\\\g<0>", part) for part in parts[::2]]
        yield "".join(parts)


def summary(entry: Entry) -> str:
    """First line of the docstring, or why there is none."""
    lines = entry.doc.splitlines() if entry.declared is not None else [entry.problem]
    return lines[0] if lines else ""


def read_keys(path: Path) -> set[str]:
    """Keys of the bibliography."""
    return set(re.findall(r"^@\w+\{([^,]+),", path.read_text(), re.MULTILINE))


def toctree(names: list[str], *, hidden: bool = False) -> list[str]:
    """List pages, visibly or not."""
    if not names:
        return []
    options = [":hidden:"] if hidden else [":maxdepth: 2"]
    return ["```{toctree}", *options, "", *names, "```"]


def cell(text: str) -> str:
    """Keep a text inside one cell of a table."""
    return " ".join(text.split()).replace("|", "\\|")


def put(path: Path, lines: list[str]) -> None:
    """Write lines, making the folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n")
