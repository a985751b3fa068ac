"""Public data sets on the command line."""

import json
import threading
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest
from typer.testing import CliRunner

from foretell.cli.sources import sources
from foretell.core.errors import CannotFetch, UnknownName
from foretell.data.sources import catalogue


@pytest.fixture
def run(monkeypatch, tmp_path):
    monkeypatch.setenv("FORETELL_CACHE", str(tmp_path))
    monkeypatch.delenv("FORETELL_OFFLINE", raising=False)
    runner = CliRunner()

    def call(*args):
        return runner.invoke(sources, args, catch_exceptions=False)

    return call


def test_list_names_every_source_and_marks_what_is_here(run, tmp_path):
    (tmp_path / "kang2018.h5ad").write_bytes(b"x")
    lines = run("list").stdout.splitlines()
    assert len(lines) == len(catalogue.sources())
    kang = next(line for line in lines if line.startswith("kang2018 "))
    assert "38.4 MB *" in kang
    assert sum(" * " in line for line in lines) == 1


def test_list_takes_a_word_and_prints_json(run):
    rows = json.loads(run("list", "norman", "--json").stdout)
    assert {"norman2019_gears", "scperturb_norman2019"} <= {row["name"] for row in rows}
    assert all("norman" in f"{row['name']} {row['title']}".lower() for row in rows)


def test_show_prints_the_whole_card(run):
    card = run("show", "norman2019_gears").stdout
    for needed in (
        "https://dataverse.harvard.edu/api/access/datafile/6154020",
        "md5 cdc41d6050e619c37fd9dd44d440e2b4",
        "sha256 not yet recorded",
        "CC0",
        "10.1126/science.aax4438",
        "n_obs = 91,205",
        'control = ["ctrl"]',
        "never reached by us",
        "A549",
    ):
        assert needed in card


@pytest.mark.parametrize("name", catalogue.sources())
def test_show_can_print_every_source(run, name):
    assert f"name          {name}\n" in run("show", name).stdout
    assert json.loads(run("show", name, "--json").stdout)["name"] == name


def test_show_says_the_nearest_name(run):
    with pytest.raises(UnknownName, match="kang2018"):
        run("show", "kang2019")


def test_fetch_offline_says_which_file_goes_where(run, tmp_path):
    with pytest.raises(CannotFetch, match="kang2018.h5ad") as caught:
        run("fetch", "kang2018", "--offline")
    assert str(tmp_path) in caught.value.way_out


def test_fetch_prints_where_the_file_is_and_show_its_sum(run, tmp_path, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    (tmp_path / "from").mkdir()
    (tmp_path / "from" / "kang.h5ad").write_bytes(b"data")

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path / "from")))
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}).start()
    address = f"http://127.0.0.1:{server.server_port}/kang.h5ad"
    kang = replace(catalogue.find_source("kang2018"), address=address, sha256=None, size=None)
    monkeypatch.setitem(catalogue.sources(), "kang2018", kang)
    try:
        done = run("fetch", "kang2018", "--to", str(tmp_path / "here"))
    finally:
        server.shutdown()
        server.server_close()
    assert done.stdout.strip() == str(tmp_path / "here" / "kang2018.h5ad")
    card = run("show", "kang2018", "--to", str(tmp_path / "here")).stdout
    assert "recorded here: sha256 3a6eb0790f39" in card
