"""Runner: run a study, doing only what is missing, and keep its tables."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from foretell.bench.damage import put_aside_runs, put_aside_scores, put_aside_unreadable
from foretell.bench.executor import Job, Outcome, run_jobs
from foretell.bench.log import Listener, Log
from foretell.bench.metric_code import metric_versions
from foretell.bench.plan import Block, FitTask, Plan, ScoreTask, make_block, with_floors
from foretell.bench.results import Results, write_results
from foretell.bench.store import FIT_CODE, Store, code_version, write_text
from foretell.bench.study_file import read_study
from foretell.bench.worker import failed_record, lacks_of, open_dataset, run_fit, run_scores
from foretell.core.errors import BadStudy, StoreProblem
from foretell.core.spec import hash_text
from foretell.core.study import DatasetSpec, Study
from foretell.data.find import file_hash, find_file

__all__ = ["Progress", "plan_study", "progress", "run"]

ROUNDS = 3  # a damaged run is made anew so many times at most


def run(
    study: Study | str | Path,
    *,
    out: str | Path | None = None,
    store: str | Path | None = None,
    jobs: int | None = None,
    megabytes: float | None = None,
    retry_failed: bool = False,
    listener: Listener | None = None,
) -> Results:
    """Run a study and return its tables; what is already in the store is not run again.

    Parameters
    ----------
    study : a `Study`, or the path of its TOML file.
    out : folder of the results; ``results/<name>`` where None.
    store : folder of runs and scores, shared between studies; ``<out>/store`` where None.
    jobs : processes at once; the number of cores where None.
    megabytes : memory that running tasks may use together; 80 % of what is free where None.
    retry_failed : run models again that failed before.
    listener : called with every `Event`.
    """
    study = read_study(study) if not isinstance(study, Study) else study
    out = Path(out) if out is not None else Path("results") / study.name
    kept = Store(Path(store) if store is not None else out / "store")
    log = Log(out / "log.jsonl", listener)
    log("study", name=study.name, hash=study.hash, store=str(kept.root))
    kept.sweep()
    plan = plan_study(study, kept, log)
    limits = {
        "n_processes": max(1, jobs or os.cpu_count() or 1),
        "megabytes": megabytes or _free_megabytes(),
    }
    if retry_failed:
        _forget_failed(plan, kept)
    for _ in range(ROUNDS):
        died = _fit_all(plan, kept, log, limits)
        plan = plan.knowing(_failed(plan, kept))
        if _score_all(plan, kept, log, limits):
            break
    else:
        raise StoreProblem(
            f"results in {kept.root} were damaged {ROUNDS} times while the study ran",
            "check the disk, or choose another place with --store",
        )
    results = write_results(plan, kept, out, died)
    log("end", report=str(out), failed=int((results.runs["status"] == "failed").sum()))
    return results


def plan_study(study: Study, store: Store, log: Log | None = None) -> Plan:
    """Open the data sets, divide their conditions and list what is to be done."""
    study = with_floors(study)
    blocks: list[Block] = []
    for spec in study.datasets:
        started = time.perf_counter()
        path = _file_of(spec, store, log)
        data = open_dataset(spec, path)
        blocks += [make_block(spec, split, data, path, study.seed) for split in spec.splits]
        if log is not None:
            log("data", dataset=spec.name, seconds=round(time.perf_counter() - started, 2))
    _refuse_repeated_blocks(blocks)
    return Plan(study, tuple(blocks))


@dataclass(frozen=True)
class Progress:
    """How far a study is."""

    runs: int
    done: int
    failed: int
    scores: int
    scored: int

    @property
    def is_complete(self) -> bool:
        """True where nothing is missing."""
        return self.done + self.failed == self.runs and self.scored == self.scores


def progress(study: Study, store: Store) -> Progress:
    """Count what is finished, without running anything."""
    plan = plan_study(study, store)
    plan = plan.knowing(_failed(plan, store))
    records = [store.record(task.key) for task in plan.fits()]
    failed = sum(r is not None and r["status"] == "failed" for r in records)
    score_keys = [key for task in plan.scores() for _, key, _ in task.wanted]
    wanted = metric_versions(plan.study.metrics)
    return Progress(
        runs=len(records),
        done=sum(r is not None and r["status"] == "done" for r in records),
        failed=failed,
        scores=len(score_keys),
        scored=sum(not lacks_of(store, key, wanted) for key in score_keys),
    )


def _failed(plan: Plan, store: Store) -> list[str]:
    keys = [task.key for task in plan.fits()]
    return [key for key in keys if (store.record(key) or {}).get("status") == "failed"]


def _forget_failed(plan: Plan, store: Store) -> None:
    for key in _failed(plan, store):
        with store.lock(key) as mine:  # or else another process is at it already
            if mine and (store.record(key) or {}).get("status") == "failed":
                store.forget(key)


def _fit_all(plan: Plan, store: Store, log: Log, limits: dict[str, Any]) -> list[dict[str, Any]]:
    """Run every missing fit; returns records of processes that died, which are not kept."""
    tasks = {task.key: task for task in plan.fits()}
    put_aside_runs(tasks, store, log)
    missing = [task for task in tasks.values() if not store.has_run(task.key)]
    log("start", stage="runs", missing=len(missing), total=len(tasks))
    died = []
    for outcome in _run(_fit_jobs(missing, plan, store), limits):
        task: FitTask = outcome.job.arguments[0]
        record = store.record(task.key)
        if outcome.status == "died" or record is None:
            record = failed_record(task, outcome.problem)
            died.append(record)
        shown = ("key", "dataset", "split", "repeat", "fold", "model", "status", "reason")
        kind = "found" if outcome.status == "found" else "run"
        log(kind, seconds=round(outcome.seconds, 3), **{name: record[name] for name in shown})
    return died


def _fit_jobs(missing: Iterable[FitTask], plan: Plan, store: Store) -> Iterator[Job]:
    for task in missing:
        name = f"{task.model.label} on {task.dataset.name}, {task.split.name}"
        arguments = (task, store.root)
        yield Job(name, run_fit, arguments, task.megabytes, plan.study.timeout_s)


def _score_all(plan: Plan, store: Store, log: Log, limits: dict[str, Any]) -> bool:
    """Score every repeat that lacks the scores of a model whose runs are finished.

    Returns False where a run turned out to be damaged and has to be made anew.
    """
    is_whole = True
    tasks = [_ready(task, store) for task in plan.scores()]
    put_aside_scores([key for task in tasks for _, key, _ in task.wanted], store, log)
    wanted = metric_versions(plan.study.metrics)
    missing = [t for t in tasks if any(lacks_of(store, key, wanted) for _, key, _ in t.wanted)]
    log("start", stage="scores", missing=len(missing), total=len(tasks))
    jobs = (
        Job(f"scores of {t.dataset.name}", run_scores, (t, store.root), t.megabytes)
        for t in missing
    )
    for outcome in _run(jobs, limits):
        task: ScoreTask = outcome.job.arguments[0]
        log(
            "scores",
            dataset=task.dataset.name,
            split=task.splits[0].name,
            repeat=task.splits[0].repeat,
            status=outcome.status,
            reason=outcome.problem,
            seconds=round(outcome.seconds, 3),
        )
        if outcome.status == "damaged":
            put_aside_unreadable([key for w in task.wanted for key in w[2]], store, log)
            is_whole = False
        if outcome.status == "died":
            raise BadStudy(
                f"the scores of {task.dataset.name} could not be computed: {outcome.problem}",
                "where memory was short give more, or fewer `halves`; finished work is kept",
            )
    return is_whole


def _ready(task: ScoreTask, store: Store) -> ScoreTask:
    """Leave out models with a run that died: they are shown as failed and tried again."""
    wanted = tuple(w for w in task.wanted if all(store.has_run(key) for key in w[2]))
    return replace(task, wanted=wanted)


def _run(jobs: Iterable[Job], limits: dict[str, Any]) -> Iterator[Outcome]:
    return run_jobs(jobs, **limits)


def _file_of(spec: DatasetSpec, store: Store, log: Log | None = None) -> Path:
    """Return the file of a data set, simulating it first where it is a simulated one."""
    if spec.file:
        return find_file(spec.file)
    from foretell.data.simulate import Screen, simulate_to_disk

    name = hash_text(repr([code_version(FIT_CODE), spec.simulate]))
    path = store.root / "data" / f"{name}.h5ad"
    note = path.with_suffix(".sha256")
    with store.lock(f"data {name}", wait=True):
        if path.is_file() and note.is_file() and note.read_text().strip() == file_hash(path):
            return path
        if log is not None:
            log("simulate", dataset=spec.name)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            simulate_to_disk(Screen(**dict(spec.simulate)), path)
        except (TypeError, ValueError) as error:
            raise BadStudy(
                f"data set '{spec.name}' cannot be simulated: {error}", "correct `simulate`"
            ) from None
        except (OSError, RuntimeError) as error:  # HDF5 says either where the disk is full
            raise StoreProblem(
                f"cannot write {path}: {error}",
                "free some space or choose another place with --store",
            ) from error
        write_text(note, file_hash(path) + "\n")
    return path


def _refuse_repeated_blocks(blocks: list[Block]) -> None:
    names = [(block.dataset.name, block.name) for block in blocks]
    for name in names:
        if names.count(name) > 1:
            raise BadStudy(
                f"{name[0]} is split twice for {name[1]}",
                "use `repeats`, or give one of them a `label`",
            )


def _free_megabytes() -> float:
    import psutil

    return 0.8 * float(psutil.virtual_memory().available) / 2**20
