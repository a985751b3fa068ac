"""The specification: what it accepts and how it refuses."""

from __future__ import annotations

import numpy as np
import pytest

from foretell.data.simulate import Screen


def test_a_specification_is_hashable_and_spells_numbers_in_one_way() -> None:
    assert hash(Screen(library_size=3000)) == hash(Screen(library_size=np.float64(3000.0)))
    assert type(Screen(n_genes=np.int64(100)).n_genes) is int


@pytest.mark.parametrize(
    ("values", "parts"),
    [
        ({"n_genes": 5}, ["n_genes=5", "20 to 50,000", "genes"]),
        ({"n_genes": 80.5}, ["n_genes=80.5", "whole number"]),
        ({"guide_failure": 1.2}, ["guide_failure=1.2", "0 to 1"]),
        ({"dispersion": float("nan")}, ["dispersion=nan", "0 to 10"]),
        ({"library_size": "many"}, ["library_size='many'", "10 to 1,000,000"]),
        ({"seed": True}, ["seed=True", "whole number"]),
        ({"kind": "crispr"}, ["kind='crispr'", "interference, activation, knockout"]),
        ({"n_regulators": 400}, ["n_regulators=400", "n_genes=300"]),
        ({"n_perturbations": 5}, ["n_combinations=30", "at most 10"]),
    ],
)
def test_a_bad_value_is_refused_with_field_value_and_range(
    values: dict[str, object], parts: list[str]
) -> None:
    with pytest.raises(ValueError, match="Screen: ") as caught:
        Screen(**values)  # type: ignore[arg-type]
    assert all(part in str(caught.value) for part in parts)


def test_special_screens_refuse_what_contradicts_them() -> None:
    with pytest.raises(ValueError, match="effect_size=1"):
        Screen.noise_only(effect_size=1.0)
    with pytest.raises(ValueError, match="saturation=0.5"):
        Screen.additive(saturation=0.5)
    with pytest.raises(ValueError, match="knockout"):
        Screen.additive(kind="knockout")
