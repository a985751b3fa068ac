"""Registry: what is declared is found because its file exists, and what is broken is loud."""

from __future__ import annotations

import sys

import pytest

from foretell.core import registry
from foretell.core.errors import UnknownName
from foretell.core.model import Model
from foretell.core.registry import find, make_model

MODEL = """
from dataclasses import dataclass
from typing import ClassVar
from foretell.core.model import Model, ModelInfo
{before}

@dataclass(eq=False)
class {cls}(Model):
    info: ClassVar[ModelInfo] = ModelInfo("{name}", "family", "summary", (), extras={extras})
    rank: int = 3
    def _fit(self, data, rng): ...
    def _predict(self, query): ...
"""


@pytest.fixture
def package(tmp_path, monkeypatch):
    """Let the registry of models walk a package that the test writes."""
    folder = tmp_path / "declared_models"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(registry.KINDS, "models", (("declared_models",), Model))
    find.cache_clear()

    def write(file: str, name: str = "", *, cls="Method", before="", extras=()) -> None:
        name = name or file
        text = MODEL.format(cls=cls, name=name, before=before, extras=tuple(extras))
        (folder / f"{file}.py").write_text(text)

    yield write
    for module in [m for m in sys.modules if m.startswith("declared_models")]:
        del sys.modules[module]
    find.cache_clear()


def test_a_model_is_found_because_its_file_exists(package):
    package("first")
    package("second")
    assert find("models").names == ["first", "second"]
    assert make_model("first", rank=5).rank == 5


def test_private_and_abstract_classes_are_no_entries(package):
    package("first", cls="_Hidden")
    package("second", before="from declared_models.third import Method as Imported")
    package("third")
    assert find("models").names == ["second", "third"]


def test_a_file_that_fails_to_import_is_an_error_entry(package):
    package("good")
    package("broken", before="raise RuntimeError('on purpose')")
    package("lost", before="import a_library_that_nobody_has")
    found = find("models")
    assert found.names == ["good"]
    assert {e.name: e.problem for e in found.errors} == {
        "broken": "RuntimeError: on purpose",
        "lost": "ModuleNotFoundError: No module named 'a_library_that_nobody_has'",
    }
    with pytest.raises(UnknownName, match="'broken' cannot be used: RuntimeError") as caught:
        found["broken"]
    assert "good" in caught.value.way_out


@pytest.mark.parametrize("how", ["declared", "imported"])
def test_an_extra_that_is_absent_is_a_reason_and_no_error(package, monkeypatch, how):
    monkeypatch.setitem(registry.EXTRAS, "ot", "a_library_that_nobody_has")
    before = "import a_library_that_nobody_has" if how == "imported" else ""
    package("transport", before=before, extras=["ot"] if how == "declared" else [])
    found = find("models")
    assert found.errors == []
    with pytest.raises(UnknownName, match=r"pip install 'foretell\[ot\]'") as caught:
        found["transport"]
    assert caught.value.way_out


def test_two_models_of_one_name_are_refused_with_both_files(package):
    package("first", "same")
    package("second", "same")
    with pytest.raises(UnknownName, match="first, declared_models.second") as caught:
        find("models")
    assert "rename" in caught.value.way_out


def test_an_unknown_name_or_field_names_the_nearest(package):
    package("ridge")
    with pytest.raises(UnknownName, match="no model 'rigde'") as caught:
        make_model("rigde")
    assert "'ridge'" in caught.value.way_out
    with pytest.raises(UnknownName, match="no field 'rnak'") as caught:
        make_model("ridge", rnak=1)
    assert "'rank'" in caught.value.way_out
    with pytest.raises(UnknownName, match="no field 'seed'"):
        make_model("ridge", seed=1)


@pytest.mark.parametrize("kind", registry.KINDS)
def test_everything_that_is_shipped_can_be_imported(kind):
    assert find(kind).errors == []
