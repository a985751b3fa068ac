"""The page of a data card: inert, alone, small, and true to its tables."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData

from foretell.analysis.quality.card import data_card
from foretell.core.dataset import Dataset
from foretell.core.errors import StoreProblem
from foretell.core.mapping import ColumnMapping
from foretell.report.data_card import render_card, render_markdown, write_card, write_markdown

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)></style><!--&amp;{{ 7*7 }}"


def screen(name: Any = str, n_targets: int = 6, n: int = 12, **columns: Any) -> Dataset:
    """Build counts in which the first target is strong; `name` spells every text."""
    rng = np.random.default_rng(0)
    labels = ["control"] * 50 + [f"G{i}" for i in range(n_targets) for _ in range(n)]
    X = rng.poisson(5.0, (len(labels), 20)).astype(float)
    strong = np.array([label == "G0" for label in labels])
    X[strong, 0] = 0
    X[strong, 5:9] += 8
    spelled = [label if label == "control" else name(label) for label in labels]
    obs = pd.DataFrame({"perturbation": spelled, "guide": "", "cell": name("line")})
    obs["guide"] = [f"{s}_{i % 2}" for i, s in enumerate(spelled)]
    obs.index = [f"c{i}" for i in range(len(obs))]
    var = pd.DataFrame(index=[name(f"G{i}") for i in range(20)])
    given = {"context": "cell", "blocks": "guide", "kind": "knockout", "delimiter": None}
    mapping = ColumnMapping.from_dict(given | columns)
    return Dataset.from_anndata(AnnData(X, obs=obs, var=var), mapping, name=name("screen"))


@pytest.fixture(scope="module")
def card() -> dict[str, Any]:
    return data_card(screen(n=24), draws=199).to_dict()


class Page(HTMLParser):
    """Tags with their attributes, and the text inside script and style."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.raw: dict[str, list[str]] = {"script": [], "style": []}
        self._in = ""
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.append((tag, dict(attrs)))
        self._in = tag if tag in self.raw else ""
        if self._in:
            self.raw[tag].append("")

    def handle_endtag(self, tag: str) -> None:
        self._in = "" if tag == self._in else self._in

    def handle_data(self, data: str) -> None:
        if self._in:
            self.raw[self._in][-1] += data
        else:
            self.text += data


def test_the_page_loads_nothing_and_its_policy_forbids_to(card: dict[str, Any]) -> None:
    text = render_card(card)
    page = Page(text)
    policy = next(a["content"] for t, a in page.tags if t == "meta" and "http-equiv" in a)
    assert policy is not None
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    for tag, source in (("style", page.raw["style"][0]), ("script", page.raw["script"][1])):
        digest = base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    for tag, attributes in page.tags:
        assert not [key for key in attributes if key.startswith("on") or key == "style"], tag
        for key in ("src", "href"):
            assert (attributes.get(key) or "#").startswith(("#", "data:,")), (tag, attributes)
    assert "http://" not in text.replace("http://www.w3.org/2000/svg", "")
    assert "https://" not in text


def test_every_link_leads_to_a_section(card: dict[str, Any]) -> None:
    page = Page(render_card(card))
    ids = {a["id"] for _, a in page.tags if "id" in a}
    links = [a["href"] for t, a in page.tags if t == "a"]
    assert len(links) >= 7
    assert {str(link)[1:] for link in links} <= ids


def test_hostile_names_are_inert_everywhere() -> None:
    data = screen(lambda text: f"{text} {HOSTILE}")
    hostile = data_card(data, draws=19, notes=[HOSTILE]).to_dict()
    hostile["tasks"][0]["why"] = HOSTILE
    hostile["facts"]["merged"], hostile["facts"]["n_merged"] = [HOSTILE], 1
    hostile["facts"]["dropped"] = {HOSTILE: 3}
    text = render_card(hostile)
    page = Page(text)
    assert [t for t, _ in page.tags].count("script") == 2
    assert "img" not in [t for t, _ in page.tags]
    assert "<script>alert" not in text
    assert "onerror=alert(1)>" not in text
    assert "49" not in re.findall(r"\d+(?= *\})", text)
    assert page.text.count("<script>alert(1)</script>") > 5  # shown as it is, as text
    found = json.loads(page.raw["script"][0])
    assert found["conditions"][0].startswith(f"G0 {HOSTILE}"[:20])
    written = render_markdown(hostile)
    assert "<script" not in written
    assert "<img" not in written


def test_half_a_character_does_not_stop_the_page(card: dict[str, Any]) -> None:
    broken = json.loads(json.dumps(card))
    broken["facts"]["name"] = "half \udc80"
    render_card(broken).encode("utf-8")
    render_markdown(broken).encode("utf-8")


def test_the_table_of_the_page_holds_the_numbers_of_the_card(card: dict[str, Any]) -> None:
    data = json.loads(Page(render_card(card)).raw["script"][0])
    columns = {c["title"]: c["values"] for c in data["columns"]}
    effects = card["tables"]["effects"]
    assert data["conditions"] == [r["condition"] for r in effects]
    assert columns["Observations"] == [r["n"] for r in effects]
    for title, key in (("Strength", "strength"), ("p", "p"), ("Plain shift", "rms_shift")):
        np.testing.assert_allclose(columns[title], [r[key] for r in effects], rtol=1e-3)
    assert columns["Effect"] == [int(r["significant"]) for r in effects]
    assert columns["Target moved"] == [int(r["moved"]) for r in card["tables"]["targets"]]
    agreement = [r["agreement"] for r in card["tables"]["guides"]]
    assert columns["Guides agree"] == pytest.approx(agreement, rel=1e-3, nan_ok=True)


def test_the_words_hold_the_numbers_of_the_card(card: dict[str, Any]) -> None:
    text = " ".join(Page(render_card(card)).text.split())
    s = card["summaries"]
    assert s["effects"]["n_significant"] >= 1
    assert f"{s['effects']['n_significant']} of 6 conditions have an effect" in text
    assert f"{s['targets']['n_moved']} of {s['targets']['n_judged']} targets" in text
    for warning in card["warnings"]:
        assert warning in text
    written = render_markdown(card)
    assert f"{s['effects']['n_significant']} of 6 conditions have an effect" in written
    assert "| line | 50 | 144 | 6 |" in written


def test_a_relative_scale_has_a_page_too() -> None:
    rng = np.random.default_rng(0)
    obs = pd.DataFrame({"perturbation": [f"G{i}" for i in range(5)]}, index=list("abcde"))
    adata = AnnData(rng.normal(size=(5, 6)), obs=obs, var=pd.DataFrame(index=list("uvwxyz")))
    mapping = ColumnMapping(scale="z", observation="samples")
    made = data_card(Dataset.from_anndata(adata, mapping)).to_dict()
    text = Page(render_card(made)).text
    assert "a relative scale has no control observations to test against" in text
    assert "Counts per cell are not known" in text
    assert "Strongest" not in render_markdown(made)


def test_two_thousand_conditions_fit_into_two_megabytes(card: dict[str, Any]) -> None:
    large = json.loads(json.dumps(card))
    for name in ("effects", "targets", "cells", "guides", "saturation"):
        rows = card["tables"][name]
        large["tables"][name] = [
            rows[i % len(rows)] | {"condition": f"A_RATHER_LONG_GENE_{i}+ANOTHER_{i} in some line"}
            for i in range(2000)
        ]
    page = render_card(large)
    assert len(page.encode()) < 2_000_000
    assert len(json.loads(Page(page).raw["script"][0])["conditions"]) == 2000


def test_it_is_written_where_it_is_sent(card: dict[str, Any], tmp_path: Path) -> None:
    page = write_card(card, tmp_path / "card.html")
    assert page.read_text("utf-8") == render_card(card)
    assert write_markdown(card, tmp_path / "card.md").read_text("utf-8") == render_markdown(card)
    with pytest.raises(StoreProblem):
        write_card(card, tmp_path / "card.html" / "below")


LOOK = """
import { chromium } from "playwright-core";
const [file, program] = process.argv.slice(2);
const browser = await chromium.launch({ executablePath: program, args: ["--no-sandbox"] });
const seen = { errors: [], requests: [], widths: {}, dialogs: 0 };
for (const width of [400, 1300]) {
  const page = await (await browser.newContext({ viewport: { width, height: 900 } })).newPage();
  page.on("console", (m) => { if (m.type() === "error") seen.errors.push(m.text()); });
  page.on("pageerror", (e) => seen.errors.push(String(e)));
  page.on("dialog", (d) => { seen.dialogs += 1; d.dismiss(); });
  page.on("request", (r) => {
    if (!/^(file|data|blob):/.test(r.url())) seen.requests.push(r.url());
  });
  await page.goto("file://" + file);
  seen.widths[width] = await page.evaluate(() => document.documentElement.scrollWidth);
  const names = () => page.locator("#rows tbody th").allInnerTexts();
  seen.first = await names();
  await page.locator("#rows thead button").first().click();
  seen.sorted = await names();
  await page.locator("#find").fill("g3");
  seen.found = await names();
  await page.locator("#find").fill("");
  await page.locator("#only").selectOption({ label: "Effect: yes" });
  seen.effects = await names();
}
console.log(JSON.stringify(seen));
await browser.close();
"""


@pytest.mark.browser
def test_the_table_sorts_and_filters_in_a_browser(card: dict[str, Any], tmp_path: Path) -> None:
    modules = Path(__file__).parents[2] / "node_modules"
    programs = ("chromium", "chromium-browser", "google-chrome")
    chromium = next((p for p in map(shutil.which, programs) if p), None)
    node = shutil.which("node")
    if not (node and chromium and (modules / "playwright-core").is_dir()):
        pytest.skip("needs Node.js with playwright-core and Chromium, see `make browser`")
    (tmp_path / "node_modules").symlink_to(modules)
    (tmp_path / "look.mjs").write_text(LOOK)
    page = write_card(card, tmp_path / "card.html")
    done = subprocess.run(
        [node, "look.mjs", str(page), chromium],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    assert seen["errors"] == seen["requests"] == []
    assert seen["dialogs"] == 0
    assert seen["widths"] == {"400": 400, "1300": 1300}
    by_strength = sorted(card["tables"]["effects"], key=lambda r: -r["strength"])
    assert seen["first"] == [r["condition"] for r in by_strength]
    assert seen["sorted"] == sorted(seen["first"])
    assert seen["found"] == ["G3 in line"]
    effects = {r["condition"] for r in by_strength if r["significant"]}
    assert set(seen["effects"]) == effects
