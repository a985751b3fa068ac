"""Study files: every mistake is named, with its line and the nearest valid value."""

from __future__ import annotations

from pathlib import Path

import pytest

from foretell.bench.plan import with_floors
from foretell.bench.references import CEILING
from foretell.bench.study_file import parse_study, read_study
from foretell.core.errors import BadMapping, BadStudy, ForetellError, UnknownName

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
STUDY = """\
name = "s"
metrics = ["mse"]
[[models]]
name = "ridge"
[[datasets]]
simulate = { n_genes = 80 }
[[datasets.splits]]
task = "unseen_perturbation"
"""
TASK, SIMULATE, MODEL = (
    'task = "unseen_perturbation"',
    "simulate = { n_genes = 80 }",
    'name = "ridge"',
)


def change(*pairs: tuple[str, str]) -> str:
    text = STUDY
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    return text


def refused(text: str) -> ForetellError:
    with pytest.raises(ForetellError) as caught:
        parse_study(text, name="s")
    assert caught.value.way_out
    assert caught.value.problem.startswith("study 's'")
    return caught.value


@pytest.mark.parametrize(
    ("old", "new", "kind", "line", "problem", "way_out"),
    [
        (MODEL, 'name = "rigde"', UnknownName, 4, "no model 'rigde'", "'ridge'"),
        (MODEL, MODEL + "\nper_gen = true", UnknownName, 5, "no field 'per_gen'", "'per_gene'"),
        (MODEL, 'nme = "ridge"', BadStudy, None, "needs a name", "ridge"),
        (
            MODEL,
            MODEL + '\nencoding = { name = "gene_score" }',
            UnknownName,
            5,
            "no encoding 'gene_score'",
            "'gene_scores'",
        ),
        (
            MODEL,
            MODEL + '\nencoding = { name = "gene_scores", rnak = 2 }',
            UnknownName,
            5,
            "no field 'rnak'",
            "'rank'",
        ),
        ('"mse"', '"msr"', UnknownName, 2, "no metric 'msr'", "'mse'"),
        ('["mse"]', '"mse"', BadStudy, 2, "`metrics` is not a list", "metrics = ["),
        ('["mse"]', "[]", BadStudy, 2, "`metrics` is not a list", "metrics = ["),
        ('["mse"]', '["mse", "mse"]', BadStudy, 2, "'mse'", "once"),
        ("metrics", "metrcs", UnknownName, 2, "no key 'metrcs'", "'metrics'"),
        ('"s"', '"s"\nprimary = "pearson"', UnknownName, 2, "'pearson'", "mse"),
        ('"s"', '"s"\npolicy = "masked"', UnknownName, 2, "'masked'", "'mask'"),
        ('"s"', '"s"\nseed = "x"', BadStudy, 2, "`seed` is 'x'", "whole number"),
        ('"s"', '"s"\nhalves = 0', BadStudy, 2, "`halves` is 0", "from 1"),
        ('"s"', '"s"\ndraws = true', BadStudy, 2, "`draws` is True", "from 1"),
        ('"s"', '"s"\ntimeout_s = -1', BadStudy, 2, "`timeout_s` is -1", "seconds"),
        ('"s"', '"../s"', BadStudy, 1, "'../s'", "folder"),
        ("[[models]]\n" + MODEL, "", BadStudy, None, "names no models", "[[models]]"),
        ("[[models]]", "[models]", BadStudy, 3, "`models` is not a list", "[[models]]"),
        ("perturbation", "perturbaton", UnknownName, 8, "'unseen_perturbaton'", "'unseen_perturb"),
        (TASK, "folds = 2", BadStudy, None, "needs a task", "unseen_perturbation"),
        (TASK, TASK + "\nfolds = 1", BadStudy, 9, "`folds` is 1", "from 2"),
        (TASK, TASK + '\nfolds = "5"', BadStudy, 9, "`folds` is '5'", "whole number"),
        (TASK, TASK + "\nfold = 5", UnknownName, 9, "no key 'fold'", "'folds'"),
        (TASK, TASK + "\nrepeats = 0", BadStudy, 9, "`repeats` is 0", "from 1"),
        (TASK, TASK + "\ncalibration = 2", BadStudy, 9, "`calibration` is 2", "below 1"),
        (TASK, TASK + "\nparts_seen = 2", BadStudy, 9, "`parts_seen`", "unseen_combination"),
        ("[[datasets.splits]]\n" + TASK, "", BadStudy, None, "'simulated' has no splits", "splits"),
        (SIMULATE, "", BadStudy, None, "either `file` or `simulate`", "one of the two"),
        (SIMULATE, 'file = "x.h5ad"\n' + SIMULATE, BadStudy, 7, "either `file`", "one of the two"),
        (SIMULATE, 'file = "x.h5ad"\nname = "y"', BadStudy, 7, "'x' is called 'y'", "subset_of"),
        ("n_genes", "n_gene", UnknownName, 6, "no key 'n_gene'", "'n_genes'"),
        ("80", "4", BadStudy, 6, "n_genes=4", "range"),
        (
            SIMULATE,
            SIMULATE + '\ncolumns = { contxt = "x" }',
            UnknownName,
            7,
            "'contxt'",
            "'context'",
        ),
        (SIMULATE, SIMULATE + '\ncolumns = { scale = "log" }', BadMapping, 7, "'log'", "'log1p'"),
        (SIMULATE, SIMULATE + "\ncolumns = 3", BadStudy, 7, "`columns` cannot be 3", "key = value"),
        (SIMULATE, SIMULATE + '\nsteps = ["log1p"]', BadStudy, 7, "'log1p'", "name ="),
        (
            SIMULATE,
            SIMULATE + '\nsteps = [{ name = "normalise" }]',
            UnknownName,
            7,
            "no step 'normalise'",
            "'normalize'",
        ),
        (
            SIMULATE,
            SIMULATE + '\nprovenance = { license = "x" }',
            UnknownName,
            7,
            "'license'",
            "'licence'",
        ),
    ],
)
def test_a_mistake_is_named_with_its_line_and_a_way_out(old, new, kind, line, problem, way_out):
    error = refused(change((old, new)))
    assert type(error) is kind
    assert problem in error.problem
    assert way_out in error.way_out
    assert ("line" in error.problem) == (line is not None)
    if line is not None:
        assert f"line {line}:" in error.problem


def test_two_models_of_one_name_are_refused_with_both_lines():
    error = refused(STUDY + "[[models]]\nname = 'ridge'\nper_gene = true\n")
    assert "lines 4 and 10" in error.problem
    assert "label" in error.way_out
    labelled = parse_study(STUDY + "[[models]]\nname = 'ridge'\nlabel = 'b'\nper_gene = true\n")
    assert [m.label for m in labelled.models] == ["ridge", "b"]


def test_a_comment_is_no_place_of_a_mistake():
    error = refused("# not rigde\n" + change((MODEL, 'name = "rigde"')))
    assert "line 5:" in error.problem


def test_text_that_is_no_toml_names_line_and_column():
    error = refused(change((MODEL, "name = ridge")))
    assert type(error) is BadStudy
    assert "line 4, column 8" in error.problem
    assert "quotes" in error.way_out


def test_a_file_that_is_missing_names_the_nearest(tmp_path):
    (tmp_path / "quick.toml").write_text(STUDY)
    with pytest.raises(BadStudy, match=r"quik\.toml") as caught:
        read_study(tmp_path / "quik.toml")
    assert "'quick.toml'" in caught.value.way_out
    with pytest.raises(BadStudy):
        read_study(tmp_path)


def test_a_file_that_is_no_text_is_refused(tmp_path):
    (tmp_path / "s.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BadStudy, match=r"s\.toml") as caught:
        read_study(tmp_path / "s.toml")
    assert "UTF-8" in caught.value.way_out


def test_a_study_is_named_by_its_file_unless_it_names_itself(tmp_path):
    (tmp_path / "mine.toml").write_text(change(('name = "s"\n', "")))
    assert read_study(tmp_path / "mine.toml").name == "mine"
    (tmp_path / "mine.toml").write_text(STUDY)
    assert read_study(tmp_path / "mine.toml").name == "s"


def test_the_hash_follows_what_is_declared_and_not_how_it_is_written():
    study = parse_study(STUDY)
    relaid = parse_study("# a comment\n" + STUDY.replace(" = ", "  =  "))
    assert relaid.hash == study.hash
    others = [
        change(('name = "s"', 'name = "s"\nseed = 1')),
        change((MODEL, MODEL + "\nper_gene = true")),
        change(("n_genes = 80", "n_genes = 81")),
        change((TASK, TASK + "\nfolds = 3")),
        change(('["mse"]', '["mae"]')),
    ]
    assert len({study.hash, *(parse_study(text).hash for text in others)}) == 6


def test_the_floor_of_every_task_is_added_and_never_renames_a_model():
    study = with_floors(parse_study(STUDY))
    assert [m.label for m in study.models] == ["ridge", "context_mean"]
    taken = parse_study(change((MODEL, MODEL + '\nlabel = "context_mean"')))
    assert [m.label for m in with_floors(taken).models] == ["context_mean", "context_mean (floor)"]


def test_no_model_may_pose_as_the_ceiling():
    posing = parse_study(change((MODEL, MODEL + f'\nlabel = "{CEILING}"')))
    with pytest.raises(BadStudy, match=CEILING) as caught:
        with_floors(posing)
    assert "label" in caught.value.way_out


@pytest.mark.parametrize("file", sorted(BENCHMARKS.glob("*.toml")), ids=lambda file: file.stem)
def test_the_declared_studies_can_be_read(file):
    assert read_study(file).models
