"""Damage: what is broken in a store is put aside and made anew, and never yields a number."""

from __future__ import annotations

import shutil

import numpy as np
import pandas as pd
import pytest
from troubled import Troubled, events, numbers, run_tiny

from foretell.bench.runner import plan_study
from foretell.bench.store import Store

MODEL = ("m", Troubled(share=0.5))


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """A finished study, to be copied and harmed."""
    out = tmp_path_factory.mktemp("template")
    return out, numbers(run_tiny(out, MODEL))


@pytest.fixture
def harmed(template, tmp_path):
    out = tmp_path / "out"
    shutil.copytree(template[0], out)
    return out


def runs_of(out):
    return sorted((out / "store" / "runs").glob("*/*"))


def flip(path):
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 1
    path.write_bytes(raw)


def cut(path):
    path.write_bytes(path.read_bytes()[:-100])


RUN_HARMS = {
    "record is garbage": lambda run: (run / "run.json").write_text("{"),
    "record is gone": lambda run: (run / "run.json").unlink(),
    "arrays are cut": lambda run: cut(run / "prediction" / "arrays.npz"),
    "a bit is flipped": lambda run: flip(run / "prediction" / "arrays.npz"),
    "prediction is gone": lambda run: shutil.rmtree(run / "prediction"),
    "folder is empty": lambda run: [shutil.rmtree(run), run.mkdir()],
}


@pytest.mark.parametrize("with_scores", [True, False])
@pytest.mark.parametrize("harm", RUN_HARMS)
def test_a_damaged_run_is_put_aside_and_made_anew(template, harmed, harm, with_scores):
    victim = next(r for r in runs_of(harmed) if '"m"' in (r / "run.json").read_text())
    RUN_HARMS[harm](victim)
    if not with_scores:
        shutil.rmtree(harmed / "store" / "scores")
    before = len(events(harmed, "run"))
    results = run_tiny(harmed, MODEL)
    for found, expected in zip(numbers(results), template[1], strict=True):
        pd.testing.assert_frame_equal(found, expected, check_exact=True)
    unseen = harm == "a bit is flipped" and with_scores  # its scores are there: nobody reads it
    ran = [e["model"] for e in events(harmed, "run")[before:]]
    assert ran == ([] if unseen else ["m"])
    aside = list((harmed / "store" / "damaged").glob("*"))
    assert [p.name.partition(".")[0] for p in aside] == ([] if unseen else [victim.name])
    told = [e["moved_to"] for e in events(harmed, "damaged")]
    assert told == [str(p) for p in aside]


@pytest.mark.parametrize("harm", [flip, cut, lambda path: path.write_text("")])
def test_damaged_scores_are_put_aside_and_made_anew(template, harmed, harm):
    for path in (harmed / "store" / "scores").glob("*/*.parquet"):
        harm(path)
    before = len(events(harmed, "run"))
    results = run_tiny(harmed, MODEL)
    for found, expected in zip(numbers(results), template[1], strict=True):
        pd.testing.assert_frame_equal(found, expected, check_exact=True)
    assert len(events(harmed, "run")) == before
    assert len(list((harmed / "store" / "damaged").iterdir())) == 6


@pytest.mark.parametrize("harm", [flip, cut, lambda path: path.write_text("")])
def test_a_damaged_simulated_screen_is_simulated_again(template, harmed, harm):
    (screen,) = (harmed / "store" / "data").glob("*.h5ad")
    whole = screen.read_bytes()
    harm(screen)
    results = run_tiny(harmed, MODEL)
    assert screen.read_bytes() == whole
    assert len(events(harmed, "run")) == 6
    for found, expected in zip(numbers(results), template[1], strict=True):
        pd.testing.assert_frame_equal(found, expected, check_exact=True)


def test_left_overs_of_killed_processes_are_never_taken_as_finished(template, harmed):
    victim = runs_of(harmed)[0]
    victim.rename(victim.with_name(f".{victim.name}.abcdef12.part"))
    score = next((harmed / "store" / "scores").glob("*/*.parquet"))
    score.rename(score.with_name(f".{score.name}.abcdef12.part"))
    before = len(events(harmed, "run"))
    results = run_tiny(harmed, MODEL)
    assert len(events(harmed, "run")) == before + 1
    for found, expected in zip(numbers(results), template[1], strict=True):
        pd.testing.assert_frame_equal(found, expected, check_exact=True)


def test_a_run_that_breaks_while_it_is_judged_is_made_anew(template, harmed):
    """The first look sees whole files; the bad one is found when it is read."""
    from troubled import tiny_study

    shutil.rmtree(harmed / "store" / "scores")
    plan = plan_study(tiny_study(MODEL), Store(harmed / "store"))
    for task in plan.fits():
        flip(Store(harmed / "store").run_folder(task.key) / "prediction" / "arrays.npz")
    results = run_tiny(harmed, MODEL)
    assert len(events(harmed, "run")) == 12
    np.testing.assert_array_equal(numbers(results)[0]["value"], template[1][0]["value"])
