"""Effects: propagation, saturation, stress, synergies and kinds of perturbation."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from foretell.data.simulate import Screen, Simulation, simulate

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


def cosine(a: np.ndarray, b: np.ndarray) -> float:
    return float(a @ b / np.linalg.norm(a) / np.linalg.norm(b))


def test_saturation_makes_combinations_smaller_than_the_sum_of_parts() -> None:
    ratio = {}
    for saturation in (0.0, 2.0):
        truth = simulate(
            Screen(synergy_share=0, stress_share=0.8, saturation=saturation, cells_per_condition=2)
        ).truth
        pairs = truth.conditions[truth.conditions.n_parts == 2]
        both, parts = [], []
        for label, context in zip(pairs.perturbation, pairs.context, strict=True):
            a, b = (truth.shift_of(part, context) for part in label.split("+"))
            both.append(np.linalg.norm(truth.shift_of(label, context)))
            parts.append(np.linalg.norm(a + b))
        ratio[saturation] = np.divide(both, parts)
    assert np.all(ratio[0.0] == 1)
    assert np.mean(ratio[2.0]) < 0.95
    assert np.max(ratio[2.0]) < 1.02


def test_saturation_bounds_what_regulation_can_do() -> None:
    truth = simulate(Screen(synergy_share=0, saturation=4.0, cells_per_condition=2)).truth
    gene = {name: i for i, name in enumerate(truth.genes)}
    for label, shift in zip(truth.conditions.perturbation, truth.shift, strict=True):
        indirect = np.delete(shift, [gene[part] for part in label.split("+")])
        assert np.abs(indirect).max() <= 0.25 + 1e-6


def test_planted_synergies_are_recovered_at_high_depth() -> None:
    s = simulate(
        Screen(
            n_perturbations=8,
            n_combinations=6,
            n_genes=100,
            n_regulators=15,
            n_contexts=1,
            cells_per_condition=500,
            controls_per_context=1000,
            saturation=0,
            stress_share=0,
            synergy_share=0.5,
            synergy_size=1.0,
            guide_failure=0,
            library_size=10_000,
            seed=6,
        )
    )
    assert len(s.truth.synergies) == 3
    assert s.truth.conditions.synergy.sum() == 3
    control = pseudobulk(s, rows_of(s, "control", "context1"))
    for label, planted in s.truth.synergies.items():
        a, b, both = (
            pseudobulk(s, rows_of(s, name, "context1")) - control
            for name in (*label.split("+"), label)
        )
        assert np.corrcoef(both - a - b, planted)[0, 1] > 0.9
        assert np.allclose(np.sqrt(np.mean(planted[planted != 0] ** 2)), 1.0, atol=0.3)


def test_the_first_component_of_shifts_is_the_stress_response_where_it_is_common() -> None:
    truth = simulate(
        Screen(n_combinations=0, stress_share=0.9, stress_size=1.0, cells_per_condition=2)
    ).truth
    S = truth.shift[:40]
    component = np.linalg.svd(S - S.mean(axis=0), full_matrices=False)[2][0]
    assert abs(cosine(component, truth.stress)) > 0.9
    stressed = truth.perturbations.stress_intensity > 0
    assert 0.7 < stressed.mean() <= 1


@pytest.mark.parametrize(("kind", "sign"), [("interference", -1), ("activation", 1)])
def test_the_kind_gives_the_direction_of_the_direct_effect(kind: str, sign: int) -> None:
    truth = simulate(replace(SMALL, kind=kind)).truth
    assert np.all(sign * truth.direct > 0)
    assert truth.direct.std() > 0


def test_a_knockout_holds_its_target_and_goes_no_lower_than_expression() -> None:
    truth = simulate(replace(SMALL, kind="knockout", effect_size=5.0)).truth
    gene = {name: i for i, name in enumerate(truth.genes)}
    for k, label in enumerate(truth.perturbations.perturbation):
        for c, context in enumerate(truth.contexts):
            moved = truth.shift_of(label, context)[gene[label]]
            assert moved == pytest.approx(truth.direct[c, k], abs=1e-5)
            assert truth.baseline[c, gene[label]] + moved >= np.log(0.01) - 1e-5


def test_targets_beyond_the_panel_are_unmeasured_but_act() -> None:
    s = simulate(replace(SMALL, n_perturbations=80, stress_share=0))
    outside = s.truth.perturbations[~s.truth.perturbations.is_measured]
    assert len(outside) == 20
    assert not set(outside.perturbation) & set(s.adata.var_names)
    for label in outside.perturbation:
        assert 1 <= np.count_nonzero(s.truth.shift_of(label, "context1")) < 60


def test_a_linear_screen_beyond_real_expression_is_refused() -> None:
    wild = Screen.additive(
        effect_size=5, edge_weight=2, density=0.5, spectral_radius=0.9, cells_per_condition=2
    )
    with pytest.raises(ValueError, match="lower effect_size"):
        simulate(wild)
