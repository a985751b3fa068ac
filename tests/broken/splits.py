import itertools
from collections import Counter
from dataclasses import fields, replace

import numpy as np

from broken import breaks
from foretell.contract import SplitMaker
from foretell.contract.dosed import dosed_dataset
from foretell.contract.toy import toy_dataset
from foretell.core.halves import ControlHalves, halve
from foretell.core.seeds import rng_for
from foretell.core.spec import hash_text
from foretell.core.split import Split
from foretell.core.task import Task
from foretell.splits.make import control_halves, make
from foretell.splits.rules import find_rule

TASK = Task.parse("unseen_perturbation")


def changing(change):
    """Return a maker whose splits were changed one by one."""

    def changed(dataset, task, **settings):
        return [change(split, dataset) for split in make(dataset, task, **settings)]

    return SplitMaker(TASK, changed)


def cast(split, kind):
    return kind(**{field.name: getattr(split, field.name) for field in fields(split)})


def regroup(split, dataset, change):
    """Change the halves of every context whose controls were divided."""
    block = dict(zip(dataset.rows.tolist(), dataset.block_codes.tolist(), strict=True))
    halves = [h if h.shared else change(h, block) for h in split.halves]
    return replace(split, halves=tuple(halves))


def balanced(model, truth, block):
    """True where the halves differ by one at most, in every block and in all."""
    counts = [np.bincount([block[row] for row in rows], minlength=9) for rows in (model, truth)]
    apart = counts[0] - counts[1]
    return np.abs(apart).max() <= 1 and abs(apart.sum()) <= 1


@breaks("sides_are_disjoint")
def lists_a_condition_twice():
    return changing(lambda split, _: replace(split, train=(*split.train, split.train[0])))


@breaks("every_unit_is_tested_once")
def forgets_the_last_fold():
    def first_folds(dataset, task, **settings):
        return [split for split in make(dataset, task, **settings) if split.fold < 2]

    return SplitMaker(TASK, first_folds)


@breaks("every_unit_is_tested_once")
def tests_the_first_fold_twice():
    def once_more(dataset, task, **settings):
        splits = make(dataset, task, **settings)
        return [*splits, replace(splits[0], fold=len(splits))]

    return SplitMaker(TASK, once_more)


@breaks("every_unit_is_tested_once", "audit_is_clean")  # the audit looks for held targets too
def trains_on_test_targets_elsewhere():
    def move(split, _):
        return replace(split, train=(*split.train, split.test[0]), test=split.test[1:])

    return changing(move)


@breaks("calibration_is_hidden")
def calibrates_on_seen_targets():
    def move(split, _):
        seen = next(c for c in split.train if c.perturbation.order == 1)
        train = tuple(c for c in split.train if c != seen)
        return replace(split, train=train, calibration=(*split.calibration, seen))

    return changing(move)


@breaks("audit_is_clean")
def skips_the_audit():
    return changing(lambda split, _: replace(split, audit=()))


@breaks("audit_is_clean")
def trains_on_pairs_with_test_targets():
    def add(split, dataset):
        held = {t for c in split.test for t in c.perturbation.targets}
        kept = {t for c in split.calibration for t in c.perturbation.targets}
        pairs = [c for c in dataset.perturbed if held & set(c.perturbation.targets)]
        pairs = [c for c in pairs if c.perturbation.order > 1]
        pairs = [c for c in pairs if not kept & set(c.perturbation.targets)]
        return replace(split, train=(*split.train, *pairs[:1]))

    return changing(add)


class Generous(Split):
    """Hands all controls to the query."""

    def query_for(self, dataset, conditions):
        halves = [replace(h, model=np.union1d(h.model, h.truth), shared=True) for h in self.halves]
        return replace(cast(self, Split), halves=tuple(halves)).query_for(dataset, conditions)


@breaks("models_see_no_truth")
def shows_the_truth_half():
    return changing(lambda split, _: cast(split, Generous))


@breaks("same_seed_same_split")
def draws_anew():
    seeds = itertools.count(100)

    def drawn(dataset, task, seed=0, **settings):
        splits = make(dataset, task, seed=next(seeds), **settings)
        return [replace(split, seed=seed) for split in splits]

    return SplitMaker(TASK, drawn)


@breaks("seeds_redraw_halves")
def keeps_the_halves():
    def keep(split, dataset):
        return replace(split, halves=control_halves(dataset, np.random.default_rng(0)))

    return changing(keep)


@breaks("halves_are_disjoint")
def shares_one_control():
    def share(h, block):
        for row in h.truth:
            model = np.union1d(h.model, [row])
            if balanced(model, h.truth, block):
                return ControlHalves(h.context, model, h.truth, shared=True)
        return h

    return changing(lambda split, dataset: regroup(split, dataset, share))


@breaks("halves_cover_all_controls")
def drops_one_control():
    def drop(h, block):
        for row in h.truth:
            truth = np.setdiff1d(h.truth, [row])
            if balanced(h.model, truth, block):
                return ControlHalves(h.context, h.model, truth, shared=False)
        return h

    return changing(lambda split, dataset: regroup(split, dataset, drop))


@breaks("halves_are_stratified")
def ignores_blocks():
    def cut(split, dataset):
        rng = rng_for(seed=split.seed, repeat=split.repeat)

        def anywhere(h, _):
            rows = np.union1d(h.model, h.truth)
            first = halve(np.zeros(len(rows), dtype=int), rng)
            return ControlHalves(h.context, rows[first], rows[~first], shared=False)

        return regroup(split, dataset, anywhere)

    return changing(cut)


@breaks("few_controls_are_shared")
def divides_any_number():
    def cut(split, _):
        halves = [
            replace(h, model=h.model[::2], truth=h.truth[1::2], shared=False) if h.shared else h
            for h in split.halves
        ]
        return replace(split, halves=tuple(halves))

    return changing(cut)


class Forgetful(Split):
    """Hashes the sides only."""

    @property
    def hash(self):
        return hash_text(repr([self.dataset, self.task, self.train, self.calibration, self.test]))


@breaks("hash_covers_what_decides")
def hashes_no_halves():
    return changing(lambda split, _: cast(split, Forgetful))


def of_rule(change, rule, data, task=None, **options):
    """Return a maker of another rule whose splits were changed one by one."""
    chosen = find_rule(rule, task, options)

    def changed(dataset, task, **settings):
        return [change(split, dataset) for split in make(dataset, task, **settings)]

    return SplitMaker(chosen.task, changed, rule, chosen.given, data)


class LeavesARow(Split):
    """Trains on one of the held observations."""

    def train_part(self, dataset):
        part = super().train_part(dataset)
        return dataset.take(np.isin(dataset.rows, np.union1d(part.rows, self.held_rows[:1])))


@breaks("sides_are_disjoint", "audit_is_clean", "calibration_is_hidden")
def leaves_a_held_row_in_train():
    return of_rule(lambda split, _: cast(split, LeavesARow), "seen_condition", toy_dataset)


@breaks("hash_covers_what_decides")
def hashes_no_rows():
    class Hashes(Split):
        @property
        def hash(self):
            sides = [[str(c) for c in s] for s in (self.train, self.calibration, self.test)]
            halves = [[h.context, h.model.tolist(), h.truth.tolist()] for h in self.halves]
            return hash_text(repr([self.dataset, self.task, sides, halves]))

    return changing(lambda split, _: cast(split, Hashes))


@breaks("hash_covers_what_decides")
def hashes_the_name():
    class Hashes(Split):
        @property
        def hash(self):
            return hash_text(cast(self, Split).hash + self.name)

    return changing(lambda split, _: cast(split, Hashes))


def moves_elsewhere(split, _):
    """Train on a tested dose or time where it was tested in several contexts."""
    column = dict(split.options).get("column") or "hours"
    time = split.task.name == "unseen_time"
    first = split.test[0]
    for c in split.test[1:]:
        same_time = c.context[column] == first.context[column]
        if c.perturbation == first.perturbation and (same_time or not time):
            rest = tuple(other for other in split.test if other != c)
            return replace(split, train=(*split.train, c), test=rest)
    raise AssertionError("nothing to move")


@breaks("audit_is_clean", "every_unit_is_tested_once")
def trains_on_the_held_dose_in_another_context():
    return of_rule(moves_elsewhere, "unseen_dose", dosed_dataset)


@breaks("audit_is_clean", "every_unit_is_tested_once")
def trains_on_the_held_time_in_another_context():
    return of_rule(moves_elsewhere, "unseen_time", dosed_dataset)


@breaks("audit_is_clean", "every_unit_is_tested_once")
def trains_on_the_held_context():
    def move(split, _):
        return replace(split, train=(*split.train, split.test[0]), test=split.test[1:])

    return of_rule(move, "unseen_context", toy_dataset)


@breaks("calibration_is_hidden")
def calibrates_on_seen_doses():
    def move(split, _):
        # a dose that is trained on in another context as well
        counts = Counter(c.perturbation for c in split.train)
        twice = next(c for c in split.train if counts[c.perturbation] > 1)
        train = tuple(c for c in split.train if c != twice)
        return replace(split, train=train, calibration=(*split.calibration, twice))

    return of_rule(move, "unseen_dose", dosed_dataset)
