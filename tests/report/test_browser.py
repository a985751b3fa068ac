"""The report in a real browser: no errors, no requests, no sideways scrolling, working controls."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from foretell.report.write import write_report

pytestmark = pytest.mark.browser

LOOK = Path(__file__).with_name("look.mjs")
MODULES = Path(__file__).parents[2] / "node_modules"
PROGRAMS = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture
def look(tmp_path: Path) -> Any:
    """Open a report and return what a reader met; needs Node.js, playwright-core and Chromium."""
    node = shutil.which("node")
    chromium = next((path for path in map(shutil.which, PROGRAMS) if path), None)
    if node is None:
        pytest.skip("Node.js is not installed")
    if chromium is None:
        pytest.skip("Chromium is not installed, see `make browser`")
    if not (MODULES / "playwright-core").is_dir():
        pytest.skip("playwright-core is not installed, see `make browser`")

    def open_report(report: Path) -> dict[str, Any]:
        command = [node, str(LOOK), str(report), str(tmp_path / "shots"), chromium]
        done = subprocess.run(command, capture_output=True, text=True, timeout=180, check=False)
        assert done.returncode == 0, done.stderr
        return dict(json.loads(done.stdout))

    return open_report


def assert_quiet(seen: dict[str, Any]) -> None:
    assert seen["errors"] == []
    assert seen["requests"] == []
    assert seen["dialogs"] == []
    for width in ("400", "1400"):
        assert seen["widths"][width]["scroll"] <= int(width), seen["widths"][width]["wide"]
        assert seen["widths"][width]["wide"] == []
    nothing = {"scripts": 2, "images": 0, "handlers": 0}
    assert seen["inert"] == seen["afterwards"] == nothing


def test_controls_work_and_nothing_is_loaded(build: Any, look: Any, tmp_path: Path) -> None:
    seen = look(write_report(build()))
    assert_quiet(seen)
    steps = seen["steps"]
    assert steps["tabs"] == {
        "before": "pearson_delta",
        "clicked": "mse",
        "pressed": "pearson_delta",  # the arrow key goes round
        "visible": 1,
    }
    found = steps["explore"]
    assert found["dots"] == 12
    assert found["tally"].startswith("winner is better than floor on 12 of 12 conditions")
    assert found["other"] == {"dots": 12, "metric": "mse"}
    assert found["headAfterPick"] == found["headAfterSwap"] == "technical duplicate"
    assert found["ascending"] == [f"G{i} in A" for i in range(12)]
    assert found["descending"] == found["ascending"][::-1]
    values = [float(value.replace("\u2212", "-")) for value in found["byValue"]]
    assert values == sorted(values, reverse=True)
    assert found["sort"] == "descending"
    assert any("held-out cells" in line for line in found["tip"])
    assert found["tipByKey"] is True
    assert found["file"] == "toy-unseen_perturbation-pearson_delta.csv"
    assert found["csv"][0].startswith('"dataset","split","metric","model","condition"')
    assert found["csv"][1].startswith('"toy","unseen_perturbation","pearson_delta","winner"')
    for name in ("wide", "narrow", "dark", "tip"):
        assert (tmp_path / "shots" / f"{name}.png").stat().st_size > 10_000


def test_the_keyboard_reaches_every_control_in_reading_order(build: Any, look: Any) -> None:
    order = look(write_report(build()))["steps"]["tabOrder"]
    controls = ["a #overview", "button tab-0-0", "select pick-block", "select pick-metric"]
    controls += ["select pick-x", "select pick-y", "button swap", "button download"]
    places = [order.index(control) for control in controls]
    assert places == sorted(places)
    assert "button tab-0-1" not in order  # arrow keys move inside the tabs
    assert any(stop.startswith("svg Scatter") for stop in order)


def test_hostile_names_stay_inert_when_the_script_draws_them(
    build: Any, look: Any, hostile: str
) -> None:
    results = build(label=lambda name: hostile + name, dead=("second",), shared=True)
    seen = look(write_report(results))
    assert_quiet(seen)
    shown = hostile.replace("\u2028", " ")
    assert seen["steps"]["explore"]["tip"][0].replace("\u2028", " ").startswith(shown)
    assert set(seen["steps"]["explore"]["file"]) <= set(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-"
    )


def test_long_names_without_a_break_do_not_widen_the_page(build: Any, look: Any) -> None:
    assert_quiet(look(write_report(build(label=lambda name: name + "x" * 300))))


def test_a_formula_in_a_name_is_not_one_in_the_download(build: Any, look: Any) -> None:
    seen = look(write_report(build(label=lambda name: "=" + name)))
    assert seen["steps"]["explore"]["csv"][1].startswith('"\'=toy"')


def test_a_study_of_failures_opens_quietly(build: Any, look: Any) -> None:
    scores = {"a": (0.2, 1, (0.0, 0.0)), "floor": (0.2, 1, (0.0, 0.0))}
    assert_quiet(look(write_report(build(scores, dead=("a", "floor"), na="mse", n=1))))
