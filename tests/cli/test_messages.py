"""Messages: every problem is one message on standard error with a way out, and no traceback."""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import h5py
import pytest

from foretell.cli import main

STUDY = """\
metrics = ["mse"]
[[models]]
name = "no_change"
[[datasets]]
file = "{file}"
columns = {{ context = "cell_type" }}
[[datasets.splits]]
task = "unseen_perturbation"
folds = 2
"""

Call = Callable[..., tuple[int, str, str]]


@pytest.fixture
def foretell(monkeypatch, capsys) -> Call:
    """Call the command line in this process; returns exit code, output and messages."""

    def call(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["foretell", *map(str, arguments)])
        before = signal.getsignal(signal.SIGTERM)
        try:
            with pytest.raises(SystemExit) as end:
                main()
        finally:
            signal.signal(signal.SIGTERM, before)
        printed = capsys.readouterr()
        return int(end.value.code or 0), printed.out, printed.err

    return call


@pytest.fixture
def study(make_adata, tmp_path, monkeypatch) -> Callable[..., Path]:
    """Write a study of a small screen, with text of its file changed."""
    monkeypatch.delenv("FORETELL_DATA", raising=False)

    def write(*pairs: tuple[str, str], **screen) -> Path:
        make_adata([*"ABCD"], **screen).write_h5ad(tmp_path / "screen.h5ad")
        text = STUDY.format(file=tmp_path / "screen.h5ad")
        for old, new in pairs:
            assert old in text
            text = text.replace(old, new)
        (tmp_path / "study.toml").write_text(text)
        return tmp_path / "study.toml"

    return write


def is_one_message(code: int, out: str, err: str) -> bool:
    """One problem that begins with our name, one way out, nothing else."""
    lines = [line for line in err.splitlines() if line]
    return (
        code == 1
        and out == ""
        and len(lines) == 2
        and lines[0].startswith("foretell: ")
        and lines[1].startswith("  -> ")
        and "Traceback" not in err
    )


BAD_STUDIES = {
    "unknown model": (('"no_change"', '"no_chage"'), "no model 'no_chage'", "'no_change'"),
    "unknown metric": (('"mse"', '"mze"'), "no metric 'mze'", "'mse'"),
    "unknown key": (("metrics", "metric"), "no key 'metric'", "'metrics'"),
    "unknown task": (("perturbation", "perturbaton"), "'unseen_perturbaton'", "'unseen_perturb"),
    "unknown column": (("cell_type", "celltype"), "no column 'celltype'", "'cell_type'"),
    "no TOML": (('"no_change"', "no_change"), "line 3, column 8", "quotes"),
    "missing file": (("screen.h5ad", "scren.h5ad"), "no file", "'screen'"),
    "one fold": (("folds = 2", "folds = 1"), "`folds` is 1", "from 2"),
    "wrong scale": (("columns = {", 'columns = { scale = "log1p",'), "look like counts", "counts"),
    "wrong control": (
        ("columns = {", 'columns = { control = "ctrl",'),
        "no observation is labelled 'ctrl' in column 'perturbation'",
        "control",
    ),
    "nothing to divide": (("perturbation", "context"), "unseen_context", "1 contexts"),
}


@pytest.mark.parametrize("verb", ["bench", "status"])
@pytest.mark.parametrize("problem", BAD_STUDIES)
def test_a_bad_study_is_one_message(foretell, study, tmp_path, verb, problem):
    change, said, way_out = BAD_STUDIES[problem]
    found = foretell(verb, study(change), "--out", tmp_path / "out")
    assert is_one_message(*found), found
    _, _, err = found
    assert said in err.splitlines()[0]
    assert way_out in err.splitlines()[1]


def test_a_truncated_file_is_one_message(foretell, study, tmp_path):
    path = study()
    screen = tmp_path / "screen.h5ad"
    screen.write_bytes(screen.read_bytes()[:9000])
    found = foretell("bench", path, "--out", tmp_path / "out")
    assert is_one_message(*found), found
    assert "screen.h5ad is not a readable h5ad file" in found[2]


def test_a_bad_value_in_a_file_that_stays_on_disk_is_one_message(foretell, study, tmp_path):
    path = study(("columns", "on_disk = true\ncolumns"), n=400, dense=True)
    with h5py.File(tmp_path / "screen.h5ad", "r+") as file:
        file["X"][1000, 3] = -1.0
    found = foretell("bench", path, "--out", tmp_path / "out")
    assert is_one_message(*found), found
    assert "'c1000', gene 'G3'" in found[2]


def test_a_screen_without_controls_is_one_message(foretell, study, tmp_path):
    found = foretell("bench", study(n_control=0), "--out", tmp_path / "out")
    assert is_one_message(*found), found
    assert "relative scale" in found[2]


def test_a_place_that_cannot_be_written_is_one_message(foretell, study, tmp_path):
    (tmp_path / "file").write_text("")
    found = foretell("bench", study(), "--out", tmp_path / "file" / "out")
    assert is_one_message(*found), found
    assert str(tmp_path / "file" / "out") in found[2]


def test_what_was_never_run_or_is_damaged_is_one_message(foretell, study, tmp_path):
    for verb in ("leaderboard", "report"):
        for place in (tmp_path, tmp_path / "nowhere", study()):
            found = foretell(verb, place)
            assert is_one_message(*found), found
    (tmp_path / "study.json").write_text("{")
    found = foretell("leaderboard", tmp_path)
    assert is_one_message(*found), found
    assert "damaged" in found[2]


@pytest.mark.parametrize(
    ("kind", "name", "near"),
    [("models", "rigde", "ridge"), ("metrics", "msee", "mse"), ("encodings", "onehot", "one_hot")],
)
def test_an_unknown_card_names_the_nearest(foretell, kind, name, near):
    found = foretell(kind, "show", name)
    assert is_one_message(*found), found
    assert f"'{near}'" in found[2]


@pytest.mark.parametrize(
    "arguments",
    [
        ["bnech"],
        ["bench"],
        ["bench", "x.toml", "--jobs", "0"],
        ["bench", "x.toml", "--jobs", "many"],
        ["bench", "x.toml", "--memory-gb", "-1"],
        ["bench", "x.toml", "--sotre", "y"],
        ["leaderboard", "x", "--format", "pdf"],
    ],
)
def test_wrong_usage_is_explained_with_exit_code_2(foretell, arguments):
    code, out, err = foretell(*arguments)
    assert code == 2
    assert out == ""
    assert "Usage" in err
    assert "Traceback" not in err


@pytest.mark.parametrize("kind", ["models", "metrics", "encodings"])
def test_lists_and_cards_are_printed_as_text_and_json(foretell, kind):
    code, out, err = foretell(kind, "list", "--json")
    cards = json.loads(out)
    assert (code, err) == (0, "")
    assert cards
    _, text, _ = foretell(kind, "list")
    for card in cards:
        assert card["name"] in text
        code, shown, _ = foretell(kind, "show", card["name"])
        assert code == 0
        assert card["name"] in shown


def test_a_study_from_status_to_leaderboard(foretell, study, tmp_path):
    path, out = study(n_control=50), tmp_path / "out"
    _, before, _ = foretell("status", path, "--out", out)
    assert "0 done, 0 failed, of 4" in before
    assert f"go on with: foretell bench {path}" in before
    code, printed, err = foretell("bench", path, "--out", out, "--no-report", "-j", 2)
    assert code == 0, err
    assert "no_change" in printed
    assert "runs: 0 of 4 were there already" in err
    _, after, _ = foretell("status", path, "--out", out)
    assert "4 done, 0 failed, of 4" in after
    assert "go on" not in after
    shown = {
        f: foretell("leaderboard", path, "--out", out, "-f", f)[1] for f in ("csv", "json", "md")
    }
    assert shown["csv"].startswith("dataset,split,metric,model,value")
    assert {row["model"] for row in json.loads(shown["json"])} >= {"no_change", "context_mean"}
    assert "| no_change |" in shown["md"]
    table = foretell("leaderboard", out)[1]
    assert "calibrated" in table
    found = foretell("leaderboard", out, "-f", "parquet")
    assert is_one_message(*found), found
    assert "--to" in found[2]
    assert foretell("leaderboard", out, "-f", "parquet", "--to", tmp_path / "b.parquet")[0] == 0
    (tmp_path / "file").write_text("")
    for form in ("csv", "parquet"):
        found = foretell("leaderboard", out, "-f", form, "--to", tmp_path / "file" / "b")
        assert is_one_message(*found), found


def test_the_version_is_printed(foretell):
    import foretell as package

    assert foretell("--version")[1] == f"foretell {package.__version__}\n"


@pytest.mark.parametrize("kind", ["models", "metrics", "encodings", "splits", "steps", "filters"])
def test_everything_that_a_study_names_can_be_listed_and_shown(foretell, kind):
    code, out, _ = foretell(kind, "list", "--json")
    names = [row["name"] for row in json.loads(out)]
    assert code == 0
    assert len(names) > 2
    code, out, _ = foretell(kind, "show", names[0])
    assert code == 0
    assert out.startswith(names[0])
    code, _, err = foretell(kind, "show", names[0] + "x")
    assert code != 0
    assert f"did you mean '{names[0]}'" in err
