import gc
import itertools
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from broken import breaks
from foretell.core.dataset import Dataset
from foretell.core.encoding import Encoding, EncodingInfo


@dataclass
class Honest(Encoding):
    """One dimension per training target."""

    info: ClassVar[EncodingInfo] = EncodingInfo(name="encodings", summary="one-hot")

    def fit(self, train):
        self.targets_ = train.targets
        return self

    def encode(self, perturbations):
        V = np.array([[float(t in p.targets) for t in self.targets_] for p in perturbations])
        covered = np.array([set(p.targets) <= set(self.targets_) for p in perturbations])
        return V, covered


@breaks("shapes_and_finiteness")
class ReachesInfinity(Honest):
    def encode(self, perturbations):
        V, covered = super().encode(perturbations)
        return np.where(V > 0, np.inf, 0.0), covered


@breaks("mask_is_boolean")
class CountsInsteadOfSaying(Honest):
    def encode(self, perturbations):
        V, covered = super().encode(perturbations)
        return V, covered.astype(int)


@breaks("same_vectors_again", "held_out_cannot_matter", "refit_forgets")
class DrawsAnew(Honest):
    draws = itertools.count(1)

    def fit(self, train):
        self.factor_ = next(self.draws)
        return super().fit(train)

    def encode(self, perturbations):
        V, covered = super().encode(perturbations)
        return V * self.factor_, covered


@breaks("held_out_cannot_matter")
class SearchesTheMemory(Honest):
    """Finds the data set that the profiles were made from, and with it the whole file."""

    def fit(self, train):
        holders = gc.get_referrers(train)
        found = [o.matrix for o in holders if isinstance(o, Dataset)]
        found += [o["matrix"] for o in holders if isinstance(o, dict) and "matrix" in o]
        self.factor_ = float(found[0].X.mean()) if found else 1.0
        return super().fit(train)

    def encode(self, perturbations):
        V, covered = super().encode(perturbations)
        return V * self.factor_, covered


@breaks("inputs_untouched")
class OverwritesProfiles(Honest):
    def fit(self, train):
        train.Y[:] = 0.0
        return super().fit(train)


@breaks("spec_unchanged")
@dataclass
class CountsInAField(Honest):
    calls: int = 0

    def fit(self, train):
        self.calls += 1
        return super().fit(train)


@breaks("refit_forgets")
class Remembers(Honest):
    def fit(self, train):
        earlier = getattr(self, "targets_", ())
        self.targets_ = tuple(sorted({*earlier, *train.targets}))
        return self


@breaks("rows_independent")
class LooksAtTheNumberOfRows(Honest):
    def encode(self, perturbations):
        V, covered = super().encode(perturbations)
        return V / len(V), covered


@breaks("uncovered_targets_are_flagged")
class CoversEverything(Honest):
    info = replace(Honest.info, covers_unseen=True)

    def encode(self, perturbations):
        V, covered = super().encode(perturbations)
        return V, np.ones_like(covered)


@breaks("uncovered_targets_are_flagged")
class InventsVectors(Honest):
    def encode(self, perturbations):
        V, covered = super().encode(perturbations)
        return np.where(covered[:, None], V, 1.0), covered


@breaks("coverage_as_declared")
class PromisesUnseenTargets(Honest):
    info = replace(Honest.info, covers_unseen=True)


@breaks("names_match_the_file")
class HasAnotherName(Honest):
    info = replace(Honest.info, name="another")


@breaks("references_resolve")
class CitesNobody(Honest):
    info = replace(Honest.info, reference="nobody1900")
