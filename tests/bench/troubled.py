"""Troubled models, jobs and the tiny study that they are put through; importable in any process."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from foretell.bench.runner import run
from foretell.bench.study_file import parse_study
from foretell.core.errors import StoreProblem
from foretell.core.model import ALL_TASKS, Model, ModelInfo
from foretell.core.prediction import ABSTAINED
from foretell.core.study import ModelSpec, Study

TINY = """
name = "tiny"
halves = 3
draws = 50
metrics = ["pearson_delta", "mse"]
[[models]]
name = "no_change"
[[datasets]]
name = "sim"
simulate = { n_perturbations = 8, n_combinations = 0, n_genes = 30, n_contexts = 1, \
cells_per_condition = 8, controls_per_context = 60, n_regulators = 8, density = 0.1 }
[[datasets.splits]]
task = "unseen_perturbation"
folds = 2
"""


@dataclass(eq=False)
class Troubled(Model):
    """Answers no change, unless it is told to get into trouble.

    Parameters
    ----------
    how : what goes wrong.
    flag : file; where it is named, there is only trouble while it exists.
    tally : file that gets a line per fit.
    """

    info: ClassVar[ModelInfo] = ModelInfo("troubled", "baselines", "in trouble", ALL_TASKS)
    how: str = "not at all"
    flag: str = ""
    tally: str = ""
    share: float = 1.0

    def _fit(self, data, rng):
        self.size_ = rng.random() * self.share
        if self.tally:
            with Path(self.tally).open("a") as file:
                file.write("fit\n")
        if self._has_trouble():
            self._fail()

    def _has_trouble(self) -> bool:
        return Path(self.flag).exists() if self.flag else True

    def _fail(self):
        if self.how == "raises":
            raise ValueError("on purpose")
        if self.how == "is killed":
            os.kill(os.getpid(), signal.SIGKILL)
        if self.how == "exits":
            sys.exit(3)
        if self.how == "leaves":
            os._exit(7)
        if self.how == "is slow":
            time.sleep(60)
        if self.how == "lingers":
            threading.Thread(target=time.sleep, args=(60,)).start()

    def _predict(self, query):
        answer = query.answer(shift=np.full(query.control.shape, self.size_) * query.control)
        if not self._has_trouble():
            return answer
        if self.how == "answers nan":
            return replace(answer, mean=np.full_like(answer.mean, np.nan))
        if self.how == "answers short":
            return answer.select([0])
        if self.how == "answers nothing":
            return None
        if self.how == "answers what no file holds":
            cells = memoryview(bytes(30)).cast("B", shape=[1, 30])
            return replace(answer, cells=cells, cell_row=np.zeros(1, dtype=int))
        if self.how == "abstains":
            some = np.arange(len(query)) % 2 == 0
            return query.answer(shift=0.0, abstain=some, reason="not today")
        return answer


def tiny_study(*models: tuple[str, Model], **changes: Any) -> Study:
    """Return the tiny study with more models; `changes` replace text of its file."""
    text = TINY
    for old, new in changes.pop("text", {}).items():
        assert old in text
        text = text.replace(old, new)
    study = parse_study(text)
    specs = [ModelSpec(label, model) for label, model in models]
    return replace(study, models=(*study.models, *specs), **changes)


def run_tiny(out: Path, *models: tuple[str, Model], run_with: Any = None, **changes: Any):
    """Run the tiny study in two processes."""
    return run(tiny_study(*models, **changes), out=out, **{"jobs": 2} | (run_with or {}))


def events(out: Path, kind: str) -> list[dict[str, Any]]:
    """Return the events of one kind in a log."""
    lines = (out / "log.jsonl").read_text().splitlines()
    return [event for event in map(json.loads, lines) if event["event"] == kind]


def numbers(results) -> tuple[Any, Any]:
    """Return the tables without what differs between equal runs: times and memory."""
    board = results.leaderboard.drop(columns=["wall_s", "cpu_s", "peak_mb"])
    return results.evaluation.frame, board


def abstained(evaluation) -> Iterator[bool]:
    return iter(evaluation["status"] == ABSTAINED)


# --- jobs of the executor ----------------------------------------------------------------------


def answer_job(value: str) -> str:
    return value


def sleep_job(seconds: float) -> str:
    time.sleep(seconds)
    return "done"


def raise_job(what: str) -> str:
    if what == "ours":
        raise StoreProblem("the disk is full", "free some space")
    raise ValueError("on purpose")


def die_job(how: str) -> str:
    if how == "exit":
        os._exit(7)
    os.kill(os.getpid(), signal.SIGKILL)
    return "never"


def environment_job(name: str) -> str:
    return f"{name}={os.environ.get(name)}"


def busy_job(file: str, times: int) -> str:
    """Answer busy a number of times, then done."""
    with Path(file).open("a") as tally:
        tally.write("x")
    return "busy" if len(Path(file).read_text()) <= times else "done"


def lingering_job() -> str:
    threading.Thread(target=time.sleep, args=(60,)).start()
    return "done"


def marking_job(folder: str, name: str) -> str:
    """Mark the time from start to end with a file."""
    mark = Path(folder) / name
    mark.write_text("")
    at_once = len(list(Path(folder).iterdir()))
    time.sleep(0.3)
    mark.unlink()
    return str(at_once)
