"""Every odd or broken file is read, asked about or refused as declared; nothing else happens."""

from __future__ import annotations

import importlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # the cases are a package of their own
CASES = importlib.import_module("corpus.case").all_cases()
OUTCOME = importlib.import_module("corpus.outcome")
QUIET = importlib.import_module("corpus.quiet")
EXPECTED = importlib.import_module("corpus.case")

NOBODY = 65534
EXIT = {"Reads": (0,), "Asks": (3,), "NoScreen": (2,), "Refused": (2,)}


def named(case: object) -> str:
    return f"{case.theme}-{case.name}"  # type: ignore[attr-defined]


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder that may be deleted whatever its files' permissions are."""
    yield tmp_path
    for path in tmp_path.rglob("*"):
        if not path.is_symlink() and path.is_file():
            path.chmod(0o600)


@pytest.mark.parametrize("case", [c for c in CASES if not c.as_user], ids=named)
def test_a_file_is_read_asked_about_or_refused(case, folder):
    outcome = OUTCOME.run(case, folder)
    assert OUTCOME.problems(case, outcome) == []


@pytest.mark.skipif(os.geteuid() == 0, reason="the administrator may read every file")
@pytest.mark.parametrize("case", [c for c in CASES if c.as_user], ids=named)
def test_a_file_of_another_user_is_refused(case, folder):
    outcome = OUTCOME.run(case, folder)
    assert OUTCOME.problems(case, outcome) == []


@pytest.mark.parametrize("case", [c for c in CASES if c.cli], ids=named)
def test_the_command_line_says_it_in_words(case, tmp_path):
    path = tmp_path / case.file
    case.write(path)
    here = tmp_path / "here"
    here.mkdir()
    before = QUIET.state_of(tmp_path)
    code, out, err = called("data", "inspect", path, *answers(case), here=here)
    assert "Traceback" not in err + out
    assert "Warning" not in err
    assert code in EXIT[type(case.expected).__name__], out + err
    assert all(ch.isprintable() or ch == "\n" for ch in out + err)
    if isinstance(case.expected, EXPECTED.Refused):
        said = " ".join((out + err).split())
        assert [word for word in case.expected.words if word not in said] == []
        assert "->" in said
    assert QUIET.state_of(tmp_path) == before


def answers(case: object) -> list[str]:
    import json

    said = case.said.items()  # type: ignore[attr-defined]
    given = [word for name, value in said for word in ("--set", f"{name}={json.dumps(value)}")]
    layout = case.layout  # type: ignore[attr-defined]
    return given if layout is None else [*given, "--layout", f'{{ obs = "{layout.obs}" }}']


def called(*arguments: object, here: Path, **more: object) -> tuple[int, str, str]:
    program = [sys.executable, "-c", "from foretell.cli import main; main()"]
    left_out = ("FORETELL_DATA", "PYTHONWARNINGS")
    done = subprocess.run(
        [*program, *map(str, arguments)],
        cwd=here,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        env={k: v for k, v in os.environ.items() if k not in left_out},
        check=False,
        **more,  # type: ignore[call-overload]
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="only the administrator can be somebody else")
def test_a_file_that_may_not_be_read_is_one_message():
    """As nobody, in a folder that everybody may enter."""
    place = Path(tempfile.mkdtemp())
    try:
        place.chmod(0o755)
        case = next(c for c in CASES if c.as_user)
        case.write(place / case.file)
        home = {"HOME": str(place), "NUMBA_DISABLE_CACHING": "1"}
        program = [sys.executable, "-B", "-c", "from foretell.cli import main; main()"]
        done = subprocess.run(
            [*program, "data", "inspect", str(place / case.file)],
            cwd=place,
            capture_output=True,
            text=True,
            timeout=60,
            user=NOBODY,
            group=NOBODY,
            env=dict(os.environ) | home,
            check=False,
        )
    except PermissionError:
        pytest.skip("this checkout lies where nobody else may read")
    else:
        assert "Traceback" not in done.stderr
        assert done.returncode == 2
        assert "may be read" in done.stderr
    finally:
        shutil.rmtree(place)


def test_the_corpus_is_as_large_and_varied_as_promised():
    assert len(CASES) >= 200
    assert len({named(case) for case in CASES}) == len(CASES)
    assert sum(case.cli for case in CASES) >= 12
    kinds = {type(case.expected).__name__ for case in CASES}
    assert kinds == {"Reads", "Asks", "NoScreen", "Refused"}


def test_the_page_lists_every_file_and_nothing_went_wrong():
    page = importlib.import_module("corpus.__main__")
    text = page.DOCUMENT.read_text(encoding="utf-8")
    missing = [named(case) for case in CASES if f"| {page._cell(case.what)} |" not in text]
    assert missing == [], "write the page again: PYTHONPATH=tests python -m corpus"
    assert "not as expected" not in text


@pytest.mark.parametrize(
    ("faulty", "said"),
    [
        (lambda path: path.write_bytes(b"changed"), "changed screen.h5ad"),
        (lambda path: path.with_name("beside.txt").write_text("x"), "changed beside.txt"),
        (lambda path: Path("here.txt").write_text("x"), "wrote here/here.txt"),
        (lambda path: tempfile.mkstemp(), "wrote tmp/"),
        (lambda path: 1 / 0, "ZeroDivisionError"),
        (lambda path: [None for _ in iter(int, 1)], "Slow"),
    ],
)
def test_what_must_not_happen_is_seen(faulty, said, tmp_path, monkeypatch):
    """The watch itself: each thing that no case may do is noticed when it is done."""
    monkeypatch.setattr(QUIET, "SECONDS", 0.5)
    inspect = importlib.import_module("foretell.data.inspect.inspect")
    monkeypatch.setattr(inspect, "inspect", lambda path, **_: faulty(path) and None)
    case = next(c for c in CASES if c.name == "gzip_chunks")
    outcome = OUTCOME.run(case, tmp_path / "x")
    assert [fault for fault in outcome.faults if said in fault]
