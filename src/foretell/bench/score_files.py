"""Score files: from paths and columns to a scored prediction, through the cache of truths."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from foretell.bench.score import METRICS, ScoredPrediction, measure_truth, score_against
from foretell.bench.score_cache import TruthCache
from foretell.bench.score_scorer import Scores
from foretell.bench.score_truth import Measured, Policy
from foretell.core.dataset import Dataset
from foretell.core.errors import BadMapping, UnknownName, did_you_mean, shorten
from foretell.core.mapping import ColumnMapping
from foretell.core.profiles import Profiles
from foretell.data.fetch import cache_folder
from foretell.data.find import find_file
from foretell.data.load import load
from foretell.data.readers.predictions.read import read_outside

if TYPE_CHECKING:
    from foretell.compat.scores import CompatScores

__all__ = ["ScoreSettings", "score_as_files", "score_files"]

SIDE_BY_SIDE = 1_000_000_000  # bytes of two files, up to which they are read at the same time


@dataclass(frozen=True)
class ScoreSettings:
    """How files are scored.

    Parameters
    ----------
    columns : parts of the mapping of the real file, as `foretell.load` takes them.
    train_column : ``column=value`` of the real file's training observations, or empty.
    metrics : names, or patterns such as ``de_*``.
    layout, id_map : of the prediction; the layout is found out where empty.
    """

    columns: Mapping[str, Any]
    train_column: str = ""
    metrics: tuple[str, ...] = METRICS
    halves: int = 20
    policy: Policy = "mask"
    seed: int = 0
    normalise: bool = False
    predicted_controls: bool = False
    layout: str = ""
    id_map: Path | None = None
    use_cache: bool = True


def score_files(
    real: Path, pred: Path, settings: ScoreSettings, train: Path | None = None
) -> ScoredPrediction:
    """Score a predicted file against a real one.

    Parameters
    ----------
    real : a screen with its controls; columns that are not named are found out.
    pred : in any layout of `foretell.data.readers.predictions`.
    train : a screen with the training conditions, read as the real one is.

    Raises
    ------
    ForetellError
        Whatever reading, matching and measuring raise, each with its way out.
    """
    real = find_file(real)
    train = None if train is None else find_file(train)
    columns = _columns(real, settings)
    mapping = ColumnMapping.from_dict(columns)
    read = partial(
        read_outside,
        pred,
        layout=settings.layout,
        column=_label_column(pred, mapping),
        context=mapping.context,
        id_map=settings.id_map,
        keep_cells=settings.normalise,
    )
    with ThreadPoolExecutor(1) as pool:
        reading = pool.submit(read)
        if pred.is_file() and real.stat().st_size + pred.stat().st_size > SIDE_BY_SIDE:
            reading.result()  # both would not fit into memory
        try:
            truth, references, keep = _truth(real, train, columns, settings)
        finally:
            outside = reading.result()  # what is wrong with the prediction is said first
    known = {context: set(by.get("floor", {})) for context, by in references.items()}
    scored = score_against(
        truth,
        outside,
        metrics=settings.metrics,
        normalise=settings.normalise,
        predicted_controls=settings.predicted_controls,
        references=references,
        seed=settings.seed,
    )
    if keep is not None and any(
        set(by.get("floor", {})) - known.get(context, set()) for context, by in references.items()
    ):
        keep(truth, references)
    scored.about.update({"real": str(real), "pred": str(pred), "train": str(train or "")})
    return scored


def _columns(real: Path, settings: ScoreSettings) -> dict[str, Any]:
    """Take the columns that were named; find out the others."""
    given = {k: v for k, v in settings.columns.items() if v not in (None, (), [], "")}
    if not {"perturbation", "scale"} <= set(given):
        from foretell.data.inspect.inspect import inspect

        found = inspect(real, said=given, quick=True)
        errors = [r for r in found.remarks if r.level == "error"]
        if not found.is_screen or errors:
            problem = errors[0].text if errors else "it is no perturbation screen"
            raise BadMapping(f"{real}: {problem}", "name --perturbation, --control and --scale")
        given = found.columns | given
    return {"min_cells": 2} | given if given.get("observation") != "samples" else given


def _label_column(pred: Path, mapping: ColumnMapping) -> str:
    """Column of labels in the prediction: the real one's name, where the file has it."""
    import h5py

    if pred.suffix != ".h5ad" or not pred.is_file() or not h5py.is_hdf5(pred):
        return ""
    with h5py.File(pred, "r") as file:
        return mapping.perturbation if mapping.perturbation in file.get("obs", ()) else ""


def _truth(
    real: Path, train: Path | None, columns: Mapping[str, Any], settings: ScoreSettings
) -> tuple[tuple[Measured, ...], dict[str, Scores], Any]:
    """Measure the truth, or take it from the cache; and how to keep what is new."""
    cache = TruthCache(cache_folder() / "truths") if settings.use_cache else None
    files = [real] if train is None else [real, train]
    about = {
        "columns": sorted((k, str(v)) for k, v in columns.items()),
        "train_column": settings.train_column,
        "halves": settings.halves,
        "policy": settings.policy,
        "seed": settings.seed,
    }
    if cache is None:
        return _measured(real, train, columns, settings), {}, None
    if all(map(cache.is_known, files)):
        key = cache.key(files, **about)
        found = cache.load(key)
        if found is not None:
            return found[0], found[1], lambda t, r: cache.save(key, t, r)
        return (
            _measured(real, train, columns, settings),
            {},
            lambda t, r: cache.save(key, t, r),
        )
    with ThreadPoolExecutor(1) as pool:  # reading for the hash goes on beside the measuring
        naming = pool.submit(cache.key, files, **about)
        truth = _measured(real, train, columns, settings)
        key = naming.result()
    return truth, {}, lambda t, r: cache.save(key, t, r)


def _measured(
    real: Path, train: Path | None, columns: Mapping[str, Any], settings: ScoreSettings
) -> tuple[Measured, ...]:
    dataset = load(real, **columns)
    profiles: Profiles | None = None
    if train is not None:
        profiles = load(train, **columns).profiles()
    if settings.train_column:
        dataset, profiles = _divided(dataset, settings.train_column)
    return measure_truth(
        dataset, profiles, halves=settings.halves, policy=settings.policy, seed=settings.seed
    )


def _divided(dataset: Dataset, train_column: str) -> tuple[Dataset, Profiles]:
    """Divide a screen by a column: training profiles, and the whole of it."""
    column, sign, value = train_column.partition("=")
    if not sign:
        raise BadMapping(
            f"'{train_column}' does not say which observations are training",
            "write COLUMN=VALUE, such as split=train",
        )
    if column not in dataset.obs.columns:
        raise UnknownName(
            f"there is no column '{column}'", did_you_mean(column, dataset.obs.columns)
        )
    labels = np.asarray(dataset.obs[column]).astype(str)[dataset.rows]
    is_train = labels == value
    is_control = np.array([c.is_control for c in dataset.conditions])[dataset.codes]
    if not (is_train & ~is_control).any():
        raise UnknownName(
            f"no perturbed observation has {column} = '{value}'",
            did_you_mean(value, np.unique(labels)),
        )
    treated = is_train & ~is_control
    both = set(dataset.codes[treated]) & set(dataset.codes[~is_train & ~is_control])
    if both:
        names = [str(dataset.conditions[i]) for i in sorted(both)]
        raise BadMapping(
            f"{len(both)} conditions are training and test in '{column}': {shorten(names)}",
            "a condition stands on one side only",
        )
    return dataset, dataset.take(treated | is_control).profiles()


def score_as_files(
    name: str,
    real: Path,
    pred: Path,
    perturbation: str,
    control: str,
    train_column: str = "",
    **settings: Any,
) -> CompatScores:
    """Score two files as another evaluator does, defects included.

    Parameters
    ----------
    train_column : ``column=value`` of training observations, for evaluators that refer to them.
    """
    import anndata

    from foretell.compat.evaluators import score_as

    sides = [anndata.read_h5ad(find_file(path)) for path in (real, pred)]
    column, _, value = train_column.partition("=")
    if name == "systema" and column in sides[0].obs.columns:
        labels = sides[0].obs.loc[sides[0].obs[column].astype(str) == value, perturbation]
        settings["train"] = sorted(set(labels.astype(str)) - {control})
    return score_as(
        name, sides[0], sides[1], perturbation=perturbation, control=control, **settings
    )
