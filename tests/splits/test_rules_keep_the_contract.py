"""Every rule, with every example of its options, keeps every clause for splits."""

from __future__ import annotations

import pytest

from foretell.contract import CLAUSES
from foretell.contract.split_maker import split_makers
from foretell.splits.rules import rule_files

MAKERS = dict(split_makers())
CASES = [
    pytest.param(clause, maker, id=f"{name}-{clause.name}")
    for name, maker in MAKERS.items()
    for clause in CLAUSES["splits"]
]


@pytest.mark.parametrize(("clause", "maker"), CASES)
def test_the_clause_holds(clause, maker):
    clause(maker)


def test_every_rule_is_examined():
    assert {maker.rule for maker in MAKERS.values()} == set(rule_files())
