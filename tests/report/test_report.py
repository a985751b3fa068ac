"""The report: complete in itself, inert whatever the names are, and true to its tables."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from foretell.bench.results import Results
from foretell.core.errors import StoreProblem
from foretell.core.evaluation import Evaluation
from foretell.report.write import write_report

SECTIONS = ["overview", "leaderboards", "conditions", "splits", "failures", "costs", "origins"]
VOID = {"meta", "link", "br", "img", "input", "hr"}
SVG_NAMESPACE = "http://www.w3.org/2000/svg"


class Page(HTMLParser):
    """Tags, attributes and visible text of a page; fails where tags do not match."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.words: list[str] = []
        self.raw: list[tuple[str, dict[str, str], str]] = []
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = {name: value or "" for name, value in attrs}
        self.tags.append((tag, known))
        if tag not in VOID:
            self._open.append(tag)
        if tag in ("script", "style"):
            self.raw.append((tag, known, ""))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] in ("script", "style"):
            tag, attributes, text = self.raw[-1]
            self.raw[-1] = (tag, attributes, text + data)
        else:
            self.words.append(data)

    def named(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.tags if name == tag]

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self.words))

    @property
    def data(self) -> dict[str, Any]:
        return next(json.loads(text) for _, attrs, text in self.raw if attrs.get("id") == "data")


def page_of(results: Results) -> Page:
    return Page(write_report(results).read_text(encoding="utf-8"))


def board_of(page: Page) -> str:
    return page.text.split("How to read these tables")[1].split("Condition by condition")[0]


def assert_inert(page: Page) -> None:
    assert sorted(tag for tag, _, _ in page.raw) == ["script", "script", "style"]
    for tag in ("img", "iframe", "object", "embed", "base", "audio", "video", "image", "use"):
        assert page.named(tag) == []
    for tag, attributes in page.tags:
        assert not [name for name in attributes if name.startswith("on") or name == "style"], tag
        assert "src" not in attributes
        href = attributes.get("href", "#")
        assert href.startswith("#") or href == "data:,"


# --- one file that asks for nothing --------------------------------------------------------------


def test_the_report_stands_beside_the_results_or_where_it_is_sent(
    build: Any, tmp_path: Path
) -> None:
    results = build()
    assert write_report(results) == tmp_path / "report.html"
    elsewhere = tmp_path / "deep" / "x.html"
    assert write_report(results, elsewhere) == elsewhere
    assert elsewhere.read_bytes() == (tmp_path / "report.html").read_bytes()
    assert not list(tmp_path.glob("**/*.part"))


def test_a_place_that_cannot_be_written_is_an_explained_error(build: Any, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreProblem, match="cannot write"):
        write_report(build(), tmp_path / "file" / "report.html")


def test_the_report_loads_nothing_and_its_policy_forbids_to(build: Any) -> None:
    path = write_report(build())
    text = path.read_text(encoding="utf-8")
    page = Page(text)
    assert_inert(page)
    assert "http" not in text.replace(SVG_NAMESPACE, "").replace("http-equiv", "")
    assert "@import" not in text
    assert "url(" not in text
    policy = next(a["content"] for a in page.named("meta") if "http-equiv" in a)
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    for tag, attributes, source in page.raw:
        if attributes.get("type") != "application/json":
            digest = base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()
            assert f"'sha256-{digest}'" in policy, tag
    assert path.stat().st_size < 100_000


def test_every_section_is_there_and_every_link_leads_to_one(build: Any) -> None:
    page = page_of(build())
    assert [a["id"] for a in page.named("section")] == SECTIONS
    ids = [a["id"] for _, a in page.tags if "id" in a]
    assert len(ids) == len(set(ids))
    assert {a["href"][1:] for a in page.named("a")} <= set(ids)
    for attributes in page.named("button"):
        assert attributes.get("aria-controls", "overview") in ids
    tables = page.text.index("Which metric should I trust here")
    assert tables < page.text.index("How to read these tables")


# --- hostile names -------------------------------------------------------------------------------


def test_hostile_names_are_inert_in_every_section(build: Any, hostile: str) -> None:
    results = build(label=lambda name: hostile + name, dead=("second",), shared=True)
    path = write_report(results)
    text = path.read_text(encoding="utf-8")
    page = Page(text)
    assert_inert(page)
    assert "<script>alert" not in text
    assert "<!--" not in text
    sections = re.split(r"<section id=", text)[1:]
    escaped = "&lt;script&gt;alert(1)"
    shown = [escaped in section for section in sections]
    assert shown == [True, True, False, True, True, True, True]  # conditions are drawn by script
    assert hostile.replace("\u2028", " ") in page.text  # templates inside names are not run


def test_hostile_names_survive_in_the_data_without_ending_the_script(
    build: Any, hostile: str
) -> None:
    page = page_of(build(label=lambda name: hostile + name))
    raw = next(text for _, attributes, text in page.raw if attributes.get("id") == "data")
    assert not set("<>&\u2028\u2029") & set(raw)
    block = page.data["blocks"][0]
    assert block["conditions"][0].startswith(hostile)
    assert block["metrics"][0]["models"][0]["label"].startswith(hostile)


def test_half_a_character_in_a_name_does_not_stop_the_report(build: Any) -> None:
    assert "toy" in page_of(build(label=lambda name: name + "\udc80")).text


# --- sentences -----------------------------------------------------------------------------------

DOUBT = (0.1, 0.9)


@pytest.mark.parametrize(
    ("scores", "said"),
    [
        (
            {"a": (0.5, 1, (0.5, 0.7)), "b": (0.3, 2, (-0.1, 0.4)), "floor": (0.2, 2, (0, 0))},
            "a leads (calibrated 0.60, 95% interval [0.50, 0.70]), better than the floor (floor) "
            "beyond doubt and ahead of every other model.",
        ),
        (
            {"a": (0.5, 1, DOUBT), "b": (0.4, 1, DOUBT), "floor": (0.2, 2, (0, 0))},
            "better than the floor (floor) beyond doubt, and cannot be told apart from b.",
        ),
        (
            {"a": (0.5, 1, (-0.1, 0.9)), "floor": (0.2, 1, (0, 0))},
            "No model is better than the floor (floor) beyond doubt; a has the best mean",
        ),
        (
            {"a": (0.5, 1, (0.1, 0.9)), "floor": (0.2, 1, (0, 0))},
            "No model is better than the floor (floor) beyond doubt",
        ),
        (
            {"a": (0.5, 1, (-0.1, 0.9)), "b": (0.4, 1, DOUBT), "floor": (0.2, 2, (0, 0))},
            "but only b is better than the floor (floor) beyond doubt.",
        ),
        (
            {"floor": (0.5, 1, (0, 0)), "a": (0.4, 2, (-0.9, -0.1))},
            "No model is better than the floor, floor.",
        ),
    ],
)
def test_the_headline_says_what_the_table_says(build: Any, scores: Any, said: str) -> None:
    text = re.sub(r"\s+([,.(])", r"\1", page_of(build(scores)).text).replace("(", " (")
    assert re.sub(r"\s+", " ", said.replace("(", " (")) in re.sub(r"\s+", " ", text)


def test_a_model_that_only_has_the_floors_score_never_leads(build: Any) -> None:
    scores = {"a": (0.2, 1, (0.0, 0.0)), "floor": (0.2, 1, (0.0, 0.0))}
    text = page_of(build(scores, dead=("a",))).text
    assert "No model is better than the floor, floor" in text
    assert "leads" not in text.split("Which metric")[0]


def test_a_model_that_only_fell_back_never_leads(build: Any) -> None:
    results = build()
    rows = results.leaderboard["model"] == "winner"
    results.leaderboard.loc[rows, ["n_fallback", "n_predictions"]] = [12, 12]
    text = page_of(results).text.split("Which metric")[0]
    assert "winner" not in text
    results.leaderboard.loc[rows, "n_predictions"] = 13
    assert "winner leads" in page_of(results).text


def test_a_metric_that_is_not_informative_ranks_nobody(build: Any) -> None:
    text = page_of(build(informative=False)).text
    assert "says nothing here: a technical duplicate is not better than the floor" in text
    assert "No metric of this study is informative here." in text
    assert "○ no" in text
    assert "not informative here" in board_of(page_of(build(informative=False)))


# --- studies at the edge -------------------------------------------------------------------------


def test_a_study_of_nothing_but_failures_still_reports(build: Any) -> None:
    scores = {"a": (0.2, 1, (0.0, 0.0)), "floor": (0.2, 1, (0.0, 0.0))}
    page = page_of(build(scores, dead=("a", "floor")))
    assert "4 fits of 4 failed" in page.text
    assert "all 2 fits" in page.text
    assert "ValueError: broken" in page.text
    assert "The floor is missing or failed" in page.text


def test_empty_tables_are_said_to_be_empty(build: Any) -> None:
    full = build()
    empty = replace(
        full,
        study=full.study | {"datasets": [], "models": []},
        evaluation=Evaluation(full.evaluation.frame.iloc[:0]),
        leaderboard=full.leaderboard.iloc[:0],
        runs=full.runs.iloc[:0],
        splits=[],
    )
    (empty.folder / "study.toml").unlink()
    page = page_of(empty)
    assert_inert(page)
    assert [a["id"] for a in page.named("section")] == SECTIONS
    for said in ("There is no leaderboard", "There are no splits", "Nothing was fitted"):
        assert said in page.text
    assert page.data["blocks"] == []


def test_a_metric_that_the_data_cannot_carry_is_listed_with_its_count(build: Any) -> None:
    page = page_of(build(na="mse"))
    assert "– not available" in page.text
    assert "No model could be scored by this metric." in page.text
    failed = page.text.split("What failed")[-1]
    assert "mse toy · unseen perturbation 12 every model too few genes (3)" in failed
    values = page.data["blocks"][0]["metrics"][1]["models"][0]["values"]
    assert values == [None] * 12


def test_one_condition_is_enough_for_a_report_and_too_few_for_a_ranking(build: Any) -> None:
    scores = {"a": (0.5, None, DOUBT), "floor": (0.2, None, (0.0, 0.0))}
    page = page_of(build(scores, n=1))
    assert "1 condition was tested: cases, without intervals" in page.text
    assert "fewer than 8 conditions: no ranking" in page.text


def test_a_relative_scale_without_a_ceiling_shows_skill_and_no_calibration(build: Any) -> None:
    page = page_of(build(ceiling=None, scale="log_ratio"))
    assert "no ceiling: there are no duplicates to compare with" in page.text
    assert "Skill" in board_of(page)
    assert "winner leads (no ceiling here to calibrate against)" in page.text
    assert "on a relative scale the control is an implicit 0" in page.text
    assert not [a for a in page.named("rect") if a.get("class") == "band" and "x" in a]


def test_shared_controls_are_marked_and_explained(build: Any) -> None:
    page = page_of(build(shared=True))
    assert "12 †" in page.text
    assert "correlation of about 0.50" in page.text
    assert "† in 2 folds" in page.text
    assert "†" not in page_of(build()).text


def test_leaks_and_worst_folds_of_the_audit_are_shown(build: Any) -> None:
    text = page_of(build()).text
    assert "The audit found 1 leak" in text
    assert "conditions in train and test 1 1 ▲ leak G1" in text
    assert "20 to 21" in text
    assert "Dropped observations: 7 (no call)." in text


def test_a_large_study_embeds_its_primary_metric_only(
    build: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("foretell.report.conditions.LIMIT", 10)
    page = page_of(build())
    assert [m["name"] for m in page.data["blocks"][0]["metrics"]] == ["pearson_delta"]
    assert "only the primary metric is embedded" in page.text


def test_a_model_far_away_becomes_an_arrow(build: Any) -> None:
    scores = {"a": (0.5, 1, DOUBT), "floor": (0.2, 2, (0, 0)), "z": (-9.0, 3, (-9, -8))}
    assert "◀" in page_of(build(scores)).text


# --- a real run ----------------------------------------------------------------------------------

STUDY = """
name = "tiny"
halves = 4
draws = 200
metrics = ["pearson_delta", "mse", "de_auprc[abs_lfc]"]
[[models]]
name = "no_change"
[[models]]
name = "bilinear"
[[datasets]]
name = "screen"
simulate = { n_perturbations = 10, n_combinations = 3, n_genes = 40, n_regulators = 10 }
steps = [{ name = "normalize" }, { name = "log1p" }]
[[datasets.splits]]
task = "unseen_perturbation"
folds = 2
"""


def test_a_real_run_is_reported_alike_from_memory_and_from_its_folder(tmp_path: Path) -> None:
    from foretell.bench.runner import run
    from foretell.bench.study_file import parse_study

    results = run(parse_study(STUDY, name="tiny"), out=tmp_path)
    page = page_of(results)
    assert_inert(page)
    assert "screen · unseen perturbation" in page.text
    assert "technical duplicate" in board_of(page)
    block = page.data["blocks"][0]
    frame = results.evaluation.frame
    first = frame[(frame["model"] == "bilinear") & (frame["metric"] == "pearson_delta")]
    expected = first.groupby("condition")["value"].mean()[block["conditions"]]
    model = next(m for m in block["metrics"][0]["models"] if m["label"] == "bilinear")
    assert model["values"] == pytest.approx(list(expected), rel=1e-4)
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert write_report(Results.load(tmp_path)).read_text(encoding="utf-8") == text
