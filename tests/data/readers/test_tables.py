"""Tables: wide, transposed and long, as parquet and text, and what is wrong with some."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import foretell
from foretell.core.errors import BadMapping, BadValues, ForetellError, UnknownName, UnreadableFile
from foretell.core.layout import TableLayout
from foretell.data.readers.read import read

GENES = [f"G{i}" for i in range(12)]
LABELS = ["control", "control", "A", "B", "A+B"]
VALUES = np.random.default_rng(0).normal(size=(5, 12)).astype(np.float32).round(3)
SAMPLES = {"scale": "z", "observation": "samples"}


def wide() -> pd.DataFrame:
    frame = pd.DataFrame(VALUES, columns=GENES)
    frame.insert(0, "perturbation", LABELS)
    return frame


def long() -> pd.DataFrame:
    frame = wide().assign(well=list("abcde"))
    return frame.melt(["perturbation", "well"], GENES, "gene", "value")


def write(frame: pd.DataFrame, path: Path, **kw: object) -> Path:
    if path.suffix == ".parquet":
        frame.to_parquet(path)
    else:
        frame.to_csv(path, index=False, sep="\t" if ".tsv" in path.name else ",", **kw)
    return path


def refused(path: Path, kind: type[ForetellError], match: str, layout: TableLayout | None = None):
    with pytest.raises(kind, match=match) as caught:
        read(path, layout=layout)
    assert caught.value.way_out
    return caught.value.way_out


@pytest.mark.parametrize("name", ["a.parquet", "a.csv", "a.tsv", "a.csv.gz", "a.txt"])
@pytest.mark.parametrize("layout", [None, TableLayout(), TableLayout(about=("perturbation",))])
def test_a_wide_table_reads_alike_in_every_form(
    tmp_path: Path, name: str, layout: TableLayout | None
) -> None:
    path = write(wide(), tmp_path / name)
    before = path.read_bytes(), path.stat().st_mtime_ns
    data = foretell.load(path, layout=layout, **SAMPLES)
    assert data.name == "a"
    assert list(data.genes) == GENES
    np.testing.assert_array_equal(data.values().astype(np.float32), VALUES)
    assert list(data.obs["perturbation"]) == LABELS
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before


@pytest.mark.parametrize("sep", [",", "\t", ";", "|"])
def test_the_delimiter_is_found_and_quotes_are_understood(tmp_path: Path, sep: str) -> None:
    frame = wide()
    frame["perturbation"] = ["control", "control", "A, 5 uM", 'a "b"', "x;y\tz|"]
    frame.to_csv(tmp_path / "a.csv", index=False, sep=sep)
    adata = read(tmp_path / "a.csv")
    assert list(adata.obs["perturbation"]) == list(frame["perturbation"])
    np.testing.assert_array_equal(adata.X.astype(np.float32), VALUES)


def test_names_of_rows_are_names_of_observations(tmp_path: Path) -> None:
    frame = wide().set_index(pd.Index([f"s{i}" for i in range(5)]))
    frame.to_csv(tmp_path / "a.csv")
    frame.to_parquet(tmp_path / "a.parquet")
    lines = (tmp_path / "a.csv").read_text().splitlines()
    (tmp_path / "r.csv").write_text("\n".join([lines[0].removeprefix(","), *lines[1:]]))
    for name in ("a.csv", "a.parquet", "r.csv"):
        adata = read(tmp_path / name)
        assert list(adata.obs_names) == [f"s{i}" for i in range(5)]
        assert list(adata.obs) == ["perturbation"]
        assert list(adata.var_names) == GENES


def test_a_label_may_be_called_none_or_na_and_a_number_may_be_missing(tmp_path: Path) -> None:
    frame = wide().astype({g: object for g in GENES})
    frame["perturbation"] = ["None", "None", "NA", "null", "nan"]
    frame.loc[1, "G3"] = "NA"
    frame.loc[2, "G4"] = ""
    adata = read(write(frame, tmp_path / "a.csv"), layout=TableLayout())
    assert list(adata.obs["perturbation"]) == ["None", "None", "NA", "null", "nan"]
    expected = VALUES.astype(float)
    expected[1, 3] = expected[2, 4] = np.nan
    np.testing.assert_allclose(adata.X, expected, rtol=1e-6)


def test_targets_of_two_columns_are_joined(tmp_path: Path) -> None:
    frame = wide().drop(columns="perturbation")
    frame.insert(0, "second", ["", "", None, "B", "B"])
    frame.insert(0, "first", ["control", "control", "A", "", "A"])
    path = write(frame, tmp_path / "a.csv")
    adata = read(path, layout=TableLayout(perturbation=("first", "second")))
    assert list(adata.obs["perturbation"]) == LABELS
    assert list(adata.var_names) == GENES
    frame.loc[1, "first"] = ""
    write(frame, path)
    refused(
        path, BadValues, "row 2 .* names no target", TableLayout(perturbation=("first", "second"))
    )
    write(wide().assign(first="x"), path)
    refused(path, BadMapping, "'perturbation' already", TableLayout(perturbation=("first",)))


def test_a_transposed_table_is_turned_and_described_by_the_second(tmp_path: Path) -> None:
    turned = pd.DataFrame(VALUES.T, columns=[f"s{i}" for i in range(5)])
    turned.insert(0, "symbol", GENES)
    turned.insert(1, "biotype", "coding")
    path = write(turned, tmp_path / "a.tsv")
    about = pd.DataFrame({"sample": [f"s{i}" for i in (4, 2, 0, 1, 3)]})
    about["perturbation"] = [LABELS[i] for i in (4, 2, 0, 1, 3)]
    write(about, tmp_path / "samples.csv")
    layout = TableLayout(transposed=True, obs="samples.csv")
    data = foretell.load(path, layout=layout, **SAMPLES)
    np.testing.assert_array_equal(data.values().astype(np.float32), VALUES)
    assert list(data.obs["perturbation"]) == LABELS
    assert list(read(path, layout=layout).var["biotype"]) == ["coding"] * 12


@pytest.mark.parametrize("name", ["a.parquet", "a.csv.gz"])
@pytest.mark.parametrize("shuffled", [False, True])
def test_a_long_table_is_spread_and_unlisted_pairs_are_nan(
    tmp_path: Path, name: str, shuffled: bool
) -> None:
    frame = long().drop(index=[3, 17])
    path = write(frame.sample(frac=1, random_state=0) if shuffled else frame, tmp_path / name)
    layout = TableLayout("gene", "value", ("perturbation", "well"))
    adata = read(path, layout=layout)
    expected = pd.DataFrame(VALUES, columns=GENES, index=list("abcde")).stack()
    for well, gene in ((r["well"], r["gene"]) for _, r in long().iloc[[3, 17]].iterrows()):
        expected[well, gene] = np.nan
    assert adata.X.dtype == np.float32
    assert adata.shape == (5, 12)
    for name, row in zip(adata.obs["well"], adata.X, strict=True):
        np.testing.assert_array_equal(row, expected[name][adata.var_names].astype(np.float32))
    assert set(adata.obs_names) == {f"{p}|{w}" for p, w in zip(LABELS, "abcde", strict=True)}
    assert list(adata.var_names) == sorted(GENES)


@pytest.mark.parametrize(("censored", "value"), [(None, np.nan), ("small", 0.0)])
def test_what_is_not_listed_is_nan_or_small_as_the_mapping_says(
    tmp_path: Path, censored: str | None, value: float
) -> None:
    path = write(long().iloc[1:], tmp_path / "a.parquet")
    layout = TableLayout("gene", "value", ("perturbation", "well"))
    data = foretell.load(path, layout=layout, censored=censored, **SAMPLES)
    found = data.values()[list(data.obs["well"]).index("a"), list(data.genes).index("G0")]
    np.testing.assert_equal(float(found), value)


def test_targets_of_a_long_table_are_joined(tmp_path: Path) -> None:
    frame = long().assign(one="A", two="B").drop(columns="perturbation")
    layout = TableLayout("gene", "value", ("well",), ("one", "two"))
    adata = read(write(frame, tmp_path / "a.parquet"), layout=layout)
    assert list(adata.obs["perturbation"]) == ["A+B"] * 5


def test_a_pair_that_is_listed_twice_is_named_with_its_rows(tmp_path: Path) -> None:
    frame = pd.concat([long(), long().iloc[[7]]])
    path = write(frame, tmp_path / "a.csv")
    layout = TableLayout("gene", "value", ("perturbation", "well"))
    way_out = refused(path, BadValues, r"A, well c, gene G1 \(rows 8 and 61\)", layout)
    assert "about" in way_out
    refused(path, BadValues, "13 pairs", TableLayout("gene", "value", ("perturbation",)))


def test_a_spread_that_does_not_fit_into_memory_is_refused_before_it_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import foretell.data.readers.long as module

    monkeypatch.setattr(module, "SHARE_OF_MEMORY", 1e-12)
    layout = TableLayout("gene", "value", ("perturbation", "well"))
    refused(write(long(), tmp_path / "a.csv"), BadValues, "5 observations of 12 genes", layout)


@pytest.mark.parametrize(
    ("layout", "kind", "match"),
    [
        (TableLayout("gen", "value", ("well",)), UnknownName, "no column 'gen'"),
        (TableLayout("gene", "value"), BadMapping, "does not say"),
        (TableLayout("gene", "value", ("gene",)), BadMapping, "and under `about`"),
        (TableLayout("gene", "perturbation", ("well",)), BadValues, "'control' in row 1"),
        (TableLayout(about=("wel",)), UnknownName, "no column 'wel'"),
        (TableLayout(about=("perturbation", "well", "gene", "value")), BadMapping, "no column"),
        (TableLayout(obs="b.csv", about=("well", "gene", "perturbation")), UnreadableFile, "b.csv"),
    ],
)  # fmt: skip
def test_a_layout_that_does_not_fit_says_what_does_not(
    tmp_path: Path, layout: TableLayout, kind: type[ForetellError], match: str
) -> None:
    refused(write(long(), tmp_path / "a.csv"), kind, match, layout)


def test_a_long_table_without_a_layout_is_told_the_likely_one(tmp_path: Path) -> None:
    way_out = refused(write(long(), tmp_path / "a.csv"), BadMapping, "not clear")
    assert 'gene = "gene", value = "value", about = ["perturbation", "well"]' in way_out


def test_numbers_that_may_describe_are_not_taken_for_genes(tmp_path: Path) -> None:
    path = write(wide().assign(dose=1.0), tmp_path / "a.csv")
    assert "about" in refused(path, BadMapping, "'dose' may describe")
    adata = read(path, layout=TableLayout(about=("perturbation", "dose")))
    assert list(adata.var_names) == GENES


@pytest.mark.parametrize("layout", [None, TableLayout(about=("perturbation",))])
def test_a_text_among_numbers_is_named_with_its_cell(
    tmp_path: Path, layout: TableLayout | None
) -> None:
    frame = pd.concat([wide()] * 4).astype({"G7": object})
    frame.iloc[13, 8] = "1.O"
    path = write(frame, tmp_path / "a.csv")
    refused(path, BadValues, "'1.O' in row 14 of column 'G7'", layout)


def test_numbers_stored_as_text_are_named(tmp_path: Path) -> None:
    path = write(wide().astype({"G7": str}), tmp_path / "a.parquet")
    refused(path, BadValues, "column 'G7'.* stored as text", TableLayout(about=("perturbation",)))


@pytest.mark.parametrize("sep", [";", ","])
def test_decimal_commas_are_refused_with_the_first_cell(tmp_path: Path, sep: str) -> None:
    wide().to_csv(tmp_path / "a.csv", index=False, sep=sep, decimal=",", quoting=1)
    refused(tmp_path / "a.csv", UnreadableFile, r"column 'G0' .*\(row 1\) has a decimal comma")


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (lambda raw: raw.replace(b"G3", b"G4"), "'G4'"),
        (lambda raw: raw[:-20], "last line"),
        (lambda raw: raw.replace(b"control", b"contr\xf6l"), "not UTF-8"),
        (lambda raw: raw.decode().encode("utf-16"), "UTF-16"),
        (lambda raw: raw.split(b"\n")[0] + b"\n", "without rows"),
        (lambda raw: b"", "empty"),
        (lambda raw: raw.replace(b"\n", b",7,8\n").replace(b"G11,7,8", b"G11"), "columns"),
        (lambda raw: raw + b"A,1,2,3,4,5,6,7,8,9,10,11,12,13,14\n", "line 7"),
        (lambda raw: raw.replace(b",", b"~"), "one column"),
    ],
)
def test_a_broken_text_says_what_is_wrong(tmp_path: Path, change, match: str) -> None:
    path = write(wide(), tmp_path / "a.csv")
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(UnreadableFile, match=match):
        read(path, layout=TableLayout(about=("perturbation",)))


@pytest.mark.parametrize("share", [0.1, 0.5, 0.95])
@pytest.mark.parametrize("name", ["a.parquet", "a.csv.gz"])
def test_a_truncated_table_is_refused(tmp_path: Path, name: str, share: float) -> None:
    path = write(pd.concat([wide()] * 50), tmp_path / name)
    raw = path.read_bytes()
    path.write_bytes(raw[: int(len(raw) * share)])
    refused(path, UnreadableFile, "not a readable")


def test_a_byte_order_mark_is_no_part_of_a_name(tmp_path: Path) -> None:
    raw = write(wide(), tmp_path / "a.csv").read_bytes()
    (tmp_path / "a.csv").write_bytes(b"\xef\xbb\xbf" + raw)
    assert list(read(tmp_path / "a.csv").obs) == ["perturbation"]


def test_whole_numbers_beyond_single_precision_stay_exact(tmp_path: Path) -> None:
    frame = wide()
    frame["G0"] = [2**24 + i for i in range(5)]
    assert list(read(write(frame, tmp_path / "a.csv")).X[:, 0]) == [2**24 + i for i in range(5)]


def test_the_fingerprint_follows_the_layout(tmp_path: Path) -> None:
    path = write(long().assign(other=1.0), tmp_path / "a.parquet")
    found = {
        foretell.load(
            path, layout=TableLayout("gene", v, ("perturbation", "well")), **SAMPLES
        ).fingerprint
        for v in ("value", "other")
    }
    assert len(found) == 2


def test_a_layout_of_a_table_on_an_h5ad_file_is_refused(make_adata, tmp_path: Path) -> None:
    make_adata().write_h5ad(tmp_path / "a.h5ad")
    refused(tmp_path / "a.h5ad", BadMapping, "speaks of a table", TableLayout(transposed=True))


def test_gzip_is_known_by_content(tmp_path: Path) -> None:
    raw = write(wide(), tmp_path / "a.csv").read_bytes()
    (tmp_path / "b.csv").write_bytes(gzip.compress(raw))
    assert "gunzip b.csv.gz" in refused(tmp_path / "b.csv", UnreadableFile, "compressed")
