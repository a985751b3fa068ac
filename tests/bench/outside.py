"""Studies run from outside: the command line in a process group of its own, to be killed."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pandas as pd
import psutil
from troubled import TINY, events

from foretell.bench.results import Results

# whoever started the tests may have told all below to ignore interrupts
CALL = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
from foretell.cli import main
main()
"""
N_RUNS = 3 * 2 * 2  # models, repeats, folds
STUDY = TINY.replace("folds = 2", "folds = 2\nrepeats = 2").replace(
    "[[datasets]]", '[[models]]\nname = "training_mean"\n[[datasets]]'
)


def write_study(folder: Path) -> Path:
    """Write the study file: `N_RUNS` runs (with the floor's) and 2 sets of scores."""
    path = folder / "tiny.toml"
    path.write_text(STUDY)
    return path


def start(study: Path, out: Path, *options: str, **kw: Any) -> subprocess.Popen[str]:
    """Start ``foretell bench`` in a session of its own."""
    command = [sys.executable, "-c", CALL, "bench", str(study), "--out", str(out), "-j", "2"]
    return subprocess.Popen(
        [*command, "--no-report", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env=os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
        **kw,
    )


def finish(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    """Wait for the end; return exit code, standard output and standard error."""
    out, err = process.communicate(timeout=120)
    return process.returncode, out, err


def run_outside(study: Path, out: Path, *options: str, **kw: Any) -> tuple[int, str, str]:
    """Run ``foretell bench`` to its end."""
    return finish(start(study, out, *options, **kw))


def left_behind(session: int) -> list[psutil.Process]:
    """Return what still runs of a session, after giving it a moment to go."""
    deadline = time.monotonic() + 10
    while True:
        left = [p for p in psutil.process_iter() if is_in(session, p)]
        if not left or time.monotonic() > deadline:
            return left
        time.sleep(0.05)


def is_in(session: int, process: psutil.Process) -> bool:
    try:
        is_alive = process.status() != psutil.STATUS_ZOMBIE
        return is_alive and os.getsid(process.pid) == session
    except (psutil.NoSuchProcess, ProcessLookupError):
        return False


def wait_for(kind: str, out: Path, process: subprocess.Popen[str], count: int = 1) -> None:
    """Wait until the log has a number of events of one kind."""
    deadline = time.monotonic() + 60
    while not (out / "log.jsonl").exists() or len(events(out, kind)) < count:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.01)


def finished(out: Path) -> set[str]:
    """Keys of the runs that are kept."""
    return {
        p.parent.name
        for p in (out / "store" / "runs").glob("*/*/run.json")
        if p.parent.name[0] != "."
    }


def same_tables(one: Path, other: Path) -> None:
    """Compare all numbers bit for bit; times and memory may differ."""
    a, b = Results.load(one), Results.load(other)
    pd.testing.assert_frame_equal(a.evaluation.frame, b.evaluation.frame, check_exact=True)
    costs = ["wall_s", "cpu_s", "peak_mb"]
    for x, y in ((a.leaderboard, b.leaderboard), (a.runs, b.runs)):
        pd.testing.assert_frame_equal(
            x.drop(columns=costs), y.drop(columns=costs), check_exact=True
        )
    assert a.splits == b.splits
