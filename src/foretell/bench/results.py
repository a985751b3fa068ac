"""Results: the tables of a study, as files that everything else reads."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from foretell.bench.cards import split_cards, study_card
from foretell.bench.clusters import with_clusters
from foretell.bench.comparisons import compare
from foretell.bench.coverage_table import coverage_table
from foretell.bench.leaderboard import leaderboard
from foretell.bench.plan import Block, Plan, floor_label
from foretell.bench.references import CEILING
from foretell.bench.store import Store, checksum, write_text
from foretell.bench.trust import trust
from foretell.core.errors import StoreProblem
from foretell.core.evaluation import Evaluation
from foretell.core.folder import atomic_file
from foretell.core.registry import find

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Results", "primary_of", "write_results"]

FRAMES = ("leaderboard", "runs", "trust", "differences", "wins", "coverage")
TABLES = ("evaluation.parquet", *(f"{name}.parquet" for name in FRAMES), "splits.json")


@dataclass(frozen=True, eq=False)
class Results:
    """What a study found.

    Parameters
    ----------
    folder : where the files are.
    study : the declaration, its hash, versions, data sets, models and metrics, as plain JSON.
    evaluation : one row per data set, split, repeat, model, condition and metric.
    leaderboard : one row per data set, split, metric and model.
    runs : time, memory, status and reason of every fit.
    splits : sizes, control halves and leakage audit of every split, as plain JSON.
    trust : one row per data set, split and metric: what the metric can show there.
    differences : one row per data set, split, metric and pair of models.
    wins : one row per data set, split, metric and model: how often it beats the floor.
    coverage : one row per data set, split, model and stratum: how often its bands hold.
    """

    folder: Path
    study: dict[str, Any]
    evaluation: Evaluation
    leaderboard: pd.DataFrame
    runs: pd.DataFrame
    splits: list[dict[str, Any]]
    trust: pd.DataFrame
    differences: pd.DataFrame
    wins: pd.DataFrame
    coverage: pd.DataFrame

    @classmethod
    def load(cls, folder: str | Path) -> Results:
        """Read the results folder of a study."""
        import pandas as pd

        folder = Path(folder)
        if not (folder / "study.json").is_file():
            raise StoreProblem(
                f"there are no finished results in {folder}", "run `foretell bench STUDY.toml`"
            )
        try:
            study = json.loads((folder / "study.json").read_text(encoding="utf-8"))
            _check_files(folder, study.pop("files", {}))
            return cls(
                folder=folder,
                study=study,
                evaluation=Evaluation.load(folder / "evaluation.parquet"),
                **{name: pd.read_parquet(folder / f"{name}.parquet") for name in FRAMES},
                splits=json.loads((folder / "splits.json").read_text(encoding="utf-8")),
            )
        except (OSError, ValueError, KeyError, AttributeError) as error:
            raise StoreProblem(
                f"the results in {folder} are damaged: {error}",
                "run `foretell bench STUDY.toml` again: it makes the tables anew from the store",
            ) from error


def primary_of(study: dict[str, Any], dataset: str) -> str:
    """Return the metric that headlines are about on one data set."""
    own = {card["name"]: card.get("primary") for card in study.get("datasets", ())}
    return str(own.get(dataset) or study.get("primary") or "")


def write_results(
    plan: Plan, store: Store, folder: Path, died: Iterable[dict[str, Any]] = ()
) -> Results:
    """Collect scores and runs into tables and write them, each file whole or not at all."""
    evaluation = _evaluation(plan, store)
    runs = _runs(plan, store, died)
    records = [find("metrics")[name] for name in plan.study.metrics]
    draws, seed = plan.study.draws, plan.study.seed
    compared = compare(evaluation, records, draws=draws, seed=seed)
    results = Results(
        folder=folder,
        study=study_card(plan),
        evaluation=evaluation,
        leaderboard=leaderboard(plan, evaluation, runs, compared),
        runs=runs,
        splits=split_cards(plan),
        trust=trust(evaluation, records, draws=draws, seed=seed),
        differences=compared.pairs,
        wins=compared.floors,
        coverage=coverage_table(evaluation, _nominal(plan), draws=draws, seed=seed),
    )
    evaluation.save(folder / "evaluation.parquet")
    for name in FRAMES:
        _save_frame(getattr(results, name), folder / f"{name}.parquet")
    write_text(folder / "splits.json", json.dumps(results.splits))
    write_text(folder / "study.toml", plan.study.text)
    files = {"files": {name: checksum(folder / name) for name in TABLES}}
    write_text(folder / "study.json", json.dumps(results.study | files, indent=1))
    return results


def _nominal(plan: Plan) -> dict[str, float]:
    """Return what the bands of each model claim, by its label."""
    levels = {spec.label: getattr(spec.model, "coverage", None) for spec in plan.study.models}
    return {label: float(level) for label, level in levels.items() if level is not None}


def _check_files(folder: Path, files: dict[str, str]) -> None:
    """Refuse tables of another run than that of ``study.json``, which is written last."""
    for name in TABLES:
        if checksum(folder / name) != files.get(name):
            raise ValueError(f"{name} is not the file that study.json was written for")


def _evaluation(plan: Plan, store: Store) -> Evaluation:
    """Join the scores, and set floor and ceiling beside every value."""
    parts = []
    for task in plan.scores():
        block = next(b for b in plan.blocks if task.splits[0] in b.splits)
        scored = {
            label: scores.frame[scores.frame["metric"].isin(plan.study.metrics)]
            for label, key, _ in task.wanted
            if (scores := store.scores(key)) is not None
        }
        floor = floor_label(plan.study, block.split.task.floor)
        parts += [
            Evaluation(_complete(frame, scored, label, floor, block, plan))
            for label, frame in scored.items()
        ]
        dead = [m.label for m in plan.models(block) if m.label not in scored]
        parts += [
            Evaluation(_complete(_dead(scored), scored, label, floor, block, plan))
            for label in dead
        ]
    whole = Evaluation.concat(parts).frame
    if whole.empty:
        return Evaluation(whole)
    blocks = whole.groupby(["dataset", "split"], sort=False)
    return Evaluation.concat(Evaluation(with_clusters(part)) for _, part in blocks)


def _dead(scored: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Rows of a model whose process died: as many as the ceiling's, all failed."""
    failed = scored[CEILING]["status"].where(scored[CEILING]["status"] == "n/a", "failed")
    return scored[CEILING].assign(value=float("nan"), n=0, status=failed)


def _complete(
    frame: pd.DataFrame,
    scored: dict[str, pd.DataFrame],
    label: str,
    floor: str | None,
    block: Block,
    plan: Plan,
) -> pd.DataFrame:
    """Name the rows, join floor and ceiling, and score what is missing as the floor."""
    keys = ["repeat", "fold", "condition", "metric"]
    frame = frame.drop(columns=["floor", "ceiling"])
    for column, source in (("floor", floor), ("ceiling", CEILING)):
        values = scored[source] if source in scored else frame.assign(value=float("nan"))
        values = values[[*keys, "value"]].rename(columns={"value": column})
        frame = frame.merge(values, on=keys, how="left", validate="one_to_one")
    spec = {m.label: m.spec for m in plan.study.models}
    missing = frame["status"].isin(["failed", "abstained"])
    return frame.assign(
        value=frame["value"].where(~missing, frame["floor"]),
        dataset=block.dataset.name,
        split=block.name,
        model=label,
        spec=spec.get(label, ""),
        seed=plan.study.seed,
    )


def _runs(plan: Plan, store: Store, died: Iterable[dict[str, Any]]) -> pd.DataFrame:
    import pandas as pd

    records = {record["key"]: record for record in died}
    for task in plan.fits():
        kept = store.record(task.key)
        if kept is not None:
            records[task.key] = kept | {"split": task.split.name}
    columns = (
        *("key", "dataset", "split", "repeat", "fold", "model", "spec", "seed", "status"),
        *("reason", "wall_s", "cpu_s", "peak_mb", "device"),
    )
    return pd.DataFrame(
        [{name: r[name] for name in columns} for r in records.values()], columns=list(columns)
    )


def _save_frame(frame: pd.DataFrame, path: Path) -> None:
    atomic_file(path, lambda part: frame.to_parquet(part, index=False))
