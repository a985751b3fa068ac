from dataclasses import replace

import numpy as np

from broken import breaks
from broken.models.honest import Honest
from foretell.contract.toy import ALIEN


@breaks("shapes_and_labels")
class LabelsGenesBackwards(Honest):
    def _checked(self, prediction, query):
        return replace(prediction, genes=query.genes[::-1])


@breaks("answers_are_finite")
class AnswersNothingForTheUnknown(Honest):
    def _shift(self, query):
        unknown = np.array([bool(set(p.targets) & set(ALIEN.targets)) for p in query.perturbations])
        return np.where(unknown[:, None], np.nan, super()._shift(query))

    def _checked(self, prediction, query):
        return prediction


@breaks("one_row_is_enough")
class NeedsCompany(Honest):
    info = replace(Honest.info, whole_query=True)

    def _predict(self, query):
        assert len(query) > 1
        return super()._predict(query)


@breaks("one_row_is_enough")
class RepeatsALonelyRow(Honest):
    info = replace(Honest.info, whole_query=True)

    def _checked(self, prediction, query):
        return prediction.select([0, 0]) if len(query) == 1 else prediction


@breaks("control_query")
class ShiftsTheCompanionsOfControls(Honest):
    def _with_controls(self, query, treated):
        answer = super()._with_controls(query, treated)
        answer.mean[treated] += 1.0
        return answer


@breaks("control_query")
class ShiftsControls(Honest):
    def predict(self, query):
        self._check_query(query)
        return self._predict(query)


@breaks("rows_independent")
class LooksAtTheNumberOfRows(Honest):
    def _shift(self, query):
        return super()._shift(query) * len(query)


@breaks("row_order_equivariant")
class LooksAtThePosition(Honest):
    info = replace(Honest.info, whole_query=True)

    def _shift(self, query):
        return super()._shift(query) * np.arange(len(query))[:, None]


@breaks("gene_order_irrelevant")
class LooksAtTheFirstGene(Honest):
    def _shift(self, query):
        return super()._shift(query) + self.shift_[0]
