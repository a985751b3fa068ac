"""Worker: a process of its own that spoils files and reads them, so that a crash is seen."""

from __future__ import annotations

import faulthandler
import json
import os
import resource
import select
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from corpus import quiet
from corpus.case import Case, Reads
from corpus.outcome import run

__all__ = ["Worker"]

MEMORY = 6 << 30
LIBRARIES = ("h5py", "anndata", "zarr", "numcodecs", "pyarrow")
SECONDS = 4.0
TESTS = Path(__file__).resolve().parents[1]


class Worker:
    """Asks a process to spoil a base and to read it; starts another one where it ended.

    `kinds` counts what came of it; `beyond` lists where a library hung or crashed, which nothing in
    the same process can prevent.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.kinds: dict[str, int] = {}
        self.beyond: list[str] = []
        self._process: subprocess.Popen[str] | None = None
        self._n = 0

    def ask(self, base: str, how: str, changes: Sequence[Any]) -> list[str]:
        """Return what must not have happened; nothing where all is well."""
        process = self._running()
        assert process.stdin is not None
        assert process.stdout is not None
        question = [base, how, changes]
        process.stdin.write(json.dumps(question) + "\n")
        process.stdin.flush()
        ready, _, _ = select.select([process.stdout], [], [], 8 * SECONDS)
        answer = process.stdout.readline() if ready else ""
        if answer:
            found: dict[str, Any] = json.loads(answer)
            self.kinds[found["kind"]] = self.kinds.get(found["kind"], 0) + 1
            return list(found["faults"])
        process.kill()
        code = process.wait()
        self._process = None
        said = (self.folder / f"said{self._n}.txt").read_text(errors="replace")
        what = "hung" if "Timeout" in said or not ready else f"ended with code {code}"
        library = _library(said)
        self.kinds[f"{what} in {library}"] = self.kinds.get(f"{what} in {library}", 0) + 1
        if not library:
            _, _, stack = said.rpartition("most recent call first")
            return [f"the process {what}: {(stack or said)[:1500]}"]
        self.beyond.append(f"{library} {what} <- {question!r}")
        return []

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def _running(self) -> subprocess.Popen[str]:
        if self._process is None:
            self._n += 1
            place = self.folder / f"worker{self._n}"
            with (self.folder / f"said{self._n}.txt").open("w") as said:
                self._process = subprocess.Popen(
                    [sys.executable, "-m", "corpus.worker", str(place)],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=said,
                    text=True,
                    env=dict(os.environ) | {"PYTHONPATH": str(TESTS)},
                )
        return self._process


def _library(said: str) -> str:
    """Return the library inside which a process was stopped, or nothing where it was our code.

    What happens inside compiled code that reads HDF5 cannot be stopped from Python.
    """
    _, _, frames = said.rpartition("most recent call first")
    first = next((line for line in frames.splitlines() if "File " in line), "")
    return next((name for name in LIBRARIES if f"/{name}/" in first), "")


def main() -> None:
    """Answer questions, one line each, until the input ends."""
    from corpus.bases import make_bases

    faulthandler.enable()
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what a library prints is no answer
    quiet.SECONDS, quiet.AFTER = SECONDS, 1.0
    place = Path(sys.argv[1])
    tempfile.tempdir = str(place.parent)
    make_bases(place / "bases")
    for n, line in enumerate(sys.stdin):
        if json.loads(line)[1] == "crash":  # as a library may
            os.kill(os.getpid(), signal.SIGSEGV)
        answers.write(json.dumps(_answer(place, n, *json.loads(line))) + "\n")
        answers.flush()


def _answer(place: Path, n: int, base: str, how: str, changes: list[Any]) -> dict[str, Any]:
    from corpus.bases import LAYOUTS
    from corpus.changes import spoil

    def write(path: Path) -> None:
        source = place / "bases" / base
        if source.is_dir():
            shutil.copytree(source, path)
        else:
            shutil.copy(source, path)
        shutil.copy(place / "bases" / "cells.csv", path.with_name("cells.csv"))
        spoil(path, how, changes)

    layout = LAYOUTS.get(base)
    case = Case("fuzz", how, "a spoiled file", Reads(), write, base, layout=layout)
    outcome = run(case, place / str(n))
    if how == "bytes":  # without check sums nobody can tell which of two values was there
        outcome.faults = [fault for fault in outcome.faults if "other means" not in fault]
    if not outcome.faults:
        shutil.rmtree(place / str(n))
    kind = "read" if outcome.dataset is not None else "no screen"
    if outcome.errors:
        kind = type(outcome.errors[0]).__name__
    return {"kind": "fault" if outcome.faults else kind, "faults": outcome.faults}


if __name__ == "__main__":
    main()
