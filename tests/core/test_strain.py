"""Types under strain: unusual data and unusual models, each all the way from data to score."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
import scipy.sparse as sp
from anndata import read_h5ad

from foretell.bench.groups import Rules
from foretell.bench.judge import judge_repeat
from foretell.core.dataset import Dataset
from foretell.core.mapping import ColumnMapping
from foretell.core.model import ALL_TASKS, Model, ModelInfo
from foretell.core.prediction import FALLBACK, Prediction
from foretell.core.query import Controls, Query, QueryRow
from foretell.core.registry import find
from foretell.data.preprocess import Log1p, Normalize
from foretell.knowledge.encodings.gene_scores import GeneScores
from foretell.knowledge.encodings.table import Table
from foretell.models.baselines.context_mean import ContextMean
from foretell.models.linear.ridge import Ridge
from foretell.splits.make import make

STEPS = (Normalize(1e3), Log1p())
METRICS = [m.declared for m in find("metrics") if m.name != "de_auprc[abs_lfc]"]


def go_through(
    model: Model, data: Dataset, folder: Path, *, steps=STEPS, task="unseen_perturbation", **kw: Any
) -> tuple[Prediction, dict[str, np.ndarray]]:
    """Split, fit, ask, answer, save, load and judge; return the answer and scores by metric."""
    splits = make(data, task, folds=2, **kw)
    answers = []
    for i, split in enumerate(splits):
        seen = data.with_steps(steps)
        calibration = split.calibration_part(seen) if model.info.uses_calibration else None
        model.fit(split.train_part(seen), calibration)
        split.query(seen).save(folder / f"query{i}")
        model.save(folder / f"model{i}")
        loaded, query = type(model).load(folder / f"model{i}"), Query.load(folder / f"query{i}")
        prediction = loaded.predict(query)
        same(prediction, model.predict(split.query(seen)))
        prediction.save(folder / f"answer{i}")
        kept = Prediction.load(folder / f"answer{i}")
        same(kept, prediction)
        answers.append(kept)
    rows = judge_repeat(data, splits, steps, {"model": answers}, METRICS, Rules(halves=4))
    scores = {
        m.name: np.array([r["value"] for r in rows["model"] if r["metric"] == m.name])
        for m in METRICS
    }
    assert len(scores["mse"]) == len(data.perturbed)
    assert np.isfinite(scores["mse"]).all()
    return answers[0], scores


def same(a: Prediction, b: Prediction) -> None:
    for name in ("mean", "lower", "upper", "cell_row", "support", "control"):
        one, other = getattr(a, name), getattr(b, name)
        assert (one is None) == (other is None)
        if one is not None:
            np.testing.assert_array_equal(one, other)
    assert (a.cells is None) == (b.cells is None)
    if a.cells is not None:
        np.testing.assert_array_equal(dense(a.cells), dense(b.cells))


def dense(X: Any) -> np.ndarray:
    return X.toarray() if sp.issparse(X) else np.asarray(X)


@dataclass(eq=False)
class Sampler(Model):
    """Answers with control cells, moved by the mean shift of training."""

    info: ClassVar[ModelInfo] = ModelInfo(
        "sampler", "baselines", "sampled cells", ALL_TASKS, level="cells", outputs=("mean", "cells")
    )
    kind: str = "csr"
    n_cells: int = 7

    def _fit(self, data, rng):
        profiles = data.profiles()
        self.shift_ = profiles.S_filled.mean(axis=0)

    def _predict(self, query):
        cells = [self._sample(query, row) for row in query.rows]
        X = np.vstack(cells)
        mean = np.array([c.mean(axis=0) for c in cells])
        if self.kind == "csr":
            X = sp.csr_matrix(X)
        elif self.kind == "mapped":
            file = Path(tempfile.mkdtemp()) / "cells.npy"
            np.save(file, X)
            X = np.load(file, mmap_mode="r")
        row = np.repeat(np.arange(len(query)), self.n_cells)
        return query.answer(mean=mean, cells=X, cell_row=row)

    def _sample(self, query, row):
        control = dense(query.controls.cells(row.origin))
        chosen = self.row_rng(row).integers(len(control), size=self.n_cells)
        return np.maximum(control[chosen] + self.shift_, 0.0)


@pytest.fixture
def data(make_dataset) -> Dataset:
    labels = [*"ABCDEFGH"]
    return make_dataset(labels, n=10, n_control=60, n_genes=12, contexts=("x", "y"))


@pytest.mark.parametrize("kind", ["csr", "dense", "mapped"])
def test_a_model_that_samples_cells(data, tmp_path, kind):
    answer, _ = go_through(Sampler(kind=kind), data, tmp_path)
    assert answer.cells.shape == (7 * len(answer), 12)
    part = answer.select([3, 1])
    np.testing.assert_array_equal(
        dense(part.cells)[part.cell_row == 0], dense(answer.cells)[answer.cell_row == 3]
    )


def test_an_encoding_with_unknown_targets(data, tmp_path):
    genes = ["A", "B", "C", "D", "E"]
    table = tmp_path / "vectors.csv"
    table.write_text(
        "target,a,b\n" + "".join(f"{g},{i},{i * i % 3}\n" for i, g in enumerate(genes))
    )
    answer, _ = go_through(Ridge(encoding=Table(file=str(table))), data, tmp_path)
    unknown = [not set(p.perturbation.targets) <= set(genes) for p in answer_rows(data)]
    assert (answer.support == FALLBACK).tolist() == unknown
    assert all("encoding" in r for r, u in zip(answer.reasons, unknown, strict=True) if u)
    nowhere, _ = go_through(Ridge(encoding=GeneScores(rank=3)), data, tmp_path / "scores")
    assert (nowhere.support == FALLBACK).all()  # no target is a measured gene


def answer_rows(data: Dataset):
    return make(data, "unseen_perturbation", folds=2)[0].test


@dataclass(eq=False)
class Conformal(Model):
    """Split-conformal intervals around another model, gene by gene."""

    info: ClassVar[ModelInfo] = ModelInfo(
        "conformal",
        "baselines",
        "intervals",
        ALL_TASKS,
        level="cells",
        outputs=("mean", "interval"),
        uses_calibration=True,
    )
    model: Model = field(default_factory=ContextMean)
    coverage: float = 0.75

    def _fit(self, data, rng):
        self.fitted_ = replace(self.model).fit(data)

    def _calibrate(self, calibration, rng):
        profiles = calibration.profiles()
        error = np.abs(self.fitted_.predict(query_of(calibration)).mean - profiles.Y)
        n = len(error)
        rank = int(np.ceil((n + 1) * self.coverage))
        self.width_ = (
            np.sort(error, axis=0)[rank - 1] if rank <= n else np.full(error.shape[1], np.inf)
        )

    def _predict(self, query):
        inner = self.fitted_.predict(query)
        interval = {"lower": inner.mean - self.width_, "upper": inner.mean + self.width_}
        return replace(inner, **interval, coverage=self.coverage)


def query_of(data: Dataset) -> Query:
    """Ask for the conditions of a data set; a calibrating model has to build this by hand."""
    rows = tuple(QueryRow(c.perturbation, c.context, horizon_h=c.horizon_h) for c in data.perturbed)
    controls = data.controls()
    position = {context: i for i, context in enumerate(data.contexts)}
    index = np.array(
        [position[data.conditions[code].context] for code in controls.codes], dtype=int
    )
    return Query(rows, Controls.of(data.contexts, controls, index), data.genes, data.scale)


def test_a_model_that_calibrates_intervals(data, tmp_path):
    answer, _ = go_through(Conformal(), data, tmp_path, calibration=0.5)
    assert np.isfinite(answer.lower).all()
    assert (answer.lower < answer.mean).all()
    assert answer.coverage == 0.75


def test_too_few_calibration_conditions_make_infinite_intervals(data, tmp_path):
    answer, _ = go_through(Conformal(coverage=0.95), data, tmp_path, calibration=0.25)
    assert np.isinf(answer.upper).all()
    assert np.isinf(answer.select([0]).lower).all()
    assert np.isfinite(answer.mean).all()


@pytest.mark.parametrize("is_dense", [True, False])
def test_a_data_set_that_stays_on_disk(make_adata, tmp_path, is_dense):
    labels = [*"ABCDEFGH"]
    adata = make_adata(labels, n=10, n_control=60, n_genes=12, dense=is_dense)
    adata.write_h5ad(tmp_path / "a.h5ad", compression="gzip")
    mapping = ColumnMapping(context=("cell_type",), blocks=("batch",))
    found = []
    for name, source in (
        ("disk", read_h5ad(tmp_path / "a.h5ad", backed="r")),
        ("memory", adata),
    ):
        held = Dataset.from_anndata(source, mapping)
        assert held.matrix.on_disk == (name == "disk")
        found.append(go_through(Sampler(), held, tmp_path / name))
    (one, scores), (other, same_scores) = found
    same(one, other)
    for metric, values in scores.items():
        np.testing.assert_array_equal(values, same_scores[metric])


def test_a_relative_scale_with_holes_and_no_controls(make_adata, make_dataset, tmp_path):
    adata = make_adata([*"ABCDEFGH"], n=10, n_control=0, n_genes=12, dense=True, scale="z")
    rng = np.random.default_rng(1)
    adata.X[rng.random(adata.X.shape) < 0.3] = np.nan
    adata.X[(adata.obs["perturbation"] == "A").to_numpy(), 4] = np.nan  # never measured
    adata.X[:, 7] = np.nan  # in nobody
    data = make_dataset(adata, {"scale": "z"})
    answer, scores = go_through(ContextMean(), data, tmp_path, steps=())
    assert answer.mean[:, 7].tolist() == [0.0] * len(answer)
    assert np.isfinite(scores["pearson_delta_perturbed"]).all()
    assert np.isfinite(scores["pds_cosine"]).all()
    np.testing.assert_array_equal(answer.control, 0.0)


def test_rows_with_a_time_horizon(make_adata, make_dataset, tmp_path):
    adata = make_adata([*"ABCDEF"], n=12, n_control=60, n_genes=12)
    adata.obs["hours"] = np.where(np.arange(len(adata)) % 2, 6.0, 24.0)
    data = make_dataset(adata, {"horizon_h": "hours"})
    assert len(data.perturbed) == 12
    assert len(data.controls().present) == 1
    answer, _ = go_through(ContextMean(), data, tmp_path)
    query = make(data, "unseen_perturbation", folds=2)[0].query(data)
    assert {row.horizon_h for row in query.rows} == {6.0, 24.0}
    assert [data.label(c) for c in query.conditions][:2] == [
        f"{query.rows[0].perturbation} in x after 6 h",
        f"{query.rows[0].perturbation} in x after 24 h",
    ]
    assert len(answer) == 6


def test_single_samples_have_scores_and_no_ceiling(make_adata, make_dataset):
    adata = make_adata([*"ABCDEFGH"], n=1, n_control=16, n_genes=12)
    data = make_dataset(adata, {"observation": "samples"})
    splits = make(data, "unseen_perturbation", folds=2)
    answers = [ContextMean().fit(s.train_part(data)).predict(s.query(data)) for s in splits]
    rows = judge_repeat(data, splits, (), {"model": answers}, METRICS, Rules(halves=3))
    values = {label: [r["value"] for r in rows[label] if r["metric"] == "mse"] for label in rows}
    assert np.isfinite(values["model"]).all()
    assert np.isnan(values["technical duplicate"]).all()
