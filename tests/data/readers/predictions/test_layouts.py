"""Layouts of predictions: what is written reads back, and what is broken is explained."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import anndata
import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_matrix

from foretell.core.errors import BadMapping, BadValues, UnknownName, UnreadableFile
from foretell.core.prediction import Prediction
from foretell.core.scale import Scale
from foretell.data.readers.predictions import (
    cell_eval,
    openproblems,
    pereggrn,
    read,
    scperturbench,
    vcc,
)

GENES = np.array([f"G{i}" for i in range(6)])
LABELS = ["A", "B", "A+B"]


@pytest.fixture
def prediction() -> Prediction:
    rng = np.random.default_rng(0)
    control = rng.uniform(1.0, 2.0, (1, 6))
    return Prediction(
        mean=control + rng.normal(0, 0.3, (3, 6)),
        genes=GENES,
        scale=Scale("log1p"),
        control=control,
        control_index=np.zeros(3, dtype=int),
        support=np.array(["supported"] * 3, dtype=object),
    )


@pytest.fixture
def controls(prediction: Prediction) -> np.ndarray:
    noise = np.random.default_rng(1).normal(0, 0.2, (20, 6))
    return np.asarray(prediction.control + noise - noise.mean(axis=0))


def by_label(found: object, column: str) -> dict[str, np.ndarray]:
    return dict(zip(found.labels(column), found.mean, strict=True))  # type: ignore[attr-defined]


def test_a_pair_of_cell_eval_reads_back(
    tmp_path: Path, prediction: Prediction, controls: np.ndarray
) -> None:
    file = tmp_path / "pred.h5ad"
    cell_eval.write_cell_eval(file, prediction, LABELS, controls, n_cells=5)
    found = read.read_outside(file)
    mean = by_label(found, "target_gene")
    assert found.layout == "cell-eval"
    assert set(mean) == {*LABELS, "non-targeting"}
    for i, label in enumerate(LABELS):
        assert mean[label] == pytest.approx(prediction.mean[i], rel=1e-6)
    assert mean["non-targeting"] == pytest.approx(controls.mean(axis=0), rel=1e-6)
    assert list(found.n) == [5, 5, 5, 20]
    assert found.cells is not None
    assert found.cells[found.cell_row == 0] == pytest.approx(np.tile(prediction.mean[0], (5, 1)))


def test_cells_are_controls_moved_by_the_shift_where_noise_is_asked_for(
    tmp_path: Path, prediction: Prediction, controls: np.ndarray
) -> None:
    file = tmp_path / "pred.h5ad"
    cell_eval.write_cell_eval(file, prediction, LABELS, controls, n_cells=20, noise=True)
    found = cell_eval.read_cell_eval(file)
    cells = found.cells[found.cell_row == list(found.labels("target_gene")).index("A")]
    assert cells.std(axis=0) == pytest.approx(controls.std(axis=0), rel=1e-5)  # each drawn once
    assert cells.mean(axis=0) == pytest.approx(prediction.mean[0], rel=1e-5)


def test_a_row_that_was_not_answered_is_left_out(
    tmp_path: Path, prediction: Prediction, controls: np.ndarray
) -> None:
    prediction.support[1] = "abstained"
    cell_eval.write_cell_eval(tmp_path / "pred.h5ad", prediction, LABELS, controls)
    assert "B" not in cell_eval.read_cell_eval(tmp_path / "pred.h5ad").labels("target_gene")


def test_a_vcc_file_reads_back_and_is_what_the_challenge_unpacks(
    tmp_path: Path, prediction: Prediction, controls: np.ndarray
) -> None:
    file = tmp_path / "answer.prep.vcc"
    vcc.write_vcc(file, prediction, LABELS, controls, n_cells=3)
    with tarfile.open(file) as tar:
        assert [m.name for m in tar.getmembers()] == ["pred.h5ad.zst", "watermark.txt"]
        assert tar.extractfile("watermark.txt").read() == b"vcc-prep"  # type: ignore[union-attr]
    found = read.read_outside(file)
    assert found.layout == "vcc"
    assert by_label(found, "target_gene")["A"] == pytest.approx(prediction.mean[0], rel=1e-6)


def test_a_broken_vcc_file_says_what_is_wrong(tmp_path: Path) -> None:
    def made(members: dict[str, bytes]) -> Path:
        file = tmp_path / "answer.vcc"
        with tarfile.open(file, "w") as tar:
            for name, content in members.items():
                info = tarfile.TarInfo(name)
                info.size = len(content)
                tar.addfile(info, io.BytesIO(content))
        return file

    with pytest.raises(UnreadableFile, match=r"holds no pred\.h5ad\.zst"):
        vcc.read_vcc(made({"watermark.txt": b"vcc-prep"}))
    with pytest.raises(UnreadableFile, match="another watermark"):
        vcc.read_vcc(made({"watermark.txt": b"x", "pred.h5ad.zst": b""}))
    with pytest.raises(UnreadableFile, match="not a readable vcc file"):
        vcc.read_vcc(made({"watermark.txt": b"vcc-prep", "pred.h5ad.zst": b"no zstd"}))
    (tmp_path / "answer.vcc").write_bytes(b"no tar")
    with pytest.raises(UnreadableFile, match="not a readable vcc file"):
        vcc.read_vcc(tmp_path / "answer.vcc")
    with pytest.raises(UnreadableFile, match="there is no file"):
        vcc.read_vcc(tmp_path / "other.vcc")


@pytest.fixture
def id_map(tmp_path: Path) -> Path:
    file = tmp_path / "id_map.csv"
    frame = pd.DataFrame({"id": [0, 1, 2], "cell_type": "T", "sm_name": ["d3", "d1", "d2"]})
    frame.to_csv(file, index=False)
    return file


def test_openproblems_reads_back_in_the_order_of_the_map(
    tmp_path: Path, prediction: Prediction, id_map: Path
) -> None:
    file = tmp_path / "prediction.h5ad"
    labels = [("d1", "T"), ("d2", "T"), ("d3", "T")]
    openproblems.write_openproblems(
        file, prediction, labels, id_map, method_id="ours", dataset_id="data"
    )
    written = anndata.read_h5ad(file)
    assert written.layers["prediction"] == pytest.approx(prediction.mean[[2, 0, 1]])
    assert written.uns["method_id"] == "ours"
    found = read.read_outside(file, id_map=id_map)
    assert found.is_relative
    assert by_label(found, "sm_name")["d3"] == pytest.approx(prediction.mean[2])


@pytest.mark.parametrize("suffix", ["parquet", "csv"])
def test_a_submission_table_is_read_by_its_ids(
    suffix: str, tmp_path: Path, prediction: Prediction, id_map: Path
) -> None:
    table = pd.DataFrame(prediction.mean, columns=GENES)
    table.insert(0, "id", [2, 0, 1])
    file = tmp_path / f"submission.{suffix}"
    table.to_parquet(file) if suffix == "parquet" else table.to_csv(file, index=False)
    found = by_label(read.read_outside(file, id_map=id_map), "sm_name")
    assert found["d2"] == pytest.approx(prediction.mean[0])
    assert found["d3"] == pytest.approx(prediction.mean[1])


def test_openproblems_truth_names_its_own_rows(tmp_path: Path, prediction: Prediction) -> None:
    obs = pd.DataFrame({"sm_name": ["d1", "d2", "d3"], "cell_type": "T"}, index=list("abc"))
    layers = {"clipped_sign_log10_pval": prediction.mean}
    file = tmp_path / "de_test.h5ad"
    anndata.AnnData(obs=obs, var=pd.DataFrame(index=GENES), layers=layers).write_h5ad(file)
    found = openproblems.read_openproblems_truth(file)
    assert by_label(found, "sm_name")["d2"] == pytest.approx(prediction.mean[1])
    with pytest.raises(BadMapping, match="no layer 'logFC'"):
        openproblems.read_openproblems_truth(file, layer="logFC")


def test_rows_that_no_map_names_are_refused(
    tmp_path: Path, prediction: Prediction, id_map: Path
) -> None:
    file = tmp_path / "prediction.h5ad"
    layers = {"prediction": prediction.mean[:2]}
    anndata.AnnData(layers=layers, var=pd.DataFrame(index=GENES)).write_h5ad(file)
    with pytest.raises(BadMapping, match="2 predicted rows, and the map names 3"):
        read.read_outside(file, id_map=id_map)
    with pytest.raises(BadMapping, match="--id-map"):
        read.read_outside(file)
    with pytest.raises(BadValues, match="no prediction for d3 in T"):
        openproblems.write_openproblems(
            file, prediction.select([0]), [("d1", "T")], id_map, method_id="m", dataset_id="d"
        )


def test_pereggrn_reads_back_and_joins_commas(tmp_path: Path, prediction: Prediction) -> None:
    folder = tmp_path / "outputs"
    metadata = [
        {"perturbation": name, "expression_level_after_perturbation": "0"}
        for name in ("A", "B", "A,B")
    ]
    pereggrn.write_pereggrn(folder / "predictions" / "3.h5ad", prediction, metadata)
    found = pereggrn.read_pereggrn(folder, 3)
    assert by_label(found, "perturbation")["A+B"] == pytest.approx(prediction.mean[2])
    assert read.layout_of(folder / "predictions" / "3.h5ad") == "pereggrn"
    obs = anndata.read_h5ad(folder / "predictions" / "3.h5ad").obs
    assert {"timepoint", "cell_type", "is_control", "prediction_timescale"} <= set(obs)


def test_pereggrn_averages_rows_and_keeps_failures_apart(
    tmp_path: Path, prediction: Prediction
) -> None:
    prediction.mean[1] = np.nan
    metadata = [
        {"perturbation": name, "expression_level_after_perturbation": 0.0} for name in "ABA"
    ]
    pereggrn.write_pereggrn(tmp_path / "p.h5ad", prediction, metadata)
    found = pereggrn.read_pereggrn(tmp_path / "p.h5ad")
    mean = by_label(found, "perturbation")
    assert mean["A"] == pytest.approx(prediction.mean[[0, 2]].mean(axis=0))
    assert np.isnan(mean["B"]).all()
    with pytest.raises(UnreadableFile, match="no file"):
        pereggrn.read_pereggrn(tmp_path, 7)
    with pytest.raises(BadMapping, match="expression_level"):
        pereggrn.write_pereggrn(tmp_path / "p.h5ad", prediction, [{"perturbation": "A"}] * 3)


def test_scperturbench_reads_back_with_the_real_cells_beside_it(
    tmp_path: Path, prediction: Prediction, controls: np.ndarray
) -> None:
    rng = np.random.default_rng(2)
    real = anndata.AnnData(
        csr_matrix(np.vstack([controls, rng.uniform(0, 1, (9, 6))])),
        obs=pd.DataFrame(
            {"perturbation": ["control"] * 20 + ["A"] * 4 + ["B"] * 3 + ["C"] * 2},
            index=[f"c{i}" for i in range(29)],
        ),
        var=pd.DataFrame(index=GENES),
    )
    file = tmp_path / "result.h5ad"
    scperturbench.write_scperturbench(file, prediction.select([0, 1]), ["A", "B"], real, n_cells=4)
    found, beside = scperturbench.read_scperturbench(file)
    assert by_label(found, "perturbation")["B"] == pytest.approx(prediction.mean[1], rel=1e-6)
    assert list(found.labels("perturbation")) == ["A", "B"]
    assert beside.obs["perturbation"].value_counts().to_dict() == {"control": 20, "A": 4, "B": 3}
    assert read.layout_of(file) == "scperturbench"


def test_scperturbench_of_contexts_takes_the_label_from_the_name(
    tmp_path: Path, controls: np.ndarray
) -> None:
    obs = pd.DataFrame({"perturbation": ["control"] * 10 + ["imputed"] * 6 + ["stimulated"] * 4})
    obs.index = obs.index.astype(str)
    file = tmp_path / "DrugX_imputed.h5ad"
    anndata.AnnData(controls, obs=obs, var=pd.DataFrame(index=GENES)).write_h5ad(file)
    found, beside = scperturbench.read_scperturbench(file)
    assert list(found.labels("perturbation")) == ["DrugX"]
    assert found.mean[0] == pytest.approx(controls[10:16].mean(axis=0))
    assert set(beside.obs["perturbation"]) == {"control", "DrugX"}
    half = anndata.read_h5ad(file)
    half[half.obs["perturbation"] != "stimulated"].copy().write_h5ad(file)
    with pytest.raises(BadValues, match="no cells that are stimulated"):
        scperturbench.read_scperturbench(file)


def test_what_is_in_no_layout_is_explained(tmp_path: Path, prediction: Prediction) -> None:
    (tmp_path / "a.bin").write_bytes(b"abc")
    with pytest.raises(UnreadableFile, match="in no layout"):
        read.read_outside(tmp_path / "a.bin")
    with pytest.raises(UnreadableFile, match="no file"):
        read.read_outside(tmp_path / "b.h5ad")
    cell_eval.write_cell_eval(tmp_path / "p.h5ad", prediction, LABELS, prediction.control)
    with pytest.raises(BadMapping, match="no column 'targetgene'.*"):
        read.read_outside(tmp_path / "p.h5ad", column="targetgene")
    with pytest.raises(UnknownName, match="no layout 'celleval'"):
        read.read_outside(tmp_path / "p.h5ad", layout="celleval")
    with pytest.raises(UnknownName, match="did you mean 'target_gene'"):
        read.read_outside(tmp_path / "p.h5ad").labels("targetgene")
    with pytest.raises(BadValues, match="2 labels for 3 rows"):
        cell_eval.write_cell_eval(tmp_path / "q.h5ad", prediction, LABELS[:2], prediction.control)
