"""Find: names, stems and forms on the data path, and hashes that follow the content."""

from __future__ import annotations

from pathlib import Path

import pytest

from foretell.core.errors import UnreadableFile
from foretell.data.find import data_files, file_hash, find_file, is_store, stem_of

FORMS = ("h5ad", "zarr", "h5", "parquet", "csv", "tsv", "csv.gz", "tsv.gz", "zarr.zip")


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FORETELL_DATA", str(tmp_path))
    monkeypatch.chdir("/")
    return tmp_path


def make(root: Path, *names: str) -> None:
    """Create files; a name that ends in ``/`` is a folder of 10x counts, ``.zarr`` a store."""
    for name in names:
        if name.endswith(("/", ".zarr")):
            (root / name).mkdir(parents=True)
            (root / name / ("matrix.mtx" if name.endswith("/") else "zarr.json")).touch()
        else:
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(name)


@pytest.mark.parametrize("form", FORMS)
def test_a_stem_finds_every_form_and_a_name_that_form(root: Path, form: str) -> None:
    make(root, f"x.v2.{form}")
    assert find_file("x.v2").name == f"x.v2.{form}"
    assert find_file(f"x.v2.{form}").name == f"x.v2.{form}"
    assert stem_of(find_file("x.v2")) == "x.v2"


@pytest.mark.parametrize("other", FORMS[1:])
def test_of_one_stem_h5ad_is_preferred_and_a_full_name_always_works(root: Path, other: str) -> None:
    make(root, f"a.{other}", "sub/a.h5ad")
    assert find_file("a").name == "a.h5ad"
    assert find_file(f"a.{other}").name == f"a.{other}"


def test_the_first_folder_on_the_path_wins(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(root, "one/a.h5ad", "two/a.h5ad")
    monkeypatch.setenv("FORETELL_DATA", f"{root / 'two'}:{root / 'one'}")
    assert find_file("a").parent.name == "two"


def test_a_folder_of_counts_is_found_by_its_name_one_deeper_too(root: Path) -> None:
    make(root, "run.1/", "sub/run.2/")
    assert find_file("run.1") == root / "run.1"
    assert find_file("run.2") == root / "sub" / "run.2"
    assert stem_of(find_file("run.2")) == "run.2"


def test_a_folder_named_like_a_screen_does_not_hide_it(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(root, "kang/kang.h5ad")
    monkeypatch.chdir(root)
    assert find_file("kang").name == "kang.h5ad"


def test_what_lies_inside_a_store_is_no_data_file(root: Path) -> None:
    make(root, "a.zarr", "a.zarr/obs/x.csv", "run/", "run/features.tsv", "b.txt", "README.md")
    (root / "a.zarr" / "X").mkdir()
    (root / "a.zarr" / "X" / ".zgroup").touch()
    assert sorted(f.name for f in data_files()) == ["a.zarr", "b.txt", "run"]


def test_any_text_may_be_a_table_but_only_by_its_full_name(root: Path) -> None:
    make(root, "notes.txt")
    assert find_file("notes.txt").name == "notes.txt"
    with pytest.raises(UnreadableFile):
        find_file("notes")


def test_another_form_than_asked_for_is_named_and_not_taken(root: Path) -> None:
    make(root, "a.h5ad")
    with pytest.raises(UnreadableFile) as caught:
        find_file("a.csv")
    assert "a.h5ad" in caught.value.way_out


def test_a_near_name_is_offered_whatever_its_form(root: Path) -> None:
    make(root, "norman.parquet")
    with pytest.raises(UnreadableFile) as caught:
        find_file("normn")
    assert "did you mean 'norman'?" in caught.value.way_out


def test_a_part_of_a_name_lists_those_that_hold_it(root: Path) -> None:
    make(root, "crispr_norman2019_k562.h5ad", "crispr_norman2019_maps.parquet", "other.h5ad")
    with pytest.raises(UnreadableFile) as caught:
        find_file("Norman")
    assert caught.value.way_out == (
        "names with 'Norman': crispr_norman2019_k562, crispr_norman2019_maps"
    )


def test_a_folder_is_a_store_by_what_it_holds(root: Path) -> None:
    make(root, "a.zarr", "run/", "plain/a.csv")
    assert is_store(root / "a.zarr")
    assert is_store(root / "run")
    assert not is_store(root / "plain")
    assert not is_store(root / "nothing")


def test_the_hash_of_a_folder_follows_names_and_contents(root: Path) -> None:
    make(root, "run/", "run/barcodes.tsv", "run/features.tsv")
    before = file_hash(root / "run")
    assert file_hash(root / "run") == before
    assert len(before) == 64
    (root / "run" / "barcodes.tsv").write_text("other barcodes")
    changed = file_hash(root / "run")
    (root / "run" / "barcodes.tsv").rename(root / "run" / "cells.tsv")
    assert len({before, changed, file_hash(root / "run")}) == 3
