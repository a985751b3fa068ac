"""How a condition stands to training, in words that decide what it is compared with."""

import pytest

from foretell.core.context import Condition, Context
from foretell.core.perturbation import Perturbation
from foretell.uncertainty.relation import BEYOND, Seen, unit_of


def condition(label, context="x", hours=None, **items):
    return Condition(Perturbation.parse(label), Context.of(cell_type=context, **items), hours)


SEEN = Seen.of(
    [
        condition("A"),
        condition("B"),
        condition("A+C"),
        condition("D@1 uM"),
        condition("D@10 uM"),
        condition("E", "y"),
    ]
)


@pytest.mark.parametrize(
    ("asked", "relation"),
    [
        (condition("A"), "seen condition"),
        (condition("Q"), "unseen perturbation"),
        (condition("C"), "unseen perturbation"),
        (condition("E"), "perturbation seen in other contexts"),
        (condition("A+B"), "unseen combination, 2 of 2 parts seen"),
        (condition("A+Q"), "unseen combination, 1 of 2 parts seen"),
        (condition("C+Q"), "unseen combination, 0 of 2 parts seen"),
        (condition("D@3 uM"), "unseen dose"),
        (condition("D@3000 nM"), "unseen dose"),
        (condition("D@30 uM"), f"unseen dose {BEYOND}"),
        (condition("A", "z"), "unseen context, perturbation seen in other contexts"),
        (condition("Q", "z"), "unseen context, unseen perturbation"),
    ],
)
def test_a_condition_is_related_to_training(asked, relation):
    assert SEEN.relation(asked) == relation


def test_times_between_are_told_from_times_beyond():
    seen = Seen.of([condition("A", time_h=2), condition("A", time_h=24)])
    assert seen.relation(condition("A", time_h=8)).startswith("unseen time, ")
    assert BEYOND in seen.relation(condition("A", time_h=48))
    horizon = Seen.of([condition("A", hours=2.0), condition("A", hours=24.0)])
    assert horizon.relation(condition("A", hours=8.0)) == "unseen time"
    assert horizon.relation(condition("A", hours=48.0)) == f"unseen time {BEYOND}"


def test_the_unit_is_the_perturbation_and_where_contexts_are_new_the_context():
    assert unit_of(condition("D@1 uM"), "unseen dose") == unit_of(
        condition("D@3 uM", "y"), "unseen dose"
    )
    far = "unseen context, perturbation seen in other contexts"
    assert unit_of(condition("A", "z"), far) == unit_of(condition("B", "z"), far)
    assert unit_of(condition("A", "z"), far) != unit_of(condition("A", "w"), far)
