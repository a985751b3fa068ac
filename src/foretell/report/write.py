"""Write: one self-contained HTML file from the tables of a study."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from foretell.bench.store import write_text
from foretell.report.bands import bands
from foretell.report.boards import boards
from foretell.report.claims import asked
from foretell.report.conditions import conditions
from foretell.report.costs import costs
from foretell.report.divisions import divisions
from foretell.report.failures import failures
from foretell.report.origins import facts_of, study_text
from foretell.report.page import render_page
from foretell.report.panels import MIN_CONDITIONS, blocks_of
from foretell.report.scope import scopes

if TYPE_CHECKING:
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
    data = conditions(results, blocks)
    return render_page(
        "report.html",
        styles="report.css",
        script="report.js",
        data=data,
        title=f"{results.study['name']} – Foretell report",
        version=results.study["versions"]["foretell"],
        study=results.study,
        asked=asked(results, blocks),
        boards=boards(results, blocks),
        scopes=scopes(results, blocks),
        bands=bands(results),
        divisions=divisions(results, blocks),
        failures=failures(results, blocks),
        costs=costs(results, blocks),
        datasets=[(card, facts_of(card)) for card in results.study["datasets"]],
        text=study_text(results),
        n_fits=len(results.runs),
        has_conditions=bool(data["blocks"]),
        is_cut=data["is_cut"],
        min_conditions=MIN_CONDITIONS,
    )
