from dataclasses import replace

import numpy as np

from broken import breaks
from broken.models.honest import Honest, without


class FallsBack(Honest):
    # marks rows; which rows is up to the subjects
    reason = "not seen in training"

    def is_new(self, row):
        return row.context not in self.contexts_

    def _predict(self, query):
        new = np.array([self.is_new(row) for row in query.rows], dtype=bool)
        return query.answer(shift=self._shift(query), fallback=new, reason=self.reason)


@breaks("declared_tasks_are_delivered")
class PromisesContexts(FallsBack):
    pass


@breaks("declared_tasks_are_delivered")
class RefusesWhatItHasSeen(FallsBack):
    def _fit(self, data, rng):
        super()._fit(data, rng)
        self.seen_ = list(data.conditions)

    def is_new(self, row):
        return row.condition in self.seen_


@breaks("undeclared_tasks_are_marked")
class HidesThatItCombines(Honest):
    info = without("unseen_combination")


@breaks("unseen_target_is_marked")
class TrustsNamesThatAreNoGenes(FallsBack):
    info = without("unseen_perturbation")

    def is_new(self, row):
        return any(t.startswith("G") and t not in self.targets_ for t in row.perturbation.targets)


@breaks("unseen_context_is_marked")
class LooksAtTheStartOnly(FallsBack):
    info = without("unseen_context")

    def is_new(self, row):
        return row.origin not in self.contexts_


@breaks("refusals_have_reasons")
class RefusesInSilence(FallsBack):
    info = without("unseen_context")
    reason = ""


@breaks("outputs_as_declared")
class PromisesCells(Honest):
    info = replace(Honest.info, outputs=("mean", "cells"))


@breaks("outputs_as_declared")
class ForgetsToSayInterval(Honest):
    def _predict(self, query):
        answer = super()._predict(query)
        return replace(answer, lower=answer.mean - 1, upper=answer.mean + 1, coverage=0.9)


@breaks("outputs_as_declared")
class DrawsCellsForTheFirstRowOnly(Honest):
    info = replace(Honest.info, outputs=("mean", "cells"))

    def _predict(self, query):
        answer = super()._predict(query)
        drawn = [i for i, row in enumerate(query.rows) if row.perturbation.targets[0] < "G0008"]
        return replace(answer, cells=answer.mean[drawn], cell_row=np.array(drawn, dtype=int))


@breaks("intervals_in_order")
class TurnsIntervalsAround(Honest):
    info = replace(Honest.info, outputs=("mean", "interval"))

    def _predict(self, query):
        answer = super()._predict(query)
        return replace(answer, lower=answer.mean + 1, upper=answer.mean - 1, coverage=0.9)
