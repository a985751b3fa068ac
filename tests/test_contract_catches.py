"""Every clause rejects what it is there to reject, and nothing else does."""

import importlib
import pickle
import pkgutil
import sys
from pathlib import Path

import pytest

from foretell.contract import CLAUSES, ContractBroken, SplitMaker, check_model
from foretell.core.task import Task

sys.path.insert(0, str(Path(__file__).parent))  # the broken subjects import each other by name
BROKEN = importlib.import_module("broken")
for found in pkgutil.walk_packages(BROKEN.__path__, prefix="broken."):
    importlib.import_module(found.name)

HONEST = {
    "models": sys.modules["broken.models.honest"].Honest,
    "encodings": sys.modules["broken.encodings"].Honest,
    "metrics": lambda: sys.modules["broken.metrics"].honest,
    "network_metrics": lambda: sys.modules["broken.network_metrics"].honest,
    "splits": lambda: SplitMaker(Task.parse("unseen_perturbation")),
}


def broken_clauses(kind, subject):
    """Errors of the clauses that a subject breaks, by name."""
    errors = {}
    for clause in CLAUSES[kind]:
        try:
            clause(subject)
        except ContractBroken as error:
            errors[clause.name] = error
    return errors


@pytest.mark.parametrize("broken", BROKEN.SUBJECTS, ids=lambda b: f"{b.kind}-{b.what}")
def test_exactly_the_named_clause_rejects_the_subject(broken):
    errors = broken_clauses(broken.kind, broken.make())
    assert set(errors) == {broken.clause, *broken.also}
    for name, error in errors.items():
        assert error.clause == name
        assert f"breaks '{name}': " in error.problem
        assert error.way_out


@pytest.mark.parametrize("kind", CLAUSES)
def test_every_clause_has_a_broken_subject(kind):
    covered = {broken.clause for broken in BROKEN.SUBJECTS if broken.kind == kind}
    assert covered == {clause.name for clause in CLAUSES[kind]}


@pytest.mark.parametrize("kind", CLAUSES)
def test_what_the_broken_subjects_are_made_from_keeps_every_clause(kind):
    assert broken_clauses(kind, HONEST[kind]()) == {}


@pytest.mark.parametrize(
    "name", ["Samples", "Calibrates", "RefitsOnLoad", "Abstains", "ComparesRows"]
)
def test_what_the_design_allows_is_not_rejected(name):
    model = getattr(sys.modules["broken.models.honest"], name)()
    assert {k: str(e) for k, e in broken_clauses("models", model).items()} == {}


@pytest.mark.parametrize("kind", CLAUSES)
def test_every_clause_says_in_one_line_what_it_requires(kind):
    sentences = [clause.sentence for clause in CLAUSES[kind]]
    assert all(s.startswith("Require") and s.endswith(".") for s in sentences)


def test_the_check_of_a_model_names_all_broken_clauses_at_once():
    broken = sys.modules["broken.models.purity"].DrawsAnew()
    with pytest.raises(ContractBroken, match="(?s)held_out_cannot_matter.*same_seed_same_answer"):
        check_model(broken)


def test_a_broken_clause_survives_the_way_between_processes():
    error = pickle.loads(pickle.dumps(ContractBroken("observed", "do this", "the clause")))
    assert (error.problem, error.way_out, error.clause) == ("observed", "do this", "the clause")
