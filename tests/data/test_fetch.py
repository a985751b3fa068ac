"""Fetching, against a server that really answers."""

import gzip
import hashlib
import io
import json
import os
import socket
import subprocess
import sys
import tarfile
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from foretell.core.errors import CannotFetch
from foretell.core.source import Source
from foretell.data import fetch as fetching
from foretell.data.fetch import Download, cache_folder, fetch

DATA = np.random.default_rng(0).bytes(1_000_000)
OTHER = np.random.default_rng(1).bytes(1_000_000)


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch):
    monkeypatch.setattr(fetching, "WAITS", (0.0, 0.0))


@pytest.fixture
def source(served):
    served.files["set.h5ad"] = DATA
    return Source(
        name="my_set",
        title="A set",
        accession="GSE0",
        species="human",
        licence="CC0",
        reached="here",
        address=served.url("set.h5ad"),
    )


def sha256(data):
    return hashlib.sha256(data).hexdigest()


# --- what is fetched ------------------------------------------------------------------------------


def test_a_file_arrives_whole_under_the_name_of_its_source(source, tmp_path):
    path = fetch(source, to=tmp_path)
    assert path == tmp_path / "my_set.h5ad"
    assert path.read_bytes() == DATA
    assert sorted(p.name for p in tmp_path.iterdir() if not p.name.startswith(".")) == [
        "checksums.json",
        "my_set.h5ad",
    ]


def test_the_first_fetch_records_sum_address_and_date(source, tmp_path):
    fetch(source, to=tmp_path)
    record = json.loads((tmp_path / "checksums.json").read_text())["my_set.h5ad"]
    assert record["sha256"] == sha256(DATA)
    assert record["from"] == source.address
    assert record["recorded"].startswith("20")
    assert record["recorded"].endswith("Z")


def test_what_is_there_is_not_asked_for_again(source, tmp_path, served):
    fetch(source, to=tmp_path)
    fetch(source, to=tmp_path)
    assert len(served.ranges) == 1


def test_progress_ends_at_the_size_that_the_server_announced(source, tmp_path):
    seen = []
    fetch(source, to=tmp_path, progress=lambda done, total: seen.append((done, total)))
    assert seen[0] == (0, len(DATA))
    assert seen[-1] == (len(DATA), len(DATA))
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)


def test_the_folder_is_made_or_the_error_says_why_not(source, tmp_path):
    assert fetch(source, to=tmp_path / "a" / "b").is_file()
    (tmp_path / "file").write_text("")
    with pytest.raises(CannotFetch, match="cannot write to"):
        fetch(source, to=tmp_path / "file" / "folder")


def test_the_cache_is_where_the_environment_says(source, tmp_path, monkeypatch):
    assert cache_folder().name == "foretell"
    monkeypatch.setenv("FORETELL_CACHE", str(tmp_path))
    assert fetch(source) == tmp_path / "my_set.h5ad"


def test_pooch_accepts_the_downloader(served, tmp_path):
    import pooch

    served.files["x.bin"] = DATA
    pooch.get_logger().setLevel("WARNING")
    path = pooch.retrieve(
        served.url("x.bin"), sha256(DATA), "x.bin", tmp_path, downloader=Download()
    )
    assert Path(path).read_bytes() == DATA


# --- going on where it stopped --------------------------------------------------------------------


def test_a_broken_download_goes_on_where_it_stopped(source, tmp_path, served):
    served.modes = ["cut", "plain"]
    assert fetch(source, to=tmp_path).read_bytes() == DATA
    first, second = served.ranges
    have = int(second.removeprefix("bytes=").rstrip("-"))
    assert first is None
    assert 400_000 < have <= 500_000
    assert served.sent == 500_000 + (len(DATA) - have)


def test_a_download_that_fails_for_good_leaves_its_part_for_the_next_time(source, tmp_path, served):
    served.modes = ["cut", "503"]
    with pytest.raises(CannotFetch, match=r"503[\s\S]*run the same again") as caught:
        fetch(source, to=tmp_path)
    assert "MB" in caught.value.way_out
    part = (tmp_path / "my_set.h5ad.part").stat().st_size
    served.modes = ["plain"]
    assert fetch(source, to=tmp_path).read_bytes() == DATA
    assert served.ranges[-1] == f"bytes={part}-"
    assert not list(tmp_path.glob("*.part*"))


def test_an_interrupt_leaves_the_part_for_the_next_time(source, tmp_path, served):
    def press_ctrl_c(done, total):
        if done > 300_000:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch(source, to=tmp_path, progress=press_ctrl_c)
    part = (tmp_path / "my_set.h5ad.part").stat().st_size
    assert part > 300_000
    assert fetch(source, to=tmp_path).read_bytes() == DATA
    assert served.ranges[-1] == f"bytes={part}-"


def test_a_server_that_ignores_ranges_is_asked_for_the_whole(source, tmp_path, served):
    served.modes = ["cut", "whole"]
    assert fetch(source, to=tmp_path).read_bytes() == DATA
    assert served.ranges[1] is not None
    assert served.sent == 500_000 + len(DATA)


def test_a_server_that_always_breaks_is_given_up(source, tmp_path, served):
    served.modes = ["cut whole"]
    with pytest.raises(CannotFetch, match="connection"):
        fetch(source, to=tmp_path)
    assert len(served.ranges) <= 5


def test_a_file_that_changed_in_between_is_not_mixed_with_its_old_half(source, tmp_path, served):
    served.modes = ["cut", "503"]
    with pytest.raises(CannotFetch):
        fetch(source, to=tmp_path)
    served.modes, served.tag, served.files["set.h5ad"] = ["plain"], '"two"', OTHER
    assert fetch(source, to=tmp_path).read_bytes() == OTHER


def test_without_tag_or_sum_nothing_is_resumed(source, tmp_path, served):
    served.tag = None
    served.modes = ["cut", "plain"]
    assert fetch(source, to=tmp_path).read_bytes() == DATA
    assert served.ranges == [None, None]
    served.modes, served.ranges = ["cut", "plain"], []
    fetch(replace(source, sha256=sha256(DATA)), to=tmp_path / "b")
    assert served.ranges[1] is not None


def test_a_part_of_another_address_is_not_used(source, tmp_path, served):
    served.modes = ["cut", "503"]
    with pytest.raises(CannotFetch):
        fetch(source, to=tmp_path)
    served.files["moved.h5ad"], served.modes = OTHER, ["plain"]
    moved = replace(source, address=served.url("moved.h5ad"))
    assert fetch(moved, to=tmp_path).read_bytes() == OTHER


def test_a_part_that_is_complete_already_is_taken(source, tmp_path, served):
    part = tmp_path / "my_set.h5ad.part"
    part.write_bytes(DATA)
    note = {"address": source.address, "tag": served.tag}
    part.with_name(f"{part.name}.json").write_text(json.dumps(note))
    assert fetch(source, to=tmp_path).read_bytes() == DATA
    assert served.sent == 0


def test_a_part_that_is_too_long_is_thrown_away(source, tmp_path, served):
    part = tmp_path / "my_set.h5ad.part"
    part.write_bytes(DATA + b"x")
    note = {"address": source.address, "tag": served.tag}
    part.with_name(f"{part.name}.json").write_text(json.dumps(note))
    assert fetch(source, to=tmp_path).read_bytes() == DATA


def test_a_server_that_falls_silent_is_asked_again(source, tmp_path, served, monkeypatch):
    monkeypatch.setattr(fetching, "TIMEOUTS", (1.0, 0.2))
    served.modes = ["stall", "plain"]
    assert fetch(source, to=tmp_path).read_bytes() == DATA
    assert served.ranges[1] is not None


@pytest.mark.parametrize("status", ["202", "429", "500", "503"])
def test_what_may_pass_is_tried_again(source, tmp_path, served, status):
    served.modes = [status, "plain"]
    assert fetch(source, to=tmp_path).read_bytes() == DATA


# --- sums -----------------------------------------------------------------------------------------


def test_a_changed_content_is_refused_and_put_aside(source, tmp_path, served):
    fetch(source, to=tmp_path)
    served.files["set.h5ad"], served.tag = OTHER, '"two"'
    with pytest.raises(CannotFetch) as caught:
        fetch(source, to=tmp_path, force=True)
    assert sha256(DATA) in str(caught.value)
    assert sha256(OTHER) in str(caught.value)
    assert (tmp_path / "my_set.h5ad").read_bytes() == DATA
    assert (tmp_path / "my_set.h5ad.unexpected").read_bytes() == OTHER


def test_force_downloads_again_what_is_the_same(source, tmp_path, served):
    fetch(source, to=tmp_path)
    fetch(source, to=tmp_path, force=True)
    assert len(served.ranges) == 2


def test_a_file_that_was_damaged_on_the_disk_is_refused(source, tmp_path):
    path = fetch(source, to=tmp_path)
    path.write_bytes(DATA[:-1] + b"!")
    os.utime(path, ns=(1, 1))
    with pytest.raises(CannotFetch, match="recorded at the first fetch"):
        fetch(source, to=tmp_path)


@pytest.mark.parametrize("kind", ["sha256", "md5"])
def test_a_declared_sum_is_checked_at_once(source, tmp_path, kind):
    right = hashlib.new(kind, DATA, usedforsecurity=False).hexdigest()
    wrong = hashlib.new(kind, OTHER, usedforsecurity=False).hexdigest()
    with pytest.raises(CannotFetch, match=wrong) as caught:
        fetch(replace(source, **{kind: wrong}), to=tmp_path / "a")
    assert right in str(caught.value)
    assert (tmp_path / "a" / "my_set.h5ad.unexpected").is_file()
    assert not (tmp_path / "a" / "my_set.h5ad").exists()
    assert fetch(replace(source, **{kind: right}), to=tmp_path / "b").is_file()


def test_a_file_put_there_by_hand_is_checked_and_recorded(source, tmp_path, served):
    (tmp_path / "my_set.h5ad").write_bytes(DATA)
    fetch(replace(source, sha256=sha256(DATA)), to=tmp_path)
    assert "my_set.h5ad" in json.loads((tmp_path / "checksums.json").read_text())
    assert served.ranges == []
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "my_set.h5ad").write_bytes(OTHER)
    with pytest.raises(CannotFetch, match="declared by source 'my_set'"):
        fetch(replace(source, sha256=sha256(DATA)), to=tmp_path / "b")


def test_an_unreadable_record_says_what_to_do(source, tmp_path):
    (tmp_path / "checksums.json").write_text("{")
    with pytest.raises(CannotFetch, match="move it away"):
        fetch(source, to=tmp_path)


# --- what is not the file -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mode", "says"),
    [
        ("404", "is not there"),
        ("410", "is not there"),
        ("401", "login"),
        ("403", "login"),
        ("page", "web page"),
        ("bare page", "web page"),
        ("huge", "GB left"),
    ],
)
def test_what_is_not_the_file_is_recognised_at_once(source, tmp_path, served, mode, says):
    served.modes = [mode]
    with pytest.raises(CannotFetch, match=says) as caught:
        fetch(source, to=tmp_path)
    assert caught.value.way_out
    assert len(served.ranges) == 1
    assert not (tmp_path / "my_set.h5ad").exists()


def test_another_size_is_refused_before_it_is_downloaded(source, tmp_path):
    with pytest.raises(CannotFetch, match=f"{len(DATA)} bytes, expected 17"):
        fetch(replace(source, size=17), to=tmp_path)
    assert not (tmp_path / "my_set.h5ad.part").exists()


def test_a_host_that_is_not_there_is_named(source, tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{free.getsockname()[1]}/x"
    with pytest.raises(CannotFetch, match=r"ConnectionRefused[\s\S]*put it at"):
        fetch(replace(source, address=nobody), to=tmp_path)


def test_an_address_that_is_none_is_said(source, tmp_path):
    with pytest.raises(CannotFetch, match="cannot be asked for"):
        fetch(replace(source, address="nonsense"), to=tmp_path)


def test_without_an_address_the_error_says_how_to_get_it_by_hand(source, tmp_path):
    by_hand = replace(source, address=None, by_hand="write to the authors")
    with pytest.raises(CannotFetch, match="write to the authors") as caught:
        fetch(by_hand, to=tmp_path)
    assert str(tmp_path / "my_set.h5ad") in caught.value.way_out
    (tmp_path / "my_set.h5ad").write_bytes(DATA)
    assert fetch(by_hand, to=tmp_path).is_file()


# --- offline --------------------------------------------------------------------------------------


@pytest.fixture
def no_socket(monkeypatch):
    def refuse(*args, **kwargs):
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)


@pytest.mark.parametrize("how", ["argument", "environment"])
@pytest.mark.parametrize("force", [False, True])
def test_offline_opens_no_socket_and_says_what_is_needed(
    source, tmp_path, monkeypatch, no_socket, how, force
):
    if how == "environment":
        monkeypatch.setenv("FORETELL_OFFLINE", "1")
    with pytest.raises(CannotFetch) as caught:
        fetch(source, to=tmp_path, offline=how == "argument", force=force)
    for needed in ("my_set.h5ad", str(tmp_path), source.address):
        assert needed in str(caught.value)


def test_offline_is_content_with_what_is_there(source, tmp_path, no_socket):
    (tmp_path / "my_set.h5ad").write_bytes(DATA)
    assert fetch(source, to=tmp_path, offline=True).read_bytes() == DATA


def test_without_the_switch_a_socket_is_opened(source, tmp_path, no_socket):
    with pytest.raises(AssertionError, match="a socket was opened"):
        fetch(source, to=tmp_path)


# --- archives -------------------------------------------------------------------------------------


def zipped(**members):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return file.getvalue()


def tarred(**members):
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as archive:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return file.getvalue()


PACKERS = {".zip": zipped, ".tar.gz": tarred}


@pytest.mark.parametrize("ending", PACKERS)
def test_one_member_is_taken_out_of_an_archive(source, tmp_path, served, ending):
    members = {"norman/perturb_processed.h5ad": DATA, "norman/go.csv": b"x", "xa.h5ad": OTHER}
    served.files["all"] = PACKERS[ending](**members)
    packed = replace(
        source, address=served.url("all"), file=f"all{ending}", member="perturb_processed.h5ad"
    )
    assert fetch(packed, to=tmp_path).read_bytes() == DATA
    record = json.loads((tmp_path / "checksums.json").read_text())
    assert record["my_set.h5ad"]["from"] == f"unpacked from all{ending}"
    assert record[f"all{ending}"]["sha256"] == sha256(served.files["all"])
    # the archive may be deleted afterwards
    (tmp_path / f"all{ending}").unlink()
    assert fetch(packed, to=tmp_path, offline=True).read_bytes() == DATA


def test_two_sources_share_one_archive(source, tmp_path, served):
    served.files["all.zip"] = zipped(**{"a/test.h5ad": DATA, "b/test.h5ad": OTHER})
    shared = replace(source, address=served.url("all.zip"), file="all.zip", member="a/test.h5ad")
    one = fetch(replace(shared, name="one"), to=tmp_path)
    two = fetch(replace(shared, name="two", member="b/test.h5ad"), to=tmp_path)
    assert (one.read_bytes(), two.read_bytes()) == (DATA, OTHER)
    assert len(served.ranges) == 1


def test_a_gzipped_file_is_unpacked(source, tmp_path, served):
    served.files["set.gz"] = gzip.compress(DATA)
    packed = replace(source, address=served.url("set.gz"), file="my_set.h5ad.gz")
    assert fetch(packed, to=tmp_path).read_bytes() == DATA


@pytest.mark.parametrize("ending", PACKERS)
@pytest.mark.parametrize("name", ["../x.h5ad", "a/../../x.h5ad", "/x.h5ad"])
def test_a_member_that_climbs_out_is_refused(source, tmp_path, served, ending, name):
    served.files["all"] = PACKERS[ending](**{name: DATA})
    packed = replace(source, address=served.url("all"), file=f"all{ending}", member="x.h5ad")
    with pytest.raises(CannotFetch, match="outside its folder"):
        fetch(packed, to=tmp_path / "in")
    assert not list(tmp_path.glob("**/x.h5ad"))


@pytest.mark.parametrize("members", [{"b.h5ad": DATA}, {"x/a.h5ad": DATA, "y/a.h5ad": DATA}])
def test_a_member_has_to_be_one(source, tmp_path, served, members):
    served.files["all.zip"] = zipped(**members)
    packed = replace(source, address=served.url("all.zip"), file="all.zip", member="a.h5ad")
    with pytest.raises(CannotFetch, match=r"files that end in 'a.h5ad'[\s\S]*it holds"):
        fetch(packed, to=tmp_path)


@pytest.mark.parametrize("ending", [".zip", ".tar.gz", ".gz"])
def test_a_broken_archive_is_named(source, tmp_path, served, ending):
    served.files["all"] = {".gz": gzip.compress(DATA)[:-9]}.get(ending, DATA)
    member = "" if ending == ".gz" else "a.h5ad"
    packed = replace(source, address=served.url("all"), file=f"all{ending}", member=member)
    with pytest.raises(CannotFetch, match=r"cannot be unpacked[\s\S]*fetch it again"):
        fetch(packed, to=tmp_path)
    assert not (tmp_path / "my_set.h5ad").exists()


# --- processes ------------------------------------------------------------------------------------

FETCH = """
import sys
from foretell.core.source import Source
from foretell.data.fetch import fetch
source = Source(name="my_set", title="t", accession="a", species="human", licence="CC0",
                reached="here", address=sys.argv[1])
print(fetch(source, to=sys.argv[2]).stat().st_size)
"""


def test_two_processes_fetch_once(source, tmp_path, served):
    served.modes = ["slow"]
    command = [sys.executable, "-c", FETCH, source.address, str(tmp_path)]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    assert [p.communicate(timeout=60)[0].strip() for p in both] == [str(len(DATA))] * 2
    assert len(served.ranges) == 1
