"""The real screens of `benchmarks/real.toml`, as far as a few seconds go."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import foretell
from foretell.bench.results import Results
from foretell.bench.runner import run
from foretell.bench.study_file import parse_study, read_study
from foretell.bench.worker import open_dataset
from foretell.core.dataset import Dataset
from foretell.core.study import DatasetSpec
from foretell.data.preprocess import Log1p, Normalize
from foretell.stats.correlation import pearson_rows

DataFile = Callable[[str], Path]
ROOT = Path(__file__).parents[2]
NORMAN = "crispr_norman2019_k562_500hvg"
PAPALEXI = "crispr_papalexi2021_eccite_299genes"
DATLINGER = "crispr_datlinger2021_jurkat_2000genes"
KANG = "kang2018_9517cells_100genes_logcounts"


def opened(name: str, data_file: DataFile) -> Dataset:
    """Open a data set as `real.toml` maps it."""
    spec = next(d for d in read_study(ROOT / "benchmarks/real.toml").datasets if d.name == name)
    return open_dataset(spec, data_file(name))


@pytest.mark.parametrize(
    ("name", "n_obs", "n_perturbed", "n_contexts"),
    [(NORMAN, 3375, 33, 1), (PAPALEXI, 17730, 25, 1), (DATLINGER, 7500, 40, 2), (KANG, 9517, 8, 8)],
)
def test_every_screen_reads_as_its_catalogue_says(
    name: str, n_obs: int, n_perturbed: int, n_contexts: int, data_file: DataFile
) -> None:
    dataset = opened(name, data_file)
    assert dataset.n_obs == n_obs
    assert len(dataset.perturbed) == n_perturbed
    assert len(dataset.contexts) == n_contexts


def test_cells_without_a_guide_call_are_dropped_and_counted(data_file: DataFile) -> None:
    assert opened(PAPALEXI, data_file).dropped == {"no call": 2999}


def test_profiles_are_the_same_from_disk_and_from_memory(data_file: DataFile) -> None:
    in_memory = opened(PAPALEXI, data_file)
    on_disk = foretell.load(data_file(PAPALEXI), in_memory.mapping, on_disk=True)
    steps = (Normalize(), Log1p())
    first, second = (d.with_steps(steps).profiles() for d in (in_memory, on_disk))
    np.testing.assert_array_equal(first.Y, second.Y)
    np.testing.assert_array_equal(first.control, second.control)


@pytest.mark.parametrize(
    "spec", read_study(ROOT / "benchmarks/real.toml").datasets, ids=lambda spec: spec.name
)
def test_no_real_split_leaks(spec: DatasetSpec, data_file: DataFile) -> None:
    dataset = opened(spec.name, data_file)
    for split in spec.splits:
        made = foretell.make_splits(
            dataset, split.task, rule=split.rule, options=split.options, folds=split.folds
        )
        assert made
        assert not [f for s in made for f in s.audit if f.is_leak and f.count]


def test_a_shared_control_inflates_the_training_mean_on_shallow_data(data_file: DataFile) -> None:
    dataset = foretell.load(data_file(DATLINGER), context="condition", library_size="ncounts")
    dataset = dataset.with_steps((Normalize(), Log1p()))
    shared, divided = [], []
    for split in foretell.make_splits(dataset, "unseen_perturbation", folds=4):
        train, query = split.train_part(dataset), split.query(dataset)
        predicted = foretell.model("context_mean").fit(train).predict(query).shift
        true = _means(dataset, split.test)
        halves = {h.context: h for h in split.halves}
        truth_control = np.array([_mean(dataset, halves[c.context].truth) for c in split.test])
        shared.append(pearson_rows(true - query.control, predicted)[0])
        divided.append(pearson_rows(true - truth_control, predicted)[0])
    assert np.median(np.concatenate(shared)) > 0.6
    assert np.median(np.concatenate(divided)) < 0.3


def _means(dataset: Dataset, conditions: tuple[foretell.Condition, ...]) -> np.ndarray:
    code = {condition: i for i, condition in enumerate(dataset.conditions)}
    X = dataset.values()
    return np.array([X[dataset.codes == code[c]].mean(axis=0).A1 for c in conditions])


def _mean(dataset: Dataset, file_rows: np.ndarray) -> np.ndarray:
    X = dataset.values()
    return np.asarray(X[np.isin(dataset.rows, file_rows)].mean(axis=0)).ravel()


def test_a_small_study_of_norman_gives_a_leaderboard(data_file: DataFile, tmp_path: Path) -> None:
    study = parse_study(
        f"""
        name = "norman"
        halves = 4
        metrics = ["pearson_delta", "pds_cosine", "de_auprc[abs_lfc]"]
        [[models]]
        name = "additive"
        [[models]]
        name = "no_change"
        [[datasets]]
        file = "{data_file(NORMAN)}"
        columns = {{ context = "cell_type", kind = "activation", scale = "log1p" }}
        [[datasets.splits]]
        task = "unseen_combination"
        parts_seen = 2
        folds = 2
        """
    )
    results = run(study, out=tmp_path, jobs=2)
    assert isinstance(results, Results)
    board = results.leaderboard.set_index(["metric", "model"])["value"]
    assert board["pearson_delta", "additive"] > 0.5
    assert board["pearson_delta", "no_change"] == 0.0
    assert board["pds_cosine", "no_change"] == 0.5


@pytest.mark.slow
def test_the_whole_real_study_runs(data_file: DataFile, tmp_path: Path) -> None:
    specs = read_study(ROOT / "benchmarks/real.toml").datasets
    for spec in specs:
        data_file(spec.name)
    results = run(ROOT / "benchmarks/real.toml", out=tmp_path, jobs=2)
    assert not (results.runs["status"] == "failed").any()
    board = results.leaderboard
    assert set(board["dataset"]) == {spec.name for spec in specs}
    hill = board[board["dataset"] == "crispr_hill2018_mcf10a_dox_28genes"]
    assert hill["rank"].isna().all()  # 28 shallow genes: nothing can be ranked
