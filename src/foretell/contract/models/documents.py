"""Documents: docstring and record say what a reader, a table and a citation need."""

from __future__ import annotations

import inspect
import re
from dataclasses import fields

from foretell.contract.errors import require
from foretell.contract.references import require_known, source_keys
from foretell.core.model import Model
from foretell.core.registry import EXTRAS, find

__all__ = [
    "check_docstring_has_every_section",
    "check_fields_are_documented",
    "check_names_match_the_file",
    "check_record_is_complete",
    "check_references_resolve",
]

SECTIONS = {
    "a summary line that ends with a full stop": r"\A\S.*\.\n",
    "the model as a formula (`.. math::`)": r"\.\. math::|^Model\n-----",
    "what happens to the unseen ('Unseen ...' or 'fallback')": r"(?i)unseen|fall(s|ing)?[ -]?back",
    "the cost ('Cost: O(...)')": r"Cost: *O\(",
    "the source ('Source: key')": r"Source: *\S",
}
LEVELS, OUTPUTS = ("profiles", "cells"), ("mean", "cells", "interval")
HOME = "foretell.models."


def check_docstring_has_every_section(model: Model) -> None:
    """Require summary, formula, what happens to the unseen, cost and source."""
    doc = f"{inspect.getdoc(type(model)) or ''}\n"
    missing = [what for what, how in SECTIONS.items() if not re.search(how, doc, re.MULTILINE)]
    require(
        not missing,
        f"the docstring lacks {'; '.join(missing)}",
        "docs/templates/model.py shows every section",
    )


def check_fields_are_documented(model: Model) -> None:
    """Require a line ``name : meaning`` for every field but the seed."""
    doc = inspect.getdoc(type(model)) or ""
    listed = re.findall(r"^([\w, ]+) : ", doc, re.MULTILINE)
    known = {name.strip() for names in listed for name in names.split(",")}
    missing = [f.name for f in fields(model) if f.name != "seed" and f.name not in known]
    require(
        not missing,
        f"fields without a line under Parameters: {', '.join(missing)}",
        "write `name : meaning, range and unit`",
    )


def check_references_resolve(model: Model) -> None:
    """Require that declared reference and sources of the docstring are in the bibliography."""
    declared = [model.info.reference] if model.info.reference else []
    require_known(declared + source_keys(inspect.getdoc(type(model)) or ""))


def check_names_match_the_file(model: Model) -> None:
    """Require that `info.name` is the file's name and `info.family` the folder's."""
    info, module = model.info, type(model).__module__
    if module == "__main__":
        return  # written in a notebook or a script
    *_, folder, file = ["", *module.split(".")]
    require(
        info.name == file and info.family in (folder, ""),
        f"name '{info.name}' and family '{info.family}' in the file {folder}/{file}.py",
        "name the file like the model, and its folder like the family",
    )
    if module.startswith(HOME):
        require(
            find("models")[info.name] is type(model),
            f"the registry knows another class as '{info.name}'",
            "one file declares one model",
        )


def check_record_is_complete(model: Model) -> None:
    """Require a summary, tasks, and values that tables and the registry understand."""
    info = model.info
    wrong = {
        "summary (one line)": not info.summary or "\n" in info.summary,
        "tasks (at least one)": not info.tasks,
        f"level (one of {LEVELS})": info.level not in LEVELS,
        f"outputs (of {OUTPUTS}, with mean)": not {"mean"} <= set(info.outputs) <= set(OUTPUTS),
        f"extras (of {tuple(EXTRAS)})": not set(info.extras) <= set(EXTRAS),
        "saves (state or profiles)": info.saves not in ("state", "profiles"),
    }
    found = [what for what, is_wrong in wrong.items() if is_wrong]
    require(not found, f"`info` needs {'; '.join(found)}", "see `ModelInfo`")
