"""Crash: whatever is killed, and whenever, nothing is lost, doubled or half-written."""

from __future__ import annotations

import os
import signal
import time

import numpy as np
import pytest
from outside import N_RUNS, finish, finished, run_outside, same_tables, start, wait_for
from troubled import events


def kill_and_resume(reference, out, moments, kill) -> None:
    """Kill the study at each moment, then let it finish; compare with the undisturbed one."""
    study, undisturbed, duration = reference
    seen = 0  # events that earlier attempts have logged
    for moment in moments:
        before = finished(out)
        process = start(study, out)
        time.sleep(moment * duration)
        kill(process)
        process.communicate()
        seen = check_attempt(out, before, seen)
    before = finished(out)
    code, _, err = run_outside(study, out)
    assert code == 0, err
    check_attempt(out, before, seen)
    assert len(finished(out)) == N_RUNS
    same_tables(out, undisturbed)


def check_attempt(out, before, seen) -> int:
    """Nothing that was kept before an attempt was run by it again."""
    runs = events(out, "run") if (out / "log.jsonl").exists() else []
    keys = [event["key"] for event in runs[seen:]]
    assert not set(keys) & before
    assert len(set(keys)) == len(keys)
    assert before <= finished(out)
    return len(runs)


def kill_group(process):
    os.killpg(process.pid, signal.SIGKILL)


def kill_parent(process):
    process.kill()


@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.slow)])
def test_killing_the_whole_group_at_random_moments_loses_nothing(reference, tmp_path, seed):
    moments = np.random.default_rng(seed).uniform(0.1, 0.9, 5 if seed == 0 else 20)
    kill_and_resume(reference, tmp_path / "out", moments, kill_group)


def test_killing_the_parent_alone_loses_nothing(reference, tmp_path):
    """Its workers finish what they are at; the next attempt waits for them or finds their runs."""
    kill_and_resume(reference, tmp_path / "out", [0.5], kill_parent)


def test_a_kill_in_the_middle_of_every_stage_loses_nothing(reference, tmp_path):
    study, undisturbed, _ = reference
    out = tmp_path / "out"
    for kind, count in (("data", 1), ("run", 1), ("scores", 1)):
        process = start(study, out)
        wait_for(kind, out, process, count)
        kill_group(process)
        process.communicate()
    code, _, err = run_outside(study, out)
    assert code == 0, err
    same_tables(out, undisturbed)


def test_two_processes_at_once_share_the_work(reference, tmp_path):
    study, undisturbed, _ = reference
    out = tmp_path / "out"
    processes = [start(study, out), start(study, out)]
    ends = [finish(process) for process in processes]
    assert [code for code, _, _ in ends] == [0, 0], ends
    keys = [event["key"] for event in events(out, "run")]
    assert len(keys) == len(set(keys)) == N_RUNS
    found = [event["key"] for event in events(out, "found")]
    assert set(found) <= set(keys)
    same_tables(out, undisturbed)
    boards = [out[out.index("calibrated") :].split("tables:")[0] for _, out, _ in ends]
    assert without_times(boards[0]) == without_times(boards[1])


def without_times(board: str) -> list[list[str]]:
    return [line.split()[:-1] for line in board.splitlines()]


def test_two_processes_with_folders_of_their_own_share_a_store(reference, tmp_path):
    study, undisturbed, _ = reference
    outs = [tmp_path / "one", tmp_path / "two"]
    processes = [start(study, out, "--store", str(tmp_path / "store")) for out in outs]
    assert [finish(process)[0] for process in processes] == [0, 0]
    keys = [event["key"] for out in outs for event in events(out, "run")]
    assert len(keys) == len(set(keys)) == N_RUNS
    same_tables(outs[0], undisturbed)
    same_tables(outs[1], undisturbed)
