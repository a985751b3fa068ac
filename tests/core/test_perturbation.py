"""Perturbations: labels that read back the same, whatever the names are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foretell.core.errors import BadMapping
from foretell.core.perturbation import KINDS, Component, Perturbation, short_labels

NAMES = st.text(alphabet=st.sampled_from("ABcontrl+:@~\\ \n\t5.e-éя🐈"), min_size=1, max_size=9)
NUMBERS = st.floats(-1e12, 1e12, allow_nan=False) | st.sampled_from([1e-9, 1e22, 0.1, 1e6, -0.0])
COMPONENTS = st.builds(
    Component,
    target=NAMES,
    kind=st.none() | st.sampled_from(KINDS),
    dose=st.none() | NUMBERS,
    unit=st.none() | NAMES,
    start_h=st.none() | NUMBERS,
)
PERTURBATIONS = st.builds(Perturbation, st.lists(COMPONENTS, max_size=3).map(tuple))


@given(PERTURBATIONS)
def test_every_label_reads_back_as_the_same_perturbation(perturbation):
    assert Perturbation.parse(str(perturbation)) == perturbation


@given(PERTURBATIONS, PERTURBATIONS)
def test_different_perturbations_are_spelled_differently(a, b):
    assert (str(a) == str(b)) == (a == b)


@given(st.lists(PERTURBATIONS, max_size=5))
def test_short_labels_are_unique(perturbations):
    labels = short_labels(perturbations)
    assert len(set(labels.values())) == len(set(perturbations))


@given(PERTURBATIONS, PERTURBATIONS)
def test_order_of_components_does_not_matter(a, b):
    assert a + b == b + a
    assert str(a + b) == str(b + a)


def test_a_component_that_is_named_twice_counts_once():
    a = Perturbation.of("A")
    assert Perturbation.parse("A+A") == a + a == a
    assert a.order == 1


def test_the_same_target_at_two_times_is_two_components():
    early, late = Component("A", start_h=0.0), Component("A", start_h=6.0)
    assert Perturbation((late, early)).components == (early, late)


def test_a_target_called_control_is_not_the_control():
    named = Perturbation.of("control")
    assert str(named) == r"\control"
    assert Perturbation.parse(str(named)) == named
    assert Perturbation.parse("control").is_control


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("JQ1:compound@0.5 uM", Component("JQ1", "compound", 0.5, "uM")),
        ("JQ1@1e-6 M", Component("JQ1", None, 1e-6, "M")),
        ("IFNB:ligand~6h", Component("IFNB", "ligand", start_h=6.0)),
        (r"HLA\:A", Component("HLA:A")),
    ],
)
def test_labels_are_read_as_documented(label, expected):
    assert Perturbation.parse(label).components == (expected,)


@pytest.mark.parametrize("label", ["", "+", "A+", "+A", "A++B", "A:", "A@", "A@1..2", "A~h", "A@x"])
def test_a_label_that_cannot_be_read_is_named(label):
    with pytest.raises(BadMapping) as caught:
        Perturbation.parse(label)
    assert f"'{label}'" in caught.value.problem or label.split("@")[-1] in caught.value.problem
    assert caught.value.way_out


def test_an_unknown_kind_names_the_nearest_one():
    with pytest.raises(BadMapping, match="knockdown") as caught:
        Component("A", kind="knockdown")
    assert "knockout" in caught.value.way_out


@pytest.mark.parametrize("dose", [float("nan"), float("inf")])
def test_a_dose_is_a_number(dose):
    with pytest.raises(BadMapping, match="'A' has the dose"):
        Component("A", dose=dose)


def test_a_unit_without_a_dose_says_nothing():
    assert Component("A", unit="uM") == Component("A")
