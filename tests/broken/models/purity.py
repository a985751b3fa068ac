import itertools
from dataclasses import dataclass, field, replace

import numpy as np

from broken import breaks
from broken.models.honest import Honest


@breaks("held_out_cannot_matter")
class ReadsTheWholeFile(Honest):
    info = replace(Honest.info, level="cells")

    def _fit(self, data, rng):
        super()._fit(data.profiles(), rng)
        self.shift_ = self.shift_ + np.asarray(data.matrix.X.mean(axis=0)).ravel()


@breaks("inputs_untouched")
class OverwritesTrainingProfiles(Honest):
    def _fit(self, data, rng):
        super()._fit(data, rng)
        data.Y[:] = 0.0


@breaks("inputs_untouched")
class OverwritesControls(Honest):
    def _predict(self, query):
        query.controls.X.data[:] = 0.0
        return super()._predict(query)


@breaks("spec_unchanged")
@dataclass(eq=False)
class CountsInAField(Honest):
    __doc__ = Honest.__doc__
    calls: int = 0

    def _fit(self, data, rng):
        super()._fit(data, rng)
        self.calls += 1


@breaks(
    "same_seed_same_answer",
    # whatever compares two fits cannot but notice
    "held_out_cannot_matter",
    "refit_forgets",
    "calibration_as_declared",
    "gene_order_irrelevant",
)
class DrawsAnew(Honest):
    draws = itertools.count()

    def _fit(self, data, rng):
        super()._fit(data, rng)
        self.shift_ = self.shift_ + next(self.draws)


@breaks("global_generators_untouched")
class DrawsFromTheGlobalGenerator(Honest):
    def _fit(self, data, rng):
        super()._fit(data, rng)
        np.random.random()  # noqa: NPY002


@breaks("refit_forgets")
class Remembers(Honest):
    def _fit(self, data, rng):
        super()._fit(data, rng)
        self._seen = [*getattr(self, "_seen", []), self.shift_]
        self.shift_ = np.mean(self._seen, axis=0)


@breaks("copies_share_nothing")
@dataclass(eq=False)
class KeepsItsFitInAField(Honest):
    __doc__ = Honest.__doc__
    memory: dict = field(default_factory=dict, metadata={"spec": False})

    def _fit(self, data, rng):
        super()._fit(data, rng)
        self.memory["shift"] = self.shift_

    def _shift(self, query):
        return np.tile(self.memory["shift"], (len(query), 1))


@breaks("calibration_as_declared")
class TakesWhateverItIsOffered(Honest):
    def fit(self, train, calibration=None):
        super().fit(train)
        if calibration is not None:
            self.shift_ = (self.shift_ + calibration.profiles().S.mean(axis=0)) / 2
        return self
