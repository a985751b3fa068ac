"""Write: one self-contained HTML file from the tables of a study."""

from __future__ import annotations

import base64
import hashlib
import json
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from foretell.bench.store import write_text
from foretell.report.boards import boards
from foretell.report.claims import asked
from foretell.report.conditions import conditions
from foretell.report.costs import costs
from foretell.report.divisions import divisions
from foretell.report.failures import failures
from foretell.report.numbers import count, plural
from foretell.report.origins import chance_text, facts_of, spell, study_text
from foretell.report.panels import MIN_CONDITIONS, blocks_of
from foretell.report.scope import scopes

if TYPE_CHECKING:
    from jinja2 import Environment

    from foretell.bench.results import Results

__all__ = ["write_report"]


def write_report(results: Results, to: Path | None = None) -> Path:
    """Write the report of a study and return where it is.

    The file loads nothing: style, script, charts and data are inside it, and its content security
    policy forbids every request. It is made of the results' tables only, so that all it says can
    be recomputed from the files beside it.

    Parameters
    ----------
    results : of `foretell.bench.runner.run`, or `Results.load`.
    to : file to write; ``report.html`` in the folder of the results unless given.

    Raises
    ------
    StoreProblem
        If the file cannot be written.
    """
    path = results.folder / "report.html" if to is None else Path(to)
    write_text(path, _render(results))
    return path


def _render(results: Results) -> str:
    blocks = blocks_of(results)
    style, script = _source("report.css"), _source("report.js")
    data = conditions(results, blocks)
    template = _environment().get_template("report.html")
    html = template.render(
        study=results.study,
        asked=asked(results, blocks),
        boards=boards(results, blocks),
        scopes=scopes(results, blocks),
        divisions=divisions(results, blocks),
        failures=failures(results, blocks),
        costs=costs(results, blocks),
        datasets=[(card, facts_of(card)) for card in results.study["datasets"]],
        text=study_text(results),
        n_fits=len(results.runs),
        has_conditions=bool(data["blocks"]),
        is_cut=data["is_cut"],
        min_conditions=MIN_CONDITIONS,
        data=_embedded(data),
        style=Markup(style),
        script=Markup(script),
        policy=_policy(style, script),
    )
    return html.encode("utf-8", "replace").decode("utf-8")  # names may hold half a character


def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("foretell.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "count": count,
        "plural": plural,
        "spell": spell,
        "sentence": _sentence,
        "chance": chance_text,
    }
    return environment


def _sentence(text: str) -> str:
    """Give a phrase its capital and its stop."""
    return text[:1].upper() + text[1:] + ("" if text.endswith(".") else ".")


def _source(name: str) -> str:
    return files("foretell.report").joinpath("templates", name).read_text(encoding="utf-8")


def _embedded(data: dict[str, Any]) -> Markup:
    """Write JSON that no HTML parser can mistake for markup, whatever the names in it are."""
    text = json.dumps(data, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    for sign in "<>&":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return Markup(text)


def _policy(style: str, script: str) -> str:
    """Content security policy: this style, this script, and no request of any kind."""
    parts = (
        "default-src 'none'",
        f"style-src {_digest(style)}",
        f"script-src {_digest(script)}",
        "img-src data:",
        "base-uri 'none'",
        "form-action 'none'",
    )
    return "; ".join(parts)


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
