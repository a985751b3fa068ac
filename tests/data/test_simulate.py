"""The simulator: what it promises about truth, cells and files."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from foretell.data.simulate import Screen, Simulation, simulate, simulate_to_disk

SMALL = Screen(
    n_perturbations=12,
    n_combinations=6,
    n_genes=60,
    n_regulators=15,
    density=0.15,
    cells_per_condition=15,
    controls_per_context=60,
    seed=7,
)


def rows_of(s: Simulation, label: str, context: str) -> np.ndarray:
    obs = s.adata.obs
    return np.flatnonzero((obs.perturbation == label) & (obs.cell_type == context))


def pseudobulk(s: Simulation, rows: np.ndarray) -> np.ndarray:
    """log1p of counts per 10,000 of the pooled cells, (n_genes,)."""
    total = np.asarray(s.adata.X[rows].sum(axis=0)).ravel()
    return np.log1p(total / total.sum() * 1e4)


def same(a: Simulation, b: Simulation) -> bool:
    return (
        np.array_equal(a.adata.X.toarray(), b.adata.X.toarray())
        and a.adata.obs.equals(b.adata.obs)
        and np.array_equal(a.truth.shift, b.truth.shift)
    )


# --- determinism and independence of the parts -----------------------------------------------


def test_equal_specifications_give_equal_screens_and_other_seeds_do_not() -> None:
    assert same(simulate(SMALL), simulate(replace(SMALL)))
    assert not same(simulate(SMALL), simulate(replace(SMALL, seed=8)))


def test_more_cells_change_neither_network_nor_effects_nor_guides() -> None:
    few, many = simulate(SMALL).truth, simulate(replace(SMALL, cells_per_condition=30)).truth
    for a, b in zip(few.networks, many.networks, strict=True):
        assert (a != b).nnz == 0
    assert np.array_equal(few.shift, many.shift)
    assert few.guides.equals(many.guides)


def test_more_combinations_leave_the_cells_of_single_perturbations_as_they_were() -> None:
    a, b = simulate(SMALL), simulate(replace(SMALL, n_combinations=0))
    label = str(b.truth.perturbations.perturbation[3])
    x, y = (s.adata.X[rows_of(s, label, "context2")].toarray() for s in (a, b))
    assert np.array_equal(x, y)


# --- on disk ---------------------------------------------------------------------------------


def test_the_file_holds_the_same_cells_whatever_the_chunk(tmp_path: Path) -> None:
    import anndata

    screen = replace(SMALL, controls_per_context=600)
    s = simulate(screen)
    for chunk in (1, 333, 10_000):
        truth = simulate_to_disk(screen, tmp_path / "screen.h5ad", chunk=chunk)
        assert np.array_equal(truth.shift, s.truth.shift)
        loaded = anndata.read_h5ad(tmp_path / "screen.h5ad")
        for name in ("data", "indices", "indptr"):
            assert np.array_equal(getattr(loaded.X, name), getattr(s.adata.X, name))
        assert loaded.X.dtype == s.adata.X.dtype == np.float32
        assert loaded.obs.equals(s.adata.obs)
        assert loaded.var.equals(s.adata.var)
        assert loaded.uns == s.adata.uns
    backed = anndata.read_h5ad(tmp_path / "screen.h5ad", backed="r")
    assert np.array_equal(backed.X[5:9].toarray(), s.adata.X[5:9].toarray())
    backed.file.close()
    assert [p.name for p in tmp_path.iterdir()] == ["screen.h5ad"]


def test_a_failure_halfway_leaves_the_older_file_and_no_rubbish(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import foretell.data.simulate as face

    path = tmp_path / "screen.h5ad"
    path.write_text("older")

    def fail(*args: object, **kwargs: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(face, "write_annotation", fail)
    with pytest.raises(OSError, match="disk full"):
        simulate_to_disk(SMALL, path)
    assert path.read_text() == "older"
    assert len(list(tmp_path.iterdir())) == 1


def test_a_bad_chunk_or_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="chunk=0"):
        simulate_to_disk(SMALL, tmp_path / "a.h5ad", chunk=0)
    with pytest.raises(FileNotFoundError, match="no folder"):
        simulate_to_disk(SMALL, tmp_path / "absent" / "a.h5ad")


# --- layout ----------------------------------------------------------------------------------


def test_labels_are_sorted_and_obs_matches_the_table_of_conditions() -> None:
    s = simulate(SMALL)
    assert list(s.adata.obs) == ["perturbation", "cell_type", "batch", "guide", "is_effective"]
    assert list(s.adata.var_names[:2]) == ["G0001", "G0002"]
    for label in s.truth.conditions.perturbation:
        parts = label.split("+")
        assert parts == sorted(set(parts))
        assert set(parts) <= set(s.adata.var_names)
    seen = set(zip(s.adata.obs.perturbation, s.adata.obs.cell_type, strict=True))
    told = set(zip(s.truth.conditions.perturbation, s.truth.conditions.context, strict=True))
    assert seen - {("control", "context1"), ("control", "context2")} == told
    assert (s.adata.obs.perturbation == "control").sum() == 2 * 60
    assert not s.adata.obs.is_effective[s.adata.obs.perturbation == "control"].any()


def test_every_cell_carries_guides_of_its_own_targets() -> None:
    s = simulate(SMALL)
    owner = dict(zip(s.truth.guides.guide, s.truth.guides.perturbation, strict=True))
    for guide, label in zip(s.adata.obs.guide, s.adata.obs.perturbation, strict=True):
        assert "+".join(owner[g] for g in guide.split("+")) == label
    assert s.adata.obs.groupby("perturbation", observed=True).guide.nunique().min() >= 2


def test_the_file_tells_the_specification_and_the_scale() -> None:
    uns = simulate(SMALL).adata.uns
    assert uns["value_scale"] == "counts"
    assert Screen(**json.loads(uns["screen"])) == SMALL


def test_shift_of_finds_a_condition_and_refuses_others() -> None:
    truth = simulate(SMALL).truth
    row = len(truth.conditions) - 1
    label, context = truth.conditions.loc[row, ["perturbation", "context"]]
    assert np.array_equal(truth.shift_of(label, context), truth.shift[row])
    assert not truth.shift_of("control", context).any()
    with pytest.raises(KeyError, match="G9999"):
        truth.shift_of("G9999", context)
    with pytest.raises(KeyError, match="context9"):
        truth.shift_of(label, "context9")


# --- special screens -------------------------------------------------------------------------


def test_noise_only_has_no_true_shift_and_uniform_p_values() -> None:
    from scipy import stats

    s = simulate(
        Screen.noise_only(
            n_perturbations=20, n_combinations=5, n_genes=80, n_regulators=20, n_contexts=1, seed=4
        )
    )
    assert not s.truth.shift.any()
    X = s.adata.X.toarray()
    X = np.log1p(X / X.sum(axis=1, keepdims=True) * 1e4)
    control = X[rows_of(s, "control", "context1")]
    p = [
        stats.ttest_ind(X[rows_of(s, label, "context1")], control, equal_var=False).pvalue
        for label in s.truth.conditions.perturbation
    ]
    deciles = np.histogram(np.concatenate(p), bins=10, range=(0, 1))[0] / np.size(p)
    assert np.abs(deciles - 0.1).max() < 0.025


def test_additive_combinations_are_exactly_the_sum_of_their_parts() -> None:
    truth = simulate(Screen.additive(n_combinations=20, cells_per_condition=2, seed=2)).truth
    pairs = truth.conditions[truth.conditions.n_parts == 2]
    assert len(pairs) == 40
    for label, context in zip(pairs.perturbation, pairs.context, strict=True):
        a, b = label.split("+")
        parts = truth.shift_of(a, context) + truth.shift_of(b, context)
        assert np.array_equal(truth.shift_of(label, context), parts)


def test_a_linear_screen_solves_the_steady_state_equation() -> None:
    truth = simulate(Screen.additive(cells_per_condition=2, seed=2)).truth
    A = truth.networks[0].toarray()
    B = np.zeros((40, 300))
    gene = {name: i for i, name in enumerate(truth.genes)}
    for k, label in enumerate(truth.perturbations.perturbation):
        B[k, gene[label]] = truth.direct[0, k]
    np.testing.assert_allclose(truth.shift[:40], B @ np.linalg.inv(np.eye(300) - A), atol=1e-5)


def test_additive_shifts_are_seen_in_deep_pseudobulks() -> None:
    s = simulate(
        Screen.additive(
            n_perturbations=8,
            n_combinations=4,
            n_genes=100,
            n_regulators=15,
            density=0.15,
            n_contexts=1,
            cells_per_condition=400,
            controls_per_context=1000,
            seed=5,
        )
    )
    control = pseudobulk(s, rows_of(s, "control", "context1"))
    seen = [
        pseudobulk(s, rows_of(s, label, "context1")) - control
        for label in s.truth.conditions.perturbation
    ]
    assert np.corrcoef(np.ravel(seen), s.truth.shift.ravel())[0, 1] > 0.9
    # Normalising by total counts moves all genes; the truth on that scale knows it.
    assert np.corrcoef(np.ravel(seen), s.truth.log1p_shift().ravel())[0, 1] > 0.97
    assert np.abs(np.mean(seen - s.truth.log1p_shift(), axis=1)).max() < 0.03
