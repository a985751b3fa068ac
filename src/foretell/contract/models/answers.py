"""Answers: what stands in a prediction, and what it may depend on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from foretell.contract.agreement import agree, difference
from foretell.contract.errors import require
from foretell.contract.toy import (
    ALIEN,
    answer,
    ask,
    fitted,
    split_for,
    toy_dataset,
    toy_splits,
)
from foretell.contract.variants import reorder_genes
from foretell.core.context import Condition
from foretell.core.model import Model
from foretell.core.perturbation import Perturbation
from foretell.core.prediction import Prediction

__all__ = [
    "check_answers_are_finite",
    "check_control_query",
    "check_gene_order_irrelevant",
    "check_one_row_is_enough",
    "check_row_order_equivariant",
    "check_rows_independent",
    "check_shapes_and_labels",
]

ROUNDING = 1e-9  # sums may be taken in another order
GENE_ORDER = 1e-6  # decompositions of permuted matrices agree to this


def check_shapes_and_labels(model: Model) -> None:
    """Require one row per query row and one column per gene, labelled and scaled as asked."""
    for split in toy_splits().values():
        question = ask(split)
        query, prediction = question.query, answer(model, question)
        expected = {
            "mean": prediction.mean.shape == (len(query), len(query.genes)),
            "genes": agree(prediction.genes, query.genes),
            "scale": prediction.scale == query.scale,
            "control": agree(prediction.control[prediction.control_index], query.control),
        }
        wrong = [name for name, fits in expected.items() if not fits]
        require(
            not wrong,
            f"{', '.join(wrong)} of the prediction do not fit the query",
            "build it with `query.answer`, rows and genes in the order of the query",
        )


def check_answers_are_finite(model: Model) -> None:
    """Require numbers wherever the model does not abstain, also for the unknown."""
    for split in toy_splits().values():
        question = ask(split)
        trained = fitted(model, question)
        for query in (question.query, split.query_for(question.dataset, _strange(split.test))):
            prediction = trained.predict(query)
            bad = ~np.isfinite(prediction.mean).all(axis=1) & prediction.answered
            rows = [str(c) for c, is_bad in zip(query.conditions, bad, strict=True) if is_bad]
            require(
                not rows,
                f"NaN or infinity for {rows[:3]} ({len(rows)} of {len(query)} rows)",
                "answer with a number, or mark the row with `abstain` and a reason",
            )


def _strange(conditions: tuple[Condition, ...]) -> list[Condition]:
    """Return conditions with a target that occurs nowhere, alone and combined."""
    first = conditions[0]
    return [replace(first, perturbation=p) for p in (ALIEN, first.perturbation + ALIEN)]


def check_one_row_is_enough(model: Model) -> None:
    """Require that a query of one row is answered like any other."""
    question = ask(split_for(model))
    prediction = fitted(model, question).predict(question.query.select([0]))
    require(
        prediction.mean.shape == (1, len(question.query.genes)),
        f"shape {prediction.mean.shape} for one row",
        "do not assume that a query has several rows",
    )


def check_control_query(model: Model) -> None:
    """Require the control mean for a control row, and no effect on its companions."""
    question = ask(split_for(model))
    trained, query = fitted(model, question), question.query
    controls = {Condition(Perturbation(), c.context) for c in question.split.test}
    mixed = question.split.query_for(question.dataset, [*question.split.test, *controls])
    prediction = trained.predict(mixed)
    rows = np.array([c.is_control for c in mixed.conditions])
    require(
        agree(prediction.mean[rows], mixed.control[rows], ROUNDING),
        "a control row is not answered with the control mean of its context",
        "leave control rows to `Model.predict`; write only `_predict`",
    )
    found = difference(
        prediction.select(np.flatnonzero(~rows).tolist()), trained.predict(query), ROUNDING
    )
    require(
        model.info.whole_query or not found,
        f"{found} when control rows are asked for as well",
        "leave control rows to `Model.predict`; write only `_predict`",
    )


def check_rows_independent(model: Model) -> None:
    """Require that a row's answer is the same without its companions (or `whole_query`)."""
    question = ask(split_for(model))
    trained, query = fitted(model, question), question.query
    whole = trained.predict(query)
    for row in range(0, 0 if model.info.whole_query else len(query)):
        found = difference(whole.select([row]), trained.predict(query.select([row])), ROUNDING)
        require(
            not found,
            f"{found} when '{query.conditions[row]}' is asked for alone",
            "use only what training and the row say (`row_rng` for random draws), or declare "
            "whole_query = True",
        )


def check_row_order_equivariant(model: Model) -> None:
    """Require the same answers, in the order asked, when rows are asked in another order."""
    question = ask(split_for(model))
    trained, query = fitted(model, question), question.query
    order = np.random.default_rng(0).permutation(len(query)).tolist()
    found = difference(
        trained.predict(query).select(order), trained.predict(query.select(order)), ROUNDING
    )
    require(
        not found,
        f"{found} when the rows are asked for in another order",
        "do not use a row's position",
    )


def check_gene_order_irrelevant(model: Model) -> None:
    """Require the same mean per gene when the genes of the screen stand in another order."""
    split = split_for(model)
    order = np.random.default_rng(0).permutation(len(toy_dataset().genes))
    first = answer(model, ask(split))
    second = answer(model, ask(split, reorder_genes(toy_dataset(), order)))
    found = difference(_means(first, order), _means(second), GENE_ORDER)
    require(
        not found,
        f"{found} when the genes stand in another order",
        "address genes by name, and break ties by name",
    )


def _means(prediction: Prediction, order: np.ndarray | None = None) -> Prediction:
    """Keep means and support only, of genes in another order."""
    keep = slice(None) if order is None else order
    return Prediction(
        mean=prediction.mean[:, keep],
        genes=prediction.genes[keep],
        scale=prediction.scale,
        control=prediction.control[:, keep],
        control_index=prediction.control_index,
        support=prediction.support,
        reasons=prediction.reasons,
    )
