"""Every source keeps the contract of a source; found because its file exists."""

import re
from collections import defaultdict
from pathlib import Path

import pytest

from foretell.core.errors import BadMapping, UnknownName
from foretell.core.mapping import ColumnMapping
from foretell.core.source import Source
from foretell.data.sources import catalogue
from foretell.data.sources.catalogue import find_source, sources

FOLDER = Path(catalogue.__file__).parent
REFERENCES = Path(__file__).parents[3] / "docs" / "references.bib"
DOI = re.compile(r"10\.\d{4,9}/\S+")
KEYS = set(re.findall(r"^@\w+\{(\w+),", REFERENCES.read_text("utf-8"), re.MULTILINE))

every = pytest.mark.parametrize("source", sources().values(), ids=list(sources()))


def test_every_file_of_the_folder_is_a_source_of_its_name():
    files = {f.stem for f in FOLDER.glob("*.py")} - {"__init__", "catalogue", "open"}
    assert set(sources()) == files
    assert len(files) > 80


@every
def test_a_source_has_a_safe_address_or_says_how_to_get_it_by_hand(source):
    if source.address is None:
        assert len(source.by_hand) > 20
    else:
        assert source.address.startswith("https://")
        assert " " not in source.address


@every
def test_a_source_says_what_people_have_to_know(source):
    assert len(source.title) > 10
    assert source.accession
    assert source.species
    assert source.licence
    assert "reached" in source.reached
    assert not any("  " in text for text in (source.title, source.reached, *source.notes))


@every
def test_a_source_cites_what_exists(source):
    for doi in (source.doi, source.data_doi):
        assert not doi or DOI.fullmatch(doi)
    assert not source.citation or source.citation in KEYS


@every
def test_a_source_maps_columns_and_knows_plausible_numbers(source):
    assert isinstance(source.mapping, ColumnMapping)
    assert all(number > 0 for number in source.shape.values())
    assert source.size is None or source.size > 10_000
    # what has no controls has to be on a relative scale
    mapping = source.mapping
    relative = mapping.scale in ("log_ratio", "z", "rank", "sign")
    assert relative or mapping.control or mapping.is_control


def test_files_that_share_a_download_share_its_address():
    addresses = defaultdict(set)
    for source in sources().values():
        addresses[source.download].add(source.address)
    assert {name: found for name, found in addresses.items() if len(found) > 1} == {}


def test_two_sources_of_one_address_take_different_members():
    members = [(s.address, s.member) for s in sources().values() if s.address]
    assert len(set(members)) == len(members)


def test_a_wrong_name_gets_the_nearest():
    with pytest.raises(UnknownName, match="norman2019_gears"):
        find_source("norman2019_gear")


def test_a_file_without_a_source_is_loud(monkeypatch, tmp_path):
    (tmp_path / "forgotten.py").write_text("SOURCE = None\n")
    package = __import__("foretell.data.sources", fromlist=["sources"])
    monkeypatch.setattr(package, "__path__", [*package.__path__, str(tmp_path)])
    sources.cache_clear()
    try:
        with pytest.raises(UnknownName, match="declares no source 'forgotten'"):
            sources()
    finally:
        sources.cache_clear()


GOOD = {
    "name": "x",
    "title": "t",
    "accession": "a",
    "species": "human",
    "licence": "CC0",
    "reached": "never reached",
    "address": "https://example.org/x.h5ad",
}


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"name": "Two Words"}, "rename it"),
        ({"licence": ""}, "not stated"),
        ({"reached": ""}, "empty"),
        ({"address": None}, "by_hand"),
        ({"sha256": "abc"}, "64 hex"),
        ({"md5": "X" * 32}, "32 hex"),
        ({"file": "x.zip"}, "an archive needs a member"),
        ({"file": "x.h5ad.gz", "member": "a"}, "a single file has none"),
        ({"member": "a.h5ad"}, "a single file has none"),
    ],
)
def test_a_record_that_cannot_be_right_is_refused(wrong, says):
    assert Source(**GOOD).download == "x.h5ad"
    with pytest.raises(BadMapping, match=says):
        Source(**GOOD | wrong)
