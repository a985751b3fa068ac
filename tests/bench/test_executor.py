"""Executor: a process per task, whatever becomes of it."""

from __future__ import annotations

import os
import signal
import time

import psutil
import pytest
from troubled import (
    answer_job,
    busy_job,
    die_job,
    environment_job,
    lingering_job,
    marking_job,
    raise_job,
    sleep_job,
)

import foretell.bench.executor as executor
from foretell.bench.executor import Job, run_jobs
from foretell.core.errors import StoreProblem


def outcomes(*jobs: Job, n_processes: int = 2, megabytes: float = 1e4):
    return {o.job.name: o for o in run_jobs(jobs, n_processes=n_processes, megabytes=megabytes)}


def test_jobs_answer_and_their_time_is_taken():
    found = outcomes(*(Job(f"j{i}", answer_job, (f"a{i}",), 1.0) for i in range(5)))
    assert {name: o.status for name, o in found.items()} == {f"j{i}": f"a{i}" for i in range(5)}
    assert all(0 < o.seconds < 20 for o in found.values())


@pytest.mark.parametrize(
    ("job", "said"),
    [
        (Job("j", raise_job, ("theirs",), 1.0), "ValueError: on purpose"),
        (Job("j", die_job, ("kill",), 1.0), "ended by SIGKILL, most likely for want of memory"),
        (Job("j", die_job, ("exit",), 1.0), "ended with code 7 and no answer"),
        (Job("j", sleep_job, (60,), 1.0, timeout_s=0.5), "stopped after 0.5 s (timeout_s)"),
    ],
)
def test_a_job_that_dies_says_how_and_the_others_go_on(job, said):
    found = outcomes(job, Job("other", answer_job, ("done",), 1.0), n_processes=1)
    assert found["j"].status == "died"
    assert said in found["j"].problem
    assert found["other"].status == "done"


def test_an_error_of_ours_ends_all_and_leaves_no_process_behind():
    jobs = [Job("slow", sleep_job, (60,), 1.0), Job("bad", raise_job, ("ours",), 1.0)]
    with pytest.raises(StoreProblem, match="the disk is full") as caught:
        outcomes(*jobs)
    assert caught.value.way_out == "free some space"
    assert sleeping_children() == []


def sleeping_children() -> list[int]:
    """Children of the fork server that still run."""
    deadline = time.monotonic() + 5
    while True:
        me = psutil.Process()
        workers = [w.pid for child in me.children() for w in child.children() if w.is_running()]
        if not workers or time.monotonic() > deadline:
            return workers
        time.sleep(0.05)


def test_who_stops_listening_stops_the_jobs():
    listening = run_jobs(
        [Job("quick", answer_job, ("done",), 1.0), Job("slow", sleep_job, (60,), 1.0)],
        n_processes=2,
        megabytes=1e4,
    )
    assert next(listening).job.name == "quick"
    listening.close()
    assert sleeping_children() == []


def test_a_busy_job_is_tried_again_until_it_is_done(tmp_path, monkeypatch):
    monkeypatch.setattr(executor, "PAUSE_S", 0.05)
    found = outcomes(Job("j", busy_job, (str(tmp_path / "tally"), 3), 1.0))
    assert found["j"].status == "done"
    assert (tmp_path / "tally").read_text() == "xxxx"


def test_a_process_that_stays_after_its_answer_is_stopped(monkeypatch):
    monkeypatch.setattr(executor, "PATIENCE_S", 0.3)
    started = time.monotonic()
    assert outcomes(Job("j", lingering_job, (), 1.0))["j"].status == "done"
    assert time.monotonic() - started < 20


@pytest.mark.parametrize(
    ("megabytes", "n_processes", "most"), [(1e4, 3, 3), (250, 3, 2), (1, 3, 1)]
)
def test_jobs_are_admitted_by_processes_and_memory(tmp_path, megabytes, n_processes, most):
    jobs = [Job(f"j{i}", marking_job, (str(tmp_path), f"j{i}"), 100.0) for i in range(5)]
    found = outcomes(*jobs, megabytes=megabytes, n_processes=n_processes)
    assert len(found) == 5
    assert max(int(o.status) for o in found.values()) <= most


def test_libraries_get_one_thread_and_this_process_keeps_its_own():
    before = dict(os.environ)
    found = outcomes(Job("j", environment_job, ("OMP_NUM_THREADS",), 1.0))
    assert found["j"].status == "OMP_NUM_THREADS=1"
    assert dict(os.environ) == before


@pytest.fixture
def heard():
    """Listen to SIGINT, which a shell ignores in what it starts in the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("heard")
def test_an_interrupt_is_taken_at_a_safe_place_and_never_lost():
    """Even one that comes while nobody waits for a job."""
    listening = run_jobs(
        [Job(f"j{i}", answer_job, ("done",), 1.0) for i in range(3)], n_processes=1, megabytes=1e4
    )
    next(listening)
    signal.raise_signal(signal.SIGINT)  # here, it would end the test
    with pytest.raises(KeyboardInterrupt):
        next(listening)
    assert sleeping_children() == []
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
