"""Storage: an unfitted model says so, a saved one comes back as it was."""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from foretell.contract.agreement import difference
from foretell.contract.errors import require
from foretell.contract.toy import Question, ask, fitted, split_for
from foretell.core.errors import NotFitted
from foretell.core.model import Model

__all__ = ["check_folder_holds_no_pickle", "check_predict_before_fit", "check_save_and_load"]

PICKLED = (".pkl", ".pickle", ".joblib", ".dill", ".pt", ".pth", ".ckpt")
PICKLE_MARK, NPY_OBJECT = b"\x80", b"|O"


def check_predict_before_fit(model: Model) -> None:
    """Require `NotFitted` from `predict` before `fit`."""
    question = ask(split_for(model))
    try:
        model.with_seed(model.seed).predict(question.query)
    except NotFitted:
        return
    require(False, "predict before fit gave an answer", "leave the check to `Model.predict`")


def check_save_and_load(model: Model) -> None:
    """Require the same answers from a model that was saved and loaded."""
    with _saved(model) as (trained, question, folder):
        loaded = type(model).load(folder)
        found = difference(trained.predict(question.query), loaded.predict(question.query))
        require(
            not found and type(loaded) is type(model),
            f"{found or 'another type'} after save and load",
            "keep what `_predict` needs in fields and in attributes that end in `_`",
        )


def check_folder_holds_no_pickle(model: Model) -> None:
    """Require a folder that runs no code when it is loaded."""
    with _saved(model) as (_, _, folder):
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        bad = [path.name for path in files if path.suffix in PICKLED or _is_pickled(path)]
        require(
            not bad,
            f"the folder holds pickled objects: {bad}",
            'save arrays and JSON; declare saves = "profiles" for an estimator of another library',
        )


@contextmanager
def _saved(model: Model) -> Iterator[tuple[Model, Question, Path]]:
    question = ask(split_for(model))
    trained = fitted(model, question)
    with tempfile.TemporaryDirectory() as parent:
        folder = Path(parent) / "model"
        trained.save(folder)
        yield trained, question, folder


def _is_pickled(path: Path) -> bool:
    """Return True for a pickle, and for an array file that holds one."""
    head = path.read_bytes()[:128]
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            heads = [archive.read(name)[:128] for name in archive.namelist()]
        return any(NPY_OBJECT in part or part[:1] == PICKLE_MARK for part in heads)
    return head[:1] == PICKLE_MARK or (head[1:6] == b"NUMPY" and NPY_OBJECT in head)
