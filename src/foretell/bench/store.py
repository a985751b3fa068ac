"""Store: results by the hash of everything that decides them; written whole or not at all."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import time
import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import foretell
from foretell.core.errors import StoreProblem
from foretell.core.evaluation import Evaluation
from foretell.core.folder import atomic_file, atomic_folder, read_tree, write_tree
from foretell.core.prediction import Prediction
from foretell.core.spec import hash_text

__all__ = ["FIT_CODE", "JUDGE_CODE", "Store", "checksum", "code_version", "write_text"]

# folders whose code decides a prediction, and a score
FIT_CODE = ("core", "stats", "data", "knowledge", "splits", "models", "uncertainty")
JUDGE_CODE = ("core", "stats", "data", "splits", "bench")  # metrics have versions of their own
RUN, PREDICTION, NOTE = "run.json", "prediction", ".note.json"
OLD_S = 3600.0  # after which half-written files have no writer any more


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

    A run folder holds ``run.json`` (status, reason, time, memory, versions, sizes and checksums of
    the other files) and, unless the model failed, the prediction. What does not fit its record is
    damaged: it never yields a number, and `quarantine` moves it to ``damaged/``.
    """

    root: Path

    def run_folder(self, key: str) -> Path:
        """Where a run is kept."""
        return self.root / "runs" / key[:2] / key

    def score_file(self, key: str) -> Path:
        """Where the scores of one model in one repeat are kept."""
        return self.root / "scores" / key[:2] / f"{key}.parquet"

    def has_run(self, key: str) -> bool:
        """Tell whether the run is finished, failed or not, and whole by the sizes of its files."""
        return self.record(key) is not None

    def is_damaged(self, key: str) -> bool:
        """Tell whether there is a folder of this run, but not a whole one."""
        return self.run_folder(key).exists() and not self.has_run(key)

    def has_score(self, key: str) -> bool:
        """Tell whether the scores are there."""
        return self.score_file(key).is_file()

    def save_run(self, key: str, record: dict[str, Any], prediction: Prediction | None) -> None:
        """Keep a finished run."""

        def write(folder: Path) -> None:
            if prediction is not None:
                (folder / PREDICTION).mkdir()
                write_tree(folder / PREDICTION, prediction)
            kept = record | {"files": _contents(folder)}
            (folder / RUN).write_text(json.dumps(kept, indent=1), encoding="utf-8")

        atomic_folder(self.run_folder(key), write)

    def record(self, key: str) -> dict[str, Any] | None:
        """Return the record of a run, or None where it is missing or damaged."""
        folder = self.run_folder(key)
        try:
            record: dict[str, Any] = json.loads((folder / RUN).read_text(encoding="utf-8"))
            has_answer = any(name.startswith(PREDICTION) for name in record["files"])
            sizes = {name: (folder / name).stat().st_size for name in record["files"]}
            is_whole = sizes == {name: size for name, (size, _) in record["files"].items()}
            return record if is_whole and has_answer == (record["status"] == "done") else None
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None

    def prediction(self, key: str) -> Prediction | None:
        """Return the prediction of a run, or None where the model failed.

        Raises `StoreProblem` where the run is missing, or its files are not those of its record.
        """
        folder, record = self.run_folder(key), self.record(key)
        try:
            is_whole = record is not None and _contents(folder, record["files"]) == record["files"]
        except OSError:
            is_whole = False
        if record is None or not is_whole:
            raise StoreProblem(
                f"{folder} is damaged", "run the study again: it is put aside and made anew"
            )
        if record["status"] != "done":
            return None
        found = read_tree(folder / PREDICTION)
        if not isinstance(found, Prediction):
            raise StoreProblem(f"{folder} does not hold a prediction", "delete it and run again")
        return found

    def scores(self, key: str) -> Evaluation | None:
        """Return the scores, or None where they are missing or damaged."""
        path = self.score_file(key)
        try:
            is_whole = self._note(key)["sha256"] == checksum(path)
            return Evaluation.load(path) if is_whole else None
        except (OSError, ValueError, KeyError, TypeError, StoreProblem):
            return None

    def scored(self, key: str) -> dict[str, str]:
        """Return the metrics that the scores hold, with the version of each."""
        if not self.has_score(key):
            return {}
        try:
            return dict(self._note(key)["metrics"])
        except (OSError, ValueError, KeyError, TypeError):
            return {}

    def save_scores(self, key: str, scores: Evaluation, versions: Mapping[str, str]) -> None:
        """Keep scores, with a note of their checksum and metrics that is there before they are."""
        path = self.score_file(key)

        def write(part: Path) -> None:
            scores.frame.to_parquet(part, index=False)
            note = {"sha256": checksum(part), "metrics": dict(versions)}
            write_text(path.with_suffix(NOTE), json.dumps(note))

        atomic_file(path, write)

    def _note(self, key: str) -> Any:
        return json.loads(self.score_file(key).with_suffix(NOTE).read_text(encoding="utf-8"))

    def quarantine(self, path: Path) -> Path | None:
        """Move a damaged file or folder to ``damaged/``; None where another process was faster."""
        aside = self.root / "damaged" / f"{path.name}.{uuid.uuid4().hex[:8]}"
        try:
            aside.parent.mkdir(parents=True, exist_ok=True)
            path.rename(aside)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StoreProblem(
                f"{path} is damaged and cannot be put aside: {error.strerror or error}",
                "delete it, or choose another --store",
            ) from error
        return aside

    def forget(self, key: str) -> None:
        """Delete a run, for example a failed one that is to be tried again."""
        folder = self.run_folder(key)
        trash = folder.with_name(f".{key}.{uuid.uuid4().hex[:8]}.part")
        with suppress(FileNotFoundError):
            folder.rename(trash)
            shutil.rmtree(trash, ignore_errors=True)

    @contextmanager
    def lock(self, key: str, *, wait: bool = False) -> Iterator[bool]:
        """Hold the lock of a key; yields False where another process holds it, unless told to wait.

        The lock is the operating system's: it is gone when its holder is, however it died.
        """
        from filelock import FileLock, Timeout

        folder = self.root / "locks"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            timeout = -1 if wait else 0
            lock = FileLock(folder / f"{hash_text(key)}.lock", timeout=timeout)
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
        count = 0
        for folder, folders, files in os.walk(self.root):
            for part in [Path(folder) / name for name in (*folders, *files)]:
                if not part.match(".*.part"):
                    continue
                with suppress(FileNotFoundError):  # its writer has just finished
                    if part.stat().st_mtime < time.time() - OLD_S:
                        count += 1
                        shutil.rmtree(part) if part.is_dir() else part.unlink()
        return count


def _contents(folder: Path, names: Iterable[str] | None = None) -> dict[str, list[Any]]:
    """Return size and checksum of files, by their path in the folder; of all, unless named."""
    if names is None:
        files = (file for file in folder.rglob("*") if file.is_file())
        names = sorted(file.relative_to(folder).as_posix() for file in files)
    found: dict[str, list[Any]] = {}
    for name in names:
        found[name] = [(folder / name).stat().st_size, checksum(folder / name)]
    return found


def checksum(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
