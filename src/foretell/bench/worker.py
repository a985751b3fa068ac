"""Worker: what runs in a process of its own, one task at a time."""

from __future__ import annotations

import platform
import resource
import sys
import time
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

import foretell
from foretell.bench.damage import is_readable
from foretell.bench.groups import Rules
from foretell.bench.judge import judge_repeat
from foretell.bench.metric_code import metric_versions
from foretell.bench.plan import FitTask, ScoreTask
from foretell.bench.references import REFERENCES
from foretell.bench.store import Store
from foretell.core.dataset import Dataset
from foretell.core.errors import BadModelOutput, ForetellError, StoreProblem, UnreadableFile
from foretell.core.evaluation import COLUMNS, Evaluation
from foretell.core.layout import Joined, TableLayout
from foretell.core.mapping import ColumnMapping
from foretell.core.prediction import Prediction
from foretell.core.query import Query
from foretell.core.registry import find
from foretell.core.spec import describe
from foretell.core.split import Split
from foretell.core.study import DatasetSpec
from foretell.data.find import find_file
from foretell.data.load import load
from foretell.data.preprocess import fit_steps
from foretell.data.readers.screen import content_of
from foretell.knowledge.gene_sets import read_gene_sets

__all__ = ["failed_record", "lacks_of", "open_dataset", "run_fit", "run_scores"]

ORDER = ("repeat", "fold", "metric", "context", "condition")  # whatever was scored first


def open_dataset(spec: DatasetSpec, path: Path) -> Dataset:
    """Read the file of a data set, as the study maps it."""
    content = content_of(path, spec.layout, spec.join)
    held = _open(path, content, spec.mapping, spec.on_disk, spec.layout, spec.join)
    named = replace(held, name=spec.name, subset_of=spec.subset_of, provenance=spec.provenance)
    return named.with_filters(spec.filters)


@lru_cache(maxsize=1)
def _open(
    path: Path,
    content: str,
    mapping: ColumnMapping,
    on_disk: bool,
    layout: TableLayout | None,
    join: tuple[Joined, ...],
) -> Dataset:
    del content  # files that have changed are read again
    return load(path, mapping, on_disk=on_disk, layout=layout, join=join)


def run_fit(task: FitTask, root: Path) -> str:
    """Fit, predict and keep; returns ``done``, ``failed``, ``found`` (kept already) or ``busy``.

    What a model raises becomes a record with its reason; what the data or the store raise ends
    the study.
    """
    store = Store(root)
    with store.lock(task.key) as mine:
        if not mine:
            return "busy"
        if store.has_run(task.key):
            return "found"
        if store.is_damaged(task.key):
            store.quarantine(store.run_folder(task.key))
        start, cpu = time.perf_counter(), time.process_time()
        dataset = _unchanged(task.dataset, task.path, task.split)
        data = dataset.with_steps(fit_steps(task.dataset.steps, task.split.train_part(dataset)))
        prediction, problem, detail = _fit_and_predict(task, data)
        record = _record(task, problem, detail)
        record["wall_s"] = time.perf_counter() - start
        record["cpu_s"] = time.process_time() - cpu
        record["peak_mb"] = _peak_mb()
        try:
            store.save_run(task.key, record, prediction)
        except BadModelOutput as error:  # an answer that no file can hold
            record |= {"status": "failed", "reason": f"BadModelOutput: {error.problem}"}
            store.save_run(task.key, record, None)
        return str(record["status"])


def _unchanged(spec: DatasetSpec, path: Path, split: Split) -> Dataset:
    """Open the data set that the split was made for, and no other."""
    dataset = open_dataset(spec, path)
    if dataset.fingerprint != split.dataset:
        raise UnreadableFile(
            f"{path} has changed since the study started",
            "run the same command again: results of the old file are not mixed with the new one's",
        )
    return dataset


def _fit_and_predict(task: FitTask, data: Dataset) -> tuple[Prediction | None, str, str]:
    try:
        model = task.model.model.with_seed(task.seed)
        uses = model.info.uses_calibration
        kept = task.split.calibration_part(data) if uses else None
        model.fit(task.split.train_part(data), kept)
        query = task.split.query(data)
        if task.policy == "reveal":
            query = _reveal(query, data, task.split)
        return model.predict(query), "", ""
    except StoreProblem:
        raise
    except ForetellError as error:
        return None, f"{type(error).__name__}: {error.problem}", traceback.format_exc()
    except Exception as error:
        return None, f"{type(error).__name__}: {error}", traceback.format_exc()


def _reveal(query: Query, data: Dataset, split: Split) -> Query:
    """Clamp measured targets at their held-out level: the policy ``reveal``."""
    truth = split.test_part(data).profiles()
    level = dict(zip(truth.conditions, truth.Y, strict=True))
    column = {str(gene): j for j, gene in enumerate(data.genes)}
    rows = [
        replace(
            row,
            clamps=tuple(
                (target, float(level[row.condition][column[target]]))
                for target in row.perturbation.targets
                if target in column
            ),
        )
        for row in query.rows
    ]
    return replace(query, rows=tuple(rows))


def _record(task: FitTask, problem: str, detail: str) -> dict[str, Any]:
    return {
        "key": task.key,
        "status": "failed" if problem else "done",
        "reason": problem,
        "detail": detail,
        "dataset": task.dataset.name,
        "split": task.split.name,
        "repeat": task.split.repeat,
        "fold": task.split.fold,
        "model": task.model.label,
        "spec": task.model.spec,
        "fields": describe(task.model.model),
        "seed": task.seed,
        "device": f"cpu ({platform.machine()})",
        "versions": versions(),
    }


def failed_record(task: FitTask, problem: str) -> dict[str, Any]:
    """Record of a task whose process died; it is shown, and tried again on the next run."""
    return _record(task, problem, "") | {"wall_s": np.nan, "cpu_s": np.nan, "peak_mb": np.nan}


def versions() -> dict[str, str]:
    """Versions of what decides numbers."""
    from importlib.metadata import version

    libraries = ("numpy", "scipy", "pandas", "anndata", "scikit-learn")
    return {"foretell": foretell.__version__, "python": platform.python_version()} | {
        name: version(name) for name in libraries
    }


def _peak_mb() -> float:
    """Peak resident memory of this process; Linux counts it per address space."""
    status = Path("/proc/self/status")
    if status.is_file():
        lines = status.read_text(encoding="utf-8").splitlines()
        return int(next(row for row in lines if row.startswith("VmHWM")).split()[1]) / 2**10
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 2**20 if sys.platform == "darwin" else peak / 2**10


def run_scores(task: ScoreTask, root: Path) -> str:
    """Score what is missing of one repeat; returns ``done``, ``busy`` or ``damaged``.

    ``damaged`` says that a prediction could not be read, and has to be made anew.
    """
    store = Store(root)
    with store.lock(task.key) as mine:
        if not mine:
            return "busy"
        versions = metric_versions(task.metrics)
        lacking = {key: lacks_of(store, key, versions) for _, key, _ in task.wanted}
        missing = [wanted for wanted in task.wanted if lacking[wanted[1]]]
        if not all(is_readable(key, store) for _, _, keys in missing for key in keys):
            return "damaged"
        if missing:
            _score(task, store, missing, lacking)
        return "done"


def lacks_of(store: Store, key: str, versions: Mapping[str, str]) -> list[str]:
    """Return the metrics that the scores of a key do not hold in their present version."""
    held = store.scored(key)
    return [name for name, version in versions.items() if held.get(name) != version]


def _score(
    task: ScoreTask,
    store: Store,
    missing: Sequence[tuple[str, str, tuple[str, ...]]],
    lacking: Mapping[str, Sequence[str]],
) -> None:
    """Score what is missing; metrics that were scored before are kept as they are."""
    answers = {
        label: [store.prediction(key) for key in keys]
        for label, _, keys in missing
        if label not in REFERENCES
    }
    wanted = {name for _, key, _ in missing for name in lacking[key]}
    names = [name for name in task.metrics if name in wanted]
    rules = Rules(
        halves=task.halves,
        policy=task.policy,
        test=task.test,
        seed=task.seed,
        gene_sets=read_gene_sets(find_file(task.gene_sets)) if task.gene_sets else {},
        phenotype=task.dataset.phenotype,
    )
    rows = judge_repeat(
        _unchanged(task.dataset, task.path, task.splits[0]),
        task.splits,
        task.dataset.steps,
        answers,
        [find("metrics")[name] for name in names],
        rules,
    )
    for label, key, _ in missing:
        _keep(store, key, _table(rows[label]), names)


def _keep(store: Store, key: str, found: Evaluation, names: Sequence[str]) -> None:
    """Join new scores with those of other metrics that are there already."""
    before, versions = store.scores(key), store.scored(key)
    kept = {name: version for name, version in versions.items() if name not in names}
    if before is not None and kept:
        old = before.frame[before.frame["metric"].isin(kept)]
        found = Evaluation.concat([Evaluation(old), found])
    else:
        kept = {}
    frame = found.frame.sort_values(list(ORDER), kind="stable", ignore_index=True)
    store.save_scores(key, Evaluation(frame), kept | metric_versions(names))


def _table(rows: list[dict[str, Any]]) -> Evaluation:
    """Fill the columns that the runner knows with empty values."""
    import pandas as pd

    empty: dict[str, Any] = {"str": "", "int64": 0, "float64": np.nan, "bool": False}
    frame = pd.DataFrame(rows)
    for name, kind in COLUMNS.items():
        if name not in frame:
            frame[name] = empty[kind]
    return Evaluation(frame[list(COLUMNS)].astype({k: v for k, v in COLUMNS.items() if v != "str"}))
