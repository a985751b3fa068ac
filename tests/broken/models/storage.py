import pickle

from broken import breaks
from broken.models.honest import Honest


@breaks("predict_before_fit")
class AnswersUnfitted(Honest):
    def predict(self, query):
        return super().predict(query) if hasattr(self, "genes_") else query.answer()


@breaks("save_and_load")
class KeepsStateWhereItIsNotSaved(Honest):
    def _fit(self, data, rng):
        super()._fit(data, rng)
        self._factor = 2.0

    def _shift(self, query):
        return super()._shift(query) * getattr(self, "_factor", 1.0)


@breaks("folder_holds_no_pickle")
class PicklesBesides(Honest):
    def save(self, folder):
        super().save(folder)
        (folder / "state").write_bytes(pickle.dumps(self.shift_))
