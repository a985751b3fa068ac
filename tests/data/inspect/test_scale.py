"""Scales, judged on values that were made so."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from foretell.data.inspect.inspect import inspect
from foretell.data.inspect.sample import sample_of
from foretell.data.inspect.scale import guess_scale

RNG = np.random.default_rng(3)
N, G = 80, 60


def counts() -> np.ndarray:
    depth = RNG.lognormal(0, 0.5, (N, 1))
    return RNG.poisson(depth * RNG.gamma(0.5, 2, (1, G))) + np.eye(N, G)


def normal(total: float, X: np.ndarray) -> np.ndarray:
    return X / X.sum(axis=1, keepdims=True) * total


def ranks(X: np.ndarray) -> np.ndarray:
    order = X.argsort(axis=1).argsort(axis=1)
    return 1 - 2 * order / (X.shape[1] - 1)


def top_list() -> np.ndarray:
    X = np.zeros((N, G))
    for row in X:
        row[RNG.permutation(G)[:30]] = 1 - np.arange(30) / 30
    return X


MADE = {
    "counts": (lambda: counts(), "counts", "sure"),
    "cpm": (lambda: normal(1e6, counts()), "normalized", "sure"),
    "log1p": (lambda: np.log1p(normal(1e4, counts())), "log1p", "sure"),
    "log1p of a part of the genes": (
        lambda: np.log1p(normal(1e4, counts()))[:, : G // 2],
        "log1p",
        "sure",
    ),
    "log2": (lambda: np.log2(normal(1e4, counts()) + 1), "log1p_base2", "sure"),
    "log10": (lambda: np.log10(normal(1e4, counts()) + 1), "log1p_base10", "sure"),
    "normalised part": (lambda: normal(1e4, counts())[:, : G // 2], "normalized", "sure"),
    "sign": (lambda: RNG.choice([-1.0, 0.0, 1.0], (N, G)), "sign", "sure"),
    "rank": (lambda: ranks(RNG.normal(size=(N, G))), "rank", "sure"),
    "truncated ranks": (top_list, "rank", "sure"),
    "z": (lambda: RNG.normal(size=(N, G)), "z", "likely"),
    "log ratio": (lambda: RNG.normal(0, 0.2, (N, G)), "log_ratio", "likely"),
    "array": (lambda: RNG.uniform(3, 14, (N, G)), "intensity", "likely"),
    "fluorescence": (lambda: RNG.lognormal(5, 1, (N, G)), "intensity", "likely"),
    "share": (lambda: RNG.uniform(0, 1, (N, G)), "intensity", "likely"),
    "corrected counts": (
        lambda: counts() * RNG.uniform(0.6, 1, (N, G)) * 5,
        "normalized",
        "unclear",
    ),
    "mask": (lambda: RNG.integers(0, 2, (N, G)).astype(float), "counts", "unclear"),
}


@pytest.mark.parametrize("sparse", [False, True])
@pytest.mark.parametrize("name", MADE)
def test_a_scale_is_told_from_its_values(name: str, sparse: bool) -> None:
    make, scale, confidence = MADE[name]
    X = make().astype(np.float32)
    guess = guess_scale(sample_of(csr_matrix(X) if sparse else X))
    assert (guess.value, guess.confidence) == (scale, confidence), guess.evidence


def test_a_rank_that_is_rounded_and_has_gaps_is_still_a_rank() -> None:
    X = np.round(ranks(RNG.normal(size=(N, 400))), 5).astype(np.float32)
    X[:, RNG.permutation(400)[:80]] = np.nan
    assert guess_scale(sample_of(X)).value == "rank"


def test_words_never_win_against_values() -> None:
    guess = guess_scale(sample_of(np.log1p(normal(1e4, counts()))), "raw UMI counts")
    assert guess.value == "log1p"
    assert guess.confidence == "likely"
    assert "which the values do not show" in guess.evidence[-1]


def test_words_break_a_tie_between_relative_scales() -> None:
    X = RNG.normal(0, 3, (20, G))
    assert guess_scale(sample_of(X), "moderated z-score").value == "z"
    assert guess_scale(sample_of(X), "log2 fold change").value == "log_ratio"


def test_missing_values_do_not_make_expression_relative() -> None:
    X = np.log1p(normal(1e4, counts()))
    X[0, 0] = np.nan
    assert guess_scale(sample_of(X)).value == "log1p"


def test_a_sample_is_bounded_and_spread_over_the_file() -> None:
    X = csr_matrix((50_000, 30), dtype=np.float32)
    rows = sample_of(X).rows
    assert len(rows) == 1000
    assert rows[0] == 0
    assert rows[-1] == 49_999
    wide = sample_of(np.zeros((5000, 30_000), dtype=np.float32))
    assert wide.size <= 6_000_000


Screen = Callable[..., Any]


def test_scaled_values_give_way_to_a_layer_of_counts(screen: Screen) -> None:
    adata = screen(["control", "A", "B"])
    adata.layers["counts"] = adata.X.copy()
    adata.X = screen(["control", "A", "B"], scale="z").X.toarray()
    found = inspect(adata, quick=True)
    assert (found.columns["layer"], found.columns["scale"]) == ("counts", "counts")


def test_log_values_are_kept_and_checked_against_the_layer_of_counts(screen: Screen) -> None:
    adata = screen(["control", "A", "B"], scale="log1p")
    adata.layers["counts"] = screen(["control", "A", "B"]).X
    adata.uns["log1p"] = {"base": None}
    found = inspect(adata, quick=True)
    assert found.columns["scale"] == "log1p"
    assert "rises with it" in " ".join(found.guesses["scale"].evidence)
    assert "'counts' looks like counts" in found.guesses["layer"].alternatives[0]
    adata.layers["counts"] = adata.layers["counts"][::-1]
    other = inspect(adata, quick=True)
    assert "not the logarithm of layer 'counts'" in other.guesses["scale"].evidence[-1]


def test_centred_cells_are_no_effects(screen: Screen) -> None:
    adata = screen(["control", "A", "B"])
    adata.X = screen(["control", "A", "B"], scale="z").X.toarray()
    found = inspect(adata, quick=True)
    assert found.exit_code == 3
    assert any("centred cells" in remark.text for remark in found.remarks)
