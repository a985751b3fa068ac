"""Every registered model, encoding, metric and split keeps every clause of the contract."""

import textwrap

import pandas as pd
import pytest
from anndata import AnnData

from foretell.bench.groups import Rules
from foretell.bench.judge import judge_repeat
from foretell.contract import CLAUSES, check_encoding
from foretell.contract.toy import toy_dataset
from foretell.core import registry
from foretell.core.dataset import Dataset
from foretell.core.errors import ForetellError, UnknownName
from foretell.core.model import Model
from foretell.core.registry import KINDS, find, make_model
from foretell.splits.make import make


def examples(kind):
    """Every example of every class that can be used here, with a readable name."""
    for entry in find(kind):
        if not entry.problem:
            made = entry.declared.examples() if hasattr(entry.declared, "examples") else None
            for i, example in enumerate([entry.declared] if made is None else made):
                yield entry.name if i == 0 else f"{entry.name}{i + 1}", example


# splits: tests/splits/test_rules_keep_the_contract.py
SUBJECTS = {kind: list(examples(kind)) for kind in CLAUSES if kind != "splits"}
CASES = [
    pytest.param(clause, subject, id=f"{kind}-{name}-{clause.name}")
    for kind, subjects in SUBJECTS.items()
    for name, subject in subjects
    for clause in CLAUSES[kind]
]


@pytest.mark.parametrize(("clause", "subject"), CASES)
def test_the_clause_holds(clause, subject):
    clause(subject)


def test_a_table_of_vectors_keeps_every_clause(tmp_path):
    measured = [f"{gene},{i % 3 - 1},{i % 5}" for i, gene in enumerate(toy_dataset().genes)]
    (tmp_path / "vectors.csv").write_text("\n".join(["gene,x,y", *measured]))
    table = find("encodings").make("table", file=str(tmp_path / "vectors.csv"))
    check_encoding(table)


def scores_of_additive(data):
    """Every metric of one repeat, by condition and context."""
    splits = make(data, "unseen_combination", folds=2)
    model = make_model("additive")
    answers = [model.fit(s.train_part(data)).predict(s.query(data)) for s in splits]
    metrics = [entry.declared for entry in find("metrics")]
    rows = judge_repeat(data, splits, (), {"additive": answers}, metrics, Rules(halves=2))[
        "additive"
    ]
    return {(row["metric"], row["condition"], row["context"]): row["value"] for row in rows}


def test_how_a_combination_is_spelled_changes_no_score():
    data = toy_dataset()
    obs = data.obs.assign(
        perturbation=["+".join(reversed(label.split("+"))) for label in data.obs["perturbation"]]
    )
    adata = AnnData(data.matrix.X, obs=obs, var=pd.DataFrame(index=data.file_genes))
    respelled = Dataset.from_anndata(adata, data.mapping, name=data.name)
    assert list(respelled.obs["perturbation"]) != list(data.obs["perturbation"])
    assert scores_of_additive(respelled) == pytest.approx(scores_of_additive(data), nan_ok=True)


@pytest.mark.parametrize("kind", KINDS)
def test_every_file_can_be_imported_and_every_name_is_unique(kind):
    assert [f"{entry.module}: {entry.problem}" for entry in find(kind).errors] == []
    names = [entry.name for entry in find(kind)]
    assert len(names) == len(set(names))


def test_every_model_has_an_example():
    assert {entry.name for entry in find("models") if not entry.problem} == {
        example.info.name for _, example in SUBJECTS["models"]
    }


MODEL = """
from foretell.models.baselines.no_change import NoChange
from foretell.core.model import Model

class Here(Model):
    info = NoChange.info
    def _fit(self, data, rng): ...
    def _predict(self, query): ...
"""


@pytest.fixture
def walk(tmp_path, monkeypatch):
    """Walk a temporary package of the given files; `_in_` separates folders."""

    def walk(**files):
        name = f"walked_{abs(hash(tmp_path))}"  # a package is imported once per name
        for path, text in {"__init__": "", **files}.items():
            file = tmp_path / name / f"{path.replace('_in_', '/')}.py"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(textwrap.dedent(text))
        monkeypatch.syspath_prepend(tmp_path)
        monkeypatch.setitem(registry.KINDS, name, ((name,), Model))
        return find.__wrapped__(name)

    return walk


def test_a_file_is_all_that_a_model_needs(walk):
    assert walk(here=MODEL).names == ["no_change"]


def test_a_broken_file_becomes_an_error_entry_beside_the_good_ones(walk):
    found = walk(here=MODEL, wrong="1 / 0", unreadable="def (")
    assert found.names == ["no_change"]
    assert [(e.name, e.problem.partition(":")[0]) for e in found.errors] == [
        ("unreadable", "SyntaxError"),
        ("wrong", "ZeroDivisionError"),
    ]
    with pytest.raises(UnknownName, match="ZeroDivisionError"):
        found["wrong"]


@pytest.mark.parametrize("error", ["raise ImportError('lost')", "1 / 0"])
def test_a_folder_that_cannot_be_imported_is_an_error_too(walk, error):
    found = walk(here=MODEL, inner_in___init__=error, inner_in_x=MODEL)
    assert [entry.name for entry in found.errors] == ["inner"]


def test_a_missing_optional_library_is_not_installed_and_no_error(walk, monkeypatch):
    monkeypatch.setitem(registry.EXTRAS, "ghost", "a_library_that_is_not_there")
    found = walk(here="import a_library_that_is_not_there.part")
    assert (found.errors, found.names) == ([], [])
    assert found.entries[0].problem == "not installed; pip install 'foretell[ghost]'"


def test_a_missing_library_of_no_extra_is_an_error(walk):
    found = walk(here="import a_library_that_nobody_declared")
    assert len(found.errors) == 1


def test_two_files_of_one_name_are_refused(walk):
    with pytest.raises(ForetellError, match="two walked_.* are called 'no_change'"):
        walk(here=MODEL, there=MODEL)
