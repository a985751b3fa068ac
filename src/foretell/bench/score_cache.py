"""Cache of a score: the truth side, named by its content, so that the next prediction is quick."""

from __future__ import annotations

import hashlib
import json
import shutil
import uuid
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

import foretell
from foretell.bench.score_halves import HalfMoments
from foretell.bench.score_scorer import Scores
from foretell.bench.score_truth import Measured
from foretell.core.errors import StoreProblem
from foretell.core.folder import read_tree, write_tree
from foretell.core.spec import hash_text

__all__ = ["TruthCache"]

LARGE = ("half_mean", "half_variance", "mean", "variance")
PIECE = 1 << 24
KEPT = 4  # truths; the oldest goes first


@dataclass(frozen=True, eq=False)
class TruthCache:
    """A folder of truths that were measured before, by the content of their files.

    A file is read once to find its hash; after that its size and time of change stand for it.
    What is damaged or of another version is measured anew; nothing here is ever needed.

    Parameters
    ----------
    folder : of the cache.
    """

    folder: Path

    def digest(self, path: Path) -> str:
        """Return the hash of a file's content."""
        path = path.resolve()
        stat = path.stat()
        seen = f"{path} {stat.st_size} {stat.st_mtime_ns} {stat.st_ino}"
        known = self._digests()
        if seen not in known:
            known = self._digests() | {seen: _content(path)}
            self._write_digests(known)
        return known[seen]

    def is_known(self, path: Path) -> bool:
        """Tell whether a file's hash is known without reading it."""
        stat = path.resolve().stat()
        seen = f"{path.resolve()} {stat.st_size} {stat.st_mtime_ns} {stat.st_ino}"
        return seen in self._digests()

    def key(self, files: Sequence[Path], **settings: Any) -> str:
        """Name a truth by its files' content and all that was set."""
        parts = [*map(self.digest, files), foretell.__version__, json.dumps(settings, default=str)]
        return hash_text(" ".join([*parts, str(sorted(settings))]))

    def load(self, key: str) -> tuple[tuple[Measured, ...], dict[str, Scores]] | None:
        """Return a truth and the scores of its references, or None."""
        place = self.folder / key
        try:
            stored = read_tree(place)
            truth = tuple(_with_arrays(held, place, i) for i, held in enumerate(stored["truth"]))
            place.touch()
            return truth, dict(stored["references"])
        except (StoreProblem, OSError, ValueError, KeyError, TypeError, AttributeError):
            return None

    def save(self, key: str, truth: Sequence[Measured], references: dict[str, Scores]) -> None:
        """Write a truth beside the others; what cannot be written is left out in silence."""
        part = self.folder / f".{key}.{uuid.uuid4().hex[:8]}"
        with suppress(OSError):
            part.mkdir(parents=True)
            try:
                small = tuple(_without_arrays(held, part, i) for i, held in enumerate(truth))
                write_tree(part, {"truth": small, "references": references})
                shutil.rmtree(self.folder / key, ignore_errors=True)
                part.rename(self.folder / key)
            finally:
                shutil.rmtree(part, ignore_errors=True)
            self._drop_oldest()

    def _drop_oldest(self) -> None:
        truths = [p for p in self.folder.iterdir() if p.is_dir() and not p.name.startswith(".")]
        truths.sort(key=lambda p: p.stat().st_mtime, reverse=True)
        for old in truths[KEPT:]:
            shutil.rmtree(old, ignore_errors=True)

    def _digests(self) -> dict[str, str]:
        try:
            return dict(json.loads((self.folder / "digests.json").read_text()))
        except (OSError, ValueError):
            return {}

    def _write_digests(self, known: dict[str, str]) -> None:
        with suppress(OSError):
            self.folder.mkdir(parents=True, exist_ok=True)
            part = self.folder / f".digests.{uuid.uuid4().hex[:8]}"
            part.write_text(json.dumps(known, indent=0))
            part.replace(self.folder / "digests.json")


def _content(path: Path) -> str:
    found = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            found.update(piece)
    return found.hexdigest()


def _without_arrays(held: Measured, folder: Path, i: int) -> Measured:
    """Write the large arrays to files of their own, which are mapped when they are read."""
    for name in LARGE:
        np.save(folder / f"{name}.{i}.npy", getattr(held.moments, name))
    nothing = dict.fromkeys(LARGE, np.empty(0))
    return replace(held, moments=replace(held.moments, **nothing))


def _with_arrays(held: Measured, folder: Path, i: int) -> Measured:
    arrays = {
        name: np.load(folder / f"{name}.{i}.npy", mmap_mode="r", allow_pickle=False)
        for name in LARGE
    }
    moments: HalfMoments = replace(held.moments, **arrays)
    m, g = held.mask.shape
    shapes = {"mean": (m, g), "variance": (m, g), "half_mean": (len(moments.half_n), m, g)}
    if any(getattr(moments, name).shape != shape for name, shape in shapes.items()):
        raise ValueError("the arrays of a truth do not fit together")
    return replace(held, moments=moments)
