"""Damage: find what does not fit its record, put it aside, and let it be made anew."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from foretell.bench.log import Log
from foretell.bench.store import Store
from foretell.core.errors import StoreProblem

__all__ = ["is_readable", "put_aside_runs", "put_aside_scores", "put_aside_unreadable"]


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


def put_aside_unreadable(keys: Iterable[str], store: Store, log: Log) -> None:
    """Move runs that are not whole, checksums included, to ``damaged/``."""
    for key in keys:
        if not is_readable(key, store):
            with store.lock(key) as mine:  # or else another process is mending it
                if mine and not is_readable(key, store):
                    _put_aside(store.run_folder(key), store, log)


def is_readable(key: str, store: Store) -> bool:
    """Read the prediction of a run in full, and tell whether that went well."""
    try:
        store.prediction(key)
    except StoreProblem:
        return False
    return True


def _put_aside(path: Path, store: Store, log: Log) -> None:
    aside = store.quarantine(path)
    if aside is not None:
        log("damaged", path=str(path), moved_to=str(aside))
