"""Interrupt: Ctrl-C and a polite kill stop everything at once, and the next run goes on."""

from __future__ import annotations

import os
import signal
import time

import pytest
from outside import N_RUNS, finish, finished, left_behind, run_outside, start, wait_for, write_study
from troubled import events


def interrupt_group(process):
    """What a terminal does on Ctrl-C."""
    os.killpg(process.pid, signal.SIGINT)


def interrupt_parent(process):
    process.send_signal(signal.SIGINT)


def terminate_parent(process):
    process.terminate()


@pytest.mark.parametrize(
    ("stop", "code"),
    [
        (interrupt_group, 130),
        (terminate_parent, 143),
        pytest.param(interrupt_parent, 130, marks=pytest.mark.slow),
    ],
)
def test_a_stopped_study_says_so_leaves_no_process_and_goes_on(tmp_path, stop, code):
    study, out = write_study(tmp_path), tmp_path / "out"
    process = start(study, out)
    wait_for("run", out, process, 2)
    stop(process)
    found, _, err = finish(process)
    assert found == code
    assert "foretell: stopped; finished work is kept, run the same command to go on" in err
    assert "Traceback" not in err
    assert left_behind(process.pid) == []
    kept = finished(out)
    assert 2 <= len(kept) < N_RUNS
    before = len(events(out, "run"))
    code, _, err = run_outside(study, out)
    assert code == 0, err
    assert f"runs: {len(kept)} of {N_RUNS} were there already" in err
    assert not {event["key"] for event in events(out, "run")[before:]} & kept
    assert len(finished(out)) == N_RUNS


def test_a_screen_that_is_being_simulated_can_be_interrupted(tmp_path):
    """HDF5 does not survive an exception in the middle of a write."""
    study, out = write_study(tmp_path), tmp_path / "out"
    larger = study.read_text().replace("n_genes = 30", "n_genes = 2000")
    study.write_text(larger.replace("cells_per_condition = 8", "cells_per_condition = 3000"))
    process = start(study, out)
    wait_for("study", out, process)
    time.sleep(0.3)
    interrupt_group(process)
    code, _, err = finish(process)
    assert code == 130
    assert err.strip().startswith("foretell: stopped")
    assert events(out, "data") == []
    assert list((out / "store" / "data").iterdir()) == []
