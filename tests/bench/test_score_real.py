"""Score on a measured screen: double activations predicted by adding up the singles."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import anndata
import numpy as np
import pandas as pd
import pytest

from foretell.bench.score_files import ScoreSettings, score_files
from foretell.data.load import load

NORMAN = "crispr_norman2019_k562_500hvg"


@pytest.fixture
def scored(
    data_file: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], pd.DataFrame]:
    """Score additive, shuffled and spelled predictions of the doubles; singles are training."""
    real = data_file(NORMAN)
    monkeypatch.setenv("FORETELL_CACHE", str(tmp_path))
    columns = {"perturbation": "perturbation", "control": ("control",), "scale": "log1p"}
    profiles = load(real, **columns).profiles()
    shift = {c.perturbation.label(kind=False): s for c, s in zip(profiles.conditions, profiles.S)}  # noqa: B905
    control = profiles.control[0]

    def score(kind: str) -> pd.DataFrame:
        doubles = sorted(name for name in shift if "+" in name)
        parts = [name.split("+") for name in doubles]
        mean = np.array([control + sum(shift.get(p, 0.0) for p in pair) for pair in parts])
        if kind == "shuffled":
            mean = np.roll(mean, 3, axis=0)
        if kind == "spelled":
            doubles = ["_".join(reversed(pair)) for pair in parts]
        obs = pd.DataFrame({"perturbation": doubles}, index=doubles)
        genes = pd.DataFrame(index=profiles.genes)
        anndata.AnnData(mean, obs=obs, var=genes).write_h5ad(tmp_path / "pred.h5ad")
        settings = ScoreSettings(
            columns=columns,
            train_column="nperts=1",
            halves=6,
            metrics=("pearson_delta", "pearson_delta_perturbed", "pds_cosine", "mse"),
        )
        return score_files(real, tmp_path / "pred.h5ad", settings).board.set_index("metric")

    return score


def test_adding_up_beats_the_training_mean_and_a_shuffle_does_not(
    scored: Callable[[str], pd.DataFrame],
) -> None:
    additive, shuffled = scored("additive"), scored("shuffled")
    assert additive.loc["pearson_delta_perturbed", "calibrated"] > 0.4
    assert additive.loc["pds_cosine", "value"] > 0.65
    assert shuffled.loc["pds_cosine", "value"] < 0.6
    for metric in ("pearson_delta", "pearson_delta_perturbed"):
        assert additive.loc[metric, "value"] > shuffled.loc[metric, "value"]
    assert additive.loc["pearson_delta", "inflation"] > 0.3  # 100 controls for 50 cells of a half
    assert scored("spelled")["value"].to_numpy() == pytest.approx(additive["value"].to_numpy())
