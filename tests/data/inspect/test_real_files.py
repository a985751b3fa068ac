"""Every h5ad file of the data path against what its README says: right, asked, or wrong."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import foretell
from foretell.core.scale import Scale
from foretell.data.inspect.inspect import inspect
from foretell.data.inspect.inspection import Inspection

DataFile = Callable[[str], Path]
EXPECTED: dict[str, dict[str, Any]] = tomllib.loads(
    (Path(__file__).parent / "expected.toml").read_text("utf-8")
)
DEFAULTS = {
    "perturbation": "perturbation",
    "control": ["control"],
    "context": ["cell_type"],
    "no_call": [],
}
# Fields that are compared where the table names them; None where it does not.
SOMETIMES = (
    "dose",
    "dose_mark",
    "horizon_h",
    "horizon_unit",
    "library_size",
    "gene_names",
    "listed",
)
RELATIVE_WITHOUT_CONTROL = ("log_ratio", "z", "rank", "sign")


def differences(found: Inspection, wanted: dict[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    """Yield (what, found, wanted) where a guess is not what the README says."""
    screen = wanted.get("screen", "screen")
    if found.guesses["screen"].value != screen:
        yield "screen", found.guesses["screen"].value, screen
    if screen != "screen":
        return
    value = {name: guess.value for name, guess in found.guesses.items()}
    for name, default in DEFAULTS.items():
        right = wanted.get(name, default)
        empty = name == "control" and not value.get(name) and not _has_controls(found, wanted)
        if sorted_(value.get(name)) != sorted_(right) and not empty:
            yield name, value.get(name), right
    if Scale(value["scale"]).family != wanted["scale"]:
        yield "scale", value["scale"], wanted["scale"]
    for name in ("observation", "censored"):
        if (value.get(name) or "") != wanted.get(name, ""):
            yield name, value.get(name), wanted.get(name, "")
    for name in SOMETIMES:
        if name in wanted and value.get(name) != wanted[name]:
            yield name, value.get(name), wanted[name]
    yield from _joined(found, value.get("delimiter"), wanted)


def _joined(
    found: Inspection, delimiter: str | None, wanted: dict[str, Any]
) -> Iterator[tuple[str, Any, Any]]:
    combined = found.judgement.n_combined if found.judgement else 0
    if wanted.get("none_joined"):
        if combined:
            yield "delimiter", f"{combined} combined", "none"
    elif delimiter != wanted.get("delimiter", "+") or not combined:
        yield "delimiter", delimiter, wanted.get("delimiter", "+")


def sorted_(value: Any) -> Any:
    return sorted(value) if isinstance(value, list) else value


def _has_controls(found: Inspection, wanted: dict[str, Any]) -> bool:
    """A relative file without controls, and one that marks them in a column, name no label."""
    marked = found.guesses["is_control"].value is not None
    return not marked and wanted["scale"] not in RELATIVE_WITHOUT_CONTROL and "loads" not in wanted


def verdict(found: Inspection, wanted: dict[str, Any]) -> tuple[str, str]:
    """Return right, asked or wrong, and a note."""
    asked = set(wanted.get("asked", ()))
    unclear = {guess.what for guess in found.unclear} if wanted.get("screen") is None else set()
    wrong = [
        f"{what}: {got!r}, not {right!r}"
        for what, got, right in differences(found, wanted)
        if what not in asked
    ]
    wrong += [f"{what} should be asked" for what in sorted(asked - unclear)]
    wrong += [f"{what} is asked without need" for what in sorted(unclear - asked)]
    if wanted.get("screen") is None and found.is_usable != wanted.get("loads", True):
        wrong.append("; ".join(r.text for r in found.remarks if r.level == "error"))
    if wrong:
        return "wrong", "; ".join(wrong)
    return ("asked", ", ".join(sorted(asked))) if asked else ("right", "")


def table() -> list[tuple[str, str, str]]:
    """Return (file, verdict, note) of every file of the data path that the table knows."""
    from foretell.data.find import data_files

    paths = {path.stem: path for path in data_files() if path.suffix == ".h5ad"}
    known = [name for name in EXPECTED if name in paths]
    return [(n, *verdict(inspect(paths[n], quick=True), EXPECTED[n])) for n in known]


@pytest.mark.parametrize("name", EXPECTED)
def test_a_real_file_is_read_as_its_readme_says(name: str, data_file: DataFile) -> None:
    found = inspect(data_file(f"{name}.h5ad"), quick=True)
    judged, note = verdict(found, EXPECTED[name])
    assert judged != "wrong", note


@pytest.mark.parametrize("name", [n for n, e in EXPECTED.items() if "screen" not in e])
def test_the_mapping_of_a_real_file_loads_with_its_values(name: str, data_file: DataFile) -> None:
    found = inspect(data_file(f"{name}.h5ad"), quick=True)
    if not EXPECTED[name].get("loads", True):
        assert not found.is_usable
        return
    dataset = foretell.load(data_file(f"{name}.h5ad"), **found.columns)
    assert found.judgement is not None
    assert len(dataset.perturbed) == found.judgement.n_conditions
    assert dataset.n_obs == found.judgement.n_obs


@pytest.mark.data
def test_the_expected_table_knows_every_file(data_file: DataFile) -> None:
    from foretell.data.find import data_files

    data_file("crispr_norman2019_k562_500hvg.h5ad")  # skips without data
    unknown = {p.stem for p in data_files() if p.suffix == ".h5ad"} - set(EXPECTED)
    assert not unknown


if __name__ == "__main__":
    for row in table():
        print(f"{row[0]:50} {row[1]:6} {row[2]}")  # noqa: T201
