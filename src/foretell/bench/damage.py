"""Damage: find what does not fit its record, put it aside, and let it be made anew."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from foretell.bench.log import Log
from foretell.bench.store import Store
from foretell.core.errors import StoreProblem

__all__ = ["put_aside_runs", "put_aside_scores", "unreadable_runs"]


def put_aside_runs(keys: Iterable[str], store: Store, log: Log) -> None:
    """Move runs that are not whole, by their sizes, to ``damaged/``."""
    for key in keys:
        if store.is_damaged(key):
            with store.lock(key) as mine:
                if mine and store.is_damaged(key):
                    _put_aside(store.run_folder(key), store, log)


def put_aside_scores(keys: Iterable[str], store: Store, log: Log) -> None:
    """Move score files that cannot be read, checksums included, to ``damaged/``."""
    for key in keys:
        if store.has_score(key) and store.scores(key) is None:
            _put_aside(store.score_file(key), store, log)


def unreadable_runs(keys: Iterable[str], store: Store) -> int:
    """Read runs in full, checksums included; move the bad ones to ``damaged/``; return how many."""
    count = 0
    for key in keys:
        if not _is_readable(key, store):
            count += 1
            with store.lock(key, wait=True):
                if not _is_readable(key, store):  # nobody else has mended it in the meantime
                    store.quarantine(store.run_folder(key))
    return count


def _is_readable(key: str, store: Store) -> bool:
    try:
        store.prediction(key)
    except StoreProblem:
        return False
    return True


def _put_aside(path: Path, store: Store, log: Log) -> None:
    aside = store.quarantine(path)
    if aside is not None:
        log("damaged", path=str(path), moved_to=str(aside))
