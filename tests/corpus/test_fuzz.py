"""Fuzz: whatever is done to a file, its labels or its mapping, it is read or refused in words."""

from __future__ import annotations

import importlib
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # the corpus is a package of its own
BASES = importlib.import_module("corpus.bases")
CHANGES = importlib.import_module("corpus.changes")
MAPPINGS = importlib.import_module("corpus.mappings")
WORKER = importlib.import_module("corpus.worker")

NORMAL = {"bytes": 80, "structure": 100, "folder": 24, "labels": 50, "mappings": 150}
LONG = {"bytes": 3500, "structure": 3500, "folder": 1000, "labels": 800, "mappings": 1200}
FILES = {
    "bytes": (tuple(name for name in BASES.BASES if name not in BASES.FOLDERS), CHANGES.of_bytes),
    "structure": (BASES.HDF5, CHANGES.of_structure),
    "folder": (BASES.FOLDERS, CHANGES.of_folders),
}


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    started = WORKER.Worker(tmp_path_factory.mktemp("fuzz"))
    yield started
    started.close()


def try_all(n: int, strategy: Any, attempt: Callable[[Any], list[str]]) -> tuple[int, list[str]]:
    """Try `n` drawn examples, whatever comes of them; return how many, and every fault once."""
    faults: dict[str, str] = {}
    count = 0

    @settings(
        max_examples=n,
        database=None,
        derandomize=True,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def each(drawn: Any) -> None:
        nonlocal count
        count += 1
        for fault in attempt(drawn):
            faults.setdefault(fault[:100], f"{fault} <- {drawn!r}")

    each()
    return count, list(faults.values())


def try_files(worker: Any, how: str, n: int) -> None:
    names, changes = FILES[how]
    worker.kinds.clear()
    worker.beyond.clear()
    strategy = st.tuples(st.sampled_from(names), changes)
    count, faults = try_all(n, strategy, lambda drawn: worker.ask(drawn[0], how, drawn[1]))
    assert faults == [], f"{len(faults)} faults in {count}: {worker.kinds}\n" + "\n".join(faults)
    assert count >= n
    assert len(worker.beyond) <= 0.03 * n, worker.beyond
    assert sum(worker.kinds.values()) == count
    assert worker.kinds["read"] > 0
    assert worker.kinds["UnreadableFile"] > 0


def try_memory(how: str, n: int) -> None:
    strategy, attempt = MAPPINGS.ATTEMPTS[how]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        count, faults = try_all(n, strategy, attempt)
    assert faults == [], f"{len(faults)} faults in {count}\n" + "\n".join(faults)
    assert count >= n


@pytest.mark.parametrize("how", list(FILES))
def test_a_spoiled_file_is_read_or_refused(worker, how):
    try_files(worker, how, NORMAL[how])


@pytest.mark.parametrize("how", ["labels", "mappings"])
def test_any_labels_and_any_mapping_are_read_or_refused(how):
    try_memory(how, NORMAL[how])


@pytest.mark.slow
@pytest.mark.parametrize("how", list(FILES))
def test_thousands_of_spoiled_files_are_read_or_refused(worker, how):
    try_files(worker, how, LONG[how])


@pytest.mark.slow
@pytest.mark.parametrize("how", ["labels", "mappings"])
def test_thousands_of_labels_and_mappings_are_read_or_refused(how):
    try_memory(how, LONG[how])


def test_the_long_run_makes_ten_thousand_changes():
    assert sum(LONG.values()) == 10_000


def test_a_crash_of_the_worker_is_seen_and_survived(worker):
    assert worker.ask("sparse.h5ad", "bytes", []) == []
    assert "ended with code -11" in worker.ask("sparse.h5ad", "crash", [])[0]
    assert worker.ask("sparse.h5ad", "bytes", []) == []
