"""Evaluation: the tidy table that leaderboard, plots, report and app read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from foretell.core.errors import StoreProblem
from foretell.core.folder import atomic_file

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["COLUMNS", "Evaluation"]

COLUMNS = {
    "dataset": "str",
    "split": "str",
    "repeat": "int64",
    "fold": "int64",
    "model": "str",
    "spec": "str",
    "seed": "int64",
    "condition": "str",
    "cluster": "str",
    "context": "str",
    "metric": "str",
    "value": "float64",
    "floor": "float64",
    "ceiling": "float64",
    "n": "int64",
    "n_obs": "int64",
    "status": "str",
    "reason": "str",
    "shared_control": "bool",
    "inflation": "float64",
    "shared": "float64",
    "strength": "float64",
    "novelty": "float64",
}


@dataclass(frozen=True, eq=False)
class Evaluation:
    """One row per data set, split, repeat, model, condition and metric.

    ``value``, ``floor`` and ``ceiling`` are means over the same halves of the held-out
    observations; ``n`` counts the halves with a defined value; ``status`` is ``ok``,
    ``fallback``, ``abstained``, ``failed`` or ``n/a``. ``cluster`` names the targets: conditions
    of one cluster are resampled together. ``shared`` is the value with a shared control, and
    ``inflation`` is sqrt(C/(C+K)), what sharing it gives an uninformative answer. ``strength`` is
    the root mean square of the true shift at full depth, ``novelty`` the distance to training
    where the split measured it.
    """

    frame: pd.DataFrame

    def __post_init__(self) -> None:
        missing = [name for name in COLUMNS if name not in self.frame.columns]
        if missing:
            raise StoreProblem(
                f"an evaluation lacks the columns {missing}", "make it anew with `foretell bench`"
            )

    def __len__(self) -> int:
        return len(self.frame)

    @classmethod
    def concat(cls, parts: Iterable[Evaluation]) -> Evaluation:
        """Join tables."""
        import pandas as pd

        frames = [part.frame for part in parts if len(part)]
        if not frames:
            return cls(pd.DataFrame({name: [] for name in COLUMNS}))
        return cls(pd.concat(frames, ignore_index=True))

    def save(self, path: Path) -> None:
        """Write parquet, whole or not at all."""
        atomic_file(path, lambda part: self.frame.to_parquet(part, index=False))

    @classmethod
    def load(cls, path: Path) -> Evaluation:
        """Read parquet."""
        import pandas as pd

        try:
            return cls(pd.read_parquet(path))
        except (OSError, ValueError, KeyError) as error:
            raise StoreProblem(f"{path} is damaged: {error}", "delete it and run again") from error
