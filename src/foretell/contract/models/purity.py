"""Purity: a fitted model is a function of its fields, its seed and its training part."""

from __future__ import annotations

import random

import numpy as np

from foretell.contract.agreement import changed, difference, snapshot
from foretell.contract.errors import require
from foretell.contract.toy import answer, ask, fitted, split_for, toy_dataset, toy_splits
from foretell.contract.variants import scramble_held_out
from foretell.core.errors import shorten
from foretell.core.model import Model
from foretell.core.spec import spec_hash

__all__ = [
    "check_calibration_as_declared",
    "check_copies_share_nothing",
    "check_global_generators_untouched",
    "check_held_out_cannot_matter",
    "check_inputs_untouched",
    "check_refit_forgets",
    "check_same_seed_same_answer",
    "check_spec_unchanged",
]


def check_held_out_cannot_matter(model: Model) -> None:
    """Require that scrambling all held-out observations changes no bit of any answer."""
    for task, split in toy_splits().items():
        scrambled = scramble_held_out(toy_dataset(), split)
        found = difference(answer(model, ask(split)), answer(model, ask(split, scrambled)))
        require(
            not found,
            f"{found} when held-out expression is scrambled ({task})",
            "read training values through `profiles()`, `values()` or `blocks()` only; the "
            "matrix of a data set holds the whole file",
        )


def check_inputs_untouched(model: Model) -> None:
    """Require that `fit` and `predict` leave training data and query as they were."""
    question = ask(split_for(model))
    given = (question.train, question.calibration, question.query)
    for part in given[:2]:
        if part is not None:
            _ = part.profiles().S, part.profiles().D, part.profiles().S_filled  # what models read
    _ = question.query.control_index
    before = snapshot(given)
    fitted(model, question).predict(question.query)
    found = changed(before, snapshot(given))
    require(
        not found,
        f"fit or predict changed {shorten(found, 3)} (0 = train, 1 = calibration, 2 = query)",
        "work on copies",
    )


def check_spec_unchanged(model: Model) -> None:
    """Require that fitting and predicting do not change the hyperparameters."""
    before = spec_hash(model)
    question = ask(split_for(model))
    trained = fitted(model, question)
    trained.predict(question.query)
    require(
        spec_hash(trained) == before and spec_hash(model) == before,
        "the spec has another hash after fit and predict",
        "write fitted values to attributes that end in `_`, never to fields",
    )


def check_same_seed_same_answer(model: Model) -> None:
    """Require the same answers, bit for bit, of two fresh copies with one seed."""
    split = split_for(model)
    found = difference(answer(model, ask(split)), answer(model, ask(split)))
    require(
        not found,
        f"{found} between two fits with the same seed",
        "draw from the `rng` that `_fit` is given, and from `row_rng` in `_predict`",
    )


def check_global_generators_untouched(model: Model) -> None:
    """Require that neither numpy's global generator nor that of `random` is used."""
    before = _global_state()
    answer(model, ask(split_for(model)))
    require(
        _global_state() == before,
        "a global random generator was used or seeded",
        "draw from the `rng` that `_fit` is given, and from `row_rng` in `_predict`",
    )


def _global_state() -> tuple[str, object]:
    return repr(np.random.get_state(legacy=False)), random.getstate()  # noqa: NPY002


def check_refit_forgets(model: Model) -> None:
    """Require that fitting on A and then on B is fitting on B."""
    splits = list(toy_splits().values())
    last = ask(split_for(model))
    earlier = next(split for split in splits if split is not last.split)
    again = fitted(model, ask(earlier))
    again.fit(last.train, last.calibration if model.info.uses_calibration else None)
    found = difference(again.predict(last.query), answer(model, last))
    require(
        not found,
        f"{found} from a fresh fit after an earlier fit on other data",
        "keep all fitted state in attributes that end in `_`, which `fit` removes first",
    )


def check_copies_share_nothing(model: Model) -> None:
    """Require that fitting a copy (`with_seed`) leaves the original's answers alone."""
    splits = list(toy_splits().values())
    own = ask(split_for(model))
    trained = fitted(model, own)
    before = trained.predict(own.query)
    other = ask(next(split for split in splits if split is not own.split))
    fitted(trained, other)
    found = difference(before, trained.predict(own.query))
    require(
        not found,
        f"{found} after a copy was fitted on other data",
        "copies share the objects in their fields: fit a copy of such a part and keep it in an "
        "attribute that ends in `_`",
    )


def check_calibration_as_declared(model: Model) -> None:
    """Require that calibration conditions matter only where their use is declared."""
    question = ask(split_for(model))
    if model.info.uses_calibration:
        return
    offered = model.with_seed(model.seed).fit(question.train, question.calibration)
    found = difference(offered.predict(question.query), answer(model, question))
    require(
        not found,
        f"{found} when calibration conditions are offered",
        "declare uses_calibration = True and write `_calibrate`",
    )
