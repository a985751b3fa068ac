"""The template of a model works as it stands, under any name."""

import doctest
import importlib
import importlib.util
from pathlib import Path

import pytest

from foretell.contract import CLAUSES
from foretell.core import registry
from foretell.core.model import Model
from foretell.core.registry import find

ROOT = Path(__file__).resolve().parents[1]
CODE_LIMIT = 100


@pytest.fixture(scope="module")
def copied(tmp_path_factory):
    """The module that `make new-model FAMILY=invented NAME=two_step` writes, in a package."""
    script = importlib.util.spec_from_file_location("new_model", ROOT / "scripts/new_model.py")
    new_model = importlib.util.module_from_spec(script)
    script.loader.exec_module(new_model)
    root = tmp_path_factory.mktemp("project")
    (root / new_model.TEMPLATE).parent.mkdir(parents=True)
    (root / new_model.TEMPLATE).write_text((ROOT / new_model.TEMPLATE).read_text())
    path = new_model.write_model(root, "invented", "two_step")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(path.parents[1])
        yield importlib.import_module("invented.two_step")


def test_the_copy_has_its_name_everywhere(copied):
    info, text = copied.TwoStep.info, Path(copied.__file__).read_text()
    assert (info.name, info.family) == ("two_step", "invented")
    assert "my_model" not in text
    assert "MyModel" not in text


@pytest.mark.parametrize("clause", CLAUSES["models"], ids=lambda clause: clause.name)
def test_the_copy_keeps_the_clause(copied, clause):
    for example in copied.TwoStep.examples():
        clause(example)


def test_the_copy_is_found_because_it_is_there(copied, monkeypatch):
    monkeypatch.setitem(registry.KINDS, "invented", (("invented",), Model))
    assert find.__wrapped__("invented").names == ["two_step"]


def test_its_doctest_runs(copied):
    outcome = doctest.testmod(copied)
    assert (outcome.attempted, outcome.failed) == (1, 0)


def test_it_fits_into_a_hundred_lines():
    assert len((ROOT / "docs/templates/model.py").read_text().splitlines()) < CODE_LIMIT
