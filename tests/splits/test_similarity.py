"""Graded splits and distances: nested, monotone, and blind to what is held out."""

from __future__ import annotations

import numpy as np
import pytest

from foretell.contract.toy import toy_dataset
from foretell.contract.variants import scramble_held_out
from foretell.core.context import Condition
from foretell.core.errors import BadStudy, EmptySplit
from foretell.core.perturbation import Perturbation
from foretell.core.task import Task, TaskName
from foretell.splits.distance import distance_to_training, with_distance
from foretell.splits.make import make
from foretell.splits.similarity import Similarity, similarity

PAIRS = Task(TaskName.UNSEEN_COMBINATION, 2)
LEVELS = (0.0, 0.25, 0.5, 0.75, 1.0)
SCORES = {"by": "encoding", "encoding": "gene_scores"}


def graded(task, level, folds=3, **options):
    options = {"level": level, **options}
    return make(toy_dataset(), task, rule="graded", options=options, folds=folds)


@pytest.mark.parametrize(
    ("task", "options"),
    [(PAIRS, {}), (Task(TaskName.UNSEEN_PERTURBATION), SCORES | {"threshold": 0.6})],
)
def test_levels_are_nested_share_their_test_sides_and_grow_the_distance(task, options):
    levels = [graded(task, level, **options) for level in LEVELS]
    for splits in zip(*levels, strict=True):
        assert len({s.test for s in splits}) == 1
        for more, fewer in zip(splits, splits[1:], strict=False):
            assert set(fewer.train) < set(more.train)
            if options == {}:  # an encoding is fitted anew on what is left
                assert (fewer.distance >= more.distance).all()
        alike = similarity(
            splits[-1],
            toy_dataset(),
            splits[-1].train,
            splits[-1].test,
            Similarity("encoding", "gene_scores") if options else Similarity(),
        )
        if not options:
            parts = {(p, c.context) for c in splits[-1].test for p in c.perturbation.parts()}
            is_part = np.array([(c.perturbation, c.context) in parts for c in splits[-1].train])
            assert (alike[~is_part] == 0).all()  # nothing else resembles what is tested


def test_level_0_is_the_tasks_own_fold_sizes_and_records_the_distance():
    for split in graded(Task(TaskName.UNSEEN_PERTURBATION), 0.0, **SCORES):
        assert {t for c in split.test for t in c.perturbation.targets}.isdisjoint(
            t for c in split.train for t in c.perturbation.targets
        )
        assert split.distance.shape == (len(split.test),)
        note = next(f for f in split.audit if "resemble" in f.check)
        assert note.count == 0


def test_a_level_that_leaves_nothing_says_so():
    options = SCORES | {"threshold": -1.0}
    with pytest.raises(EmptySplit, match="train side") as caught:
        graded(Task(TaskName.UNSEEN_PERTURBATION), 1.0, **options)
    assert caught.value.way_out


@pytest.mark.parametrize(
    "options",
    [
        {"level": 1.5},
        {"level": True},
        {"level": [0.1, 0.5]},
        {"threshold": -2},
        {"by": "componets"},
        {"by": "encoding"},
        {"by": "components", "file": "x.csv"},
        {"by": "table"},
    ],
)
def test_what_cannot_be_meant_is_refused(options):
    with pytest.raises(BadStudy) as caught:
        make(toy_dataset(), PAIRS, rule="graded", options=options)
    assert caught.value.way_out


def test_shared_targets_are_counted_out_of_all_targets():
    split = make(toy_dataset(), "unseen_perturbation", folds=3)[0]
    one, other = (
        [Condition(Perturbation.of(*names)) for names in side]
        for side in (["A", "AB", "ABC"], ["A", "BC", "D"])
    )
    found = similarity(split, toy_dataset(), one, other, Similarity())
    expected = [[1, 0, 0], [1 / 2, 1 / 3, 0], [1 / 3, 2 / 3, 0]]
    np.testing.assert_allclose(found, expected)


def test_vectors_from_a_table_are_compared_by_their_angle(tmp_path, make_dataset):
    (tmp_path / "v.csv").write_text("gene,x,y\nA,1,0\nB,2,0\nC,0,3\nD,-1,0\n")
    data = make_dataset(["A", "B", "C", "D", "E"], n_control=44)
    split = make(data, "unseen_perturbation", folds=5)[0]
    order = {c.perturbation.targets[0]: c for c in data.perturbed}
    chosen = Similarity("table", file=str(tmp_path / "v.csv"))
    found = similarity(split, data, [order["A"]], [order[g] for g in "BCDE"], chosen)
    np.testing.assert_allclose(found, [[1, 0, -1, 0]], atol=1e-12)  # E has no vector


def test_contexts_are_compared_by_their_controls(make_adata, make_dataset):
    adata = make_adata(["A"], n_control=60, n_genes=30, contexts=("x", "y", "z", "w"), dense=True)
    level = {"x": 0, "y": 0, "z": 1, "w": 1}
    rng = np.random.default_rng(0)
    programme = rng.permutation(30) < 15
    high = adata.obs["cell_type"].map(level).to_numpy(dtype=bool)
    adata.X += 20 * (high[:, None] == programme)
    data = make_dataset(adata)
    split = make(data, "unseen_context", folds=4)[0]
    by_context = {str(c.context): c for c in data.perturbed}
    rows = [by_context[c] for c in "xyzw"]
    found = similarity(split, data, rows, rows, Similarity("contexts"))
    np.testing.assert_allclose(np.diag(found), 1)
    assert found[0, 1] > 0.9
    assert found[2, 3] > 0.9
    assert found[0, 2] < -0.9


@pytest.mark.parametrize("chosen", [Similarity("encoding", "gene_scores"), Similarity("contexts")])
def test_what_is_held_out_changes_no_distance(chosen):
    for split in make(toy_dataset(), "unseen_context", folds=3):
        scrambled = scramble_held_out(toy_dataset(), split)
        np.testing.assert_array_equal(
            distance_to_training(split, toy_dataset(), chosen),
            distance_to_training(split, scrambled, chosen),
        )


def test_the_distance_is_that_to_the_nearest_training_condition_and_not_hashed():
    split = make(toy_dataset(), "unseen_combination", folds=3)[0]
    held = with_distance(split, toy_dataset())
    slow = [
        1
        - max(
            len(set(a.perturbation.targets) & set(b.perturbation.targets))
            / len(set(a.perturbation.targets) | set(b.perturbation.targets))
            for b in split.train
        )
        for a in split.test
    ]
    np.testing.assert_allclose(held.distance, slow)
    assert held.hash == split.hash
