"""Store: results by the hash of everything that decides them; written whole or not at all."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import foretell
from foretell.core.errors import StoreProblem
from foretell.core.folder import atomic_file, atomic_folder, read_tree, write_tree
from foretell.core.prediction import Prediction
from foretell.core.spec import hash_text

__all__ = ["FIT_CODE", "JUDGE_CODE", "Store", "code_version", "write_text"]

# folders whose code decides a prediction, and a score
FIT_CODE = ("core", "stats", "data", "knowledge", "splits", "models")
JUDGE_CODE = ("core", "stats", "data", "splits", "metrics", "bench")
RUN, PREDICTION = "run.json", "prediction"


@cache
def code_version(folders: tuple[str, ...]) -> str:
    """Hash the sources that decide a number, so that a changed method is run again."""
    root = Path(foretell.__file__).parent
    digest = hashlib.sha256(foretell.__version__.encode())
    for folder in folders:
        for file in sorted((root / folder).rglob("*.py")):
            digest.update(str(file.relative_to(root)).encode() + file.read_bytes())
    return digest.hexdigest()[:16]


def write_text(path: Path, text: str) -> None:
    """Write a text file whole or not at all."""
    atomic_file(path, lambda part: _write_utf8(part, text))


def _write_utf8(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


@dataclass(frozen=True)
class Store:
    """A folder of runs (``runs/<key>``), scores (``scores/<key>.parquet``) and locks.

    A run folder holds ``run.json`` (status, reason, time, memory, versions) and, unless the model
    failed, the prediction.
    """

    root: Path

    def run_folder(self, key: str) -> Path:
        """Where a run is kept."""
        return self.root / "runs" / key[:2] / key

    def score_file(self, key: str) -> Path:
        """Where the scores of one model in one repeat are kept."""
        return self.root / "scores" / key[:2] / f"{key}.parquet"

    def has_run(self, key: str) -> bool:
        """Tell whether the run is finished, failed or not."""
        return (self.run_folder(key) / RUN).is_file()

    def has_score(self, key: str) -> bool:
        """Tell whether the scores are there."""
        return self.score_file(key).is_file()

    def save_run(self, key: str, record: dict[str, Any], prediction: Prediction | None) -> None:
        """Keep a finished run."""

        def write(folder: Path) -> None:
            if prediction is not None:
                (folder / PREDICTION).mkdir()
                write_tree(folder / PREDICTION, prediction)
            (folder / RUN).write_text(json.dumps(record, indent=1), encoding="utf-8")

        atomic_folder(self.run_folder(key), write)

    def record(self, key: str) -> dict[str, Any] | None:
        """Return the record of a run, or None where it is missing."""
        try:
            text = (self.run_folder(key) / RUN).read_text(encoding="utf-8")
            return dict(json.loads(text))
        except FileNotFoundError:
            return None
        except ValueError as error:
            raise StoreProblem(
                f"{self.run_folder(key)} is damaged: {error}", "delete it"
            ) from error

    def prediction(self, key: str) -> Prediction | None:
        """Return the prediction of a run, or None where the model failed."""
        folder = self.run_folder(key) / PREDICTION
        if not folder.is_dir():
            return None
        found = read_tree(folder)
        if not isinstance(found, Prediction):
            raise StoreProblem(f"{folder} does not hold a prediction", "delete it and run again")
        return found

    def forget(self, key: str) -> None:
        """Delete a run, for example a failed one that is to be tried again."""
        import shutil

        folder = self.run_folder(key)
        trash = folder.with_name(f".{key}.{uuid.uuid4().hex[:8]}.part")
        if folder.is_dir():
            folder.rename(trash)
            shutil.rmtree(trash, ignore_errors=True)

    @contextmanager
    def lock(self, key: str) -> Iterator[bool]:
        """Hold the lock of a key; yields False where another process holds it.

        The lock is the operating system's: it is gone when its holder is, however it died.
        """
        from filelock import FileLock, Timeout

        folder = self.root / "locks"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            lock = FileLock(folder / f"{hash_text(key)}.lock", timeout=0)
            lock.acquire()
        except Timeout:
            yield False
            return
        except OSError as error:
            raise StoreProblem(
                f"cannot lock in {folder}: {error.strerror or error}", "choose another --store"
            ) from error
        try:
            yield True
        finally:
            lock.release()

    def sweep(self) -> int:
        """Delete what killed processes left half-written for over an hour; return how many."""
        import shutil
        import time

        old = time.time() - 3600
        parts = [p for p in self.root.rglob(".*.part") if p.stat().st_mtime < old]
        for part in parts:
            if part.is_dir():
                shutil.rmtree(part, ignore_errors=True)
            else:
                part.unlink(missing_ok=True)
        return len(parts)
