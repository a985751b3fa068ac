"""Folders: what is written is read back the same, whole or not at all."""

from __future__ import annotations

import json
import pickle
from collections import namedtuple
from dataclasses import dataclass
from enum import Enum

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from foretell.core.errors import BadModelOutput, ForetellError, StoreProblem, did_you_mean
from foretell.core.folder import atomic_file, atomic_folder, read_folder, read_tree, write_folder
from foretell.core.network import Network
from foretell.core.prediction import Prediction
from foretell.core.query import Query
from foretell.core.scale import Scale
from foretell.models.baselines.additive import Additive
from foretell.models.linear.ridge import Ridge
from foretell.splits.make import make

LEAVES = (
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.floats(allow_nan=False)
)
TREES = st.recursive(
    LEAVES | hnp.arrays(hnp.integer_dtypes() | hnp.floating_dtypes(sizes=(32, 64)), (2, 3)),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(st.text(max_size=3) | st.integers(), inner, max_size=3)
    ),
    max_leaves=6,
)


def same(a, b) -> bool:
    if isinstance(a, np.ndarray):
        return a.dtype == b.dtype and np.array_equal(a, b, equal_nan=a.dtype.kind == "f")
    if isinstance(a, (list, tuple)):
        return type(a) is type(b) and len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[k], b[k]) for k in a)
    return type(a) is type(b) and a == b


@given(TREES)
def test_plain_values_come_back_the_same(tmp_path_factory, value):
    folder = tmp_path_factory.mktemp("tree") / "kept"
    write_folder(folder, value)
    assert same(read_tree(folder), value)


class Colour(Enum):
    RED = "red"


@dataclass
class Held:
    colour: Colour
    scale: Scale


@dataclass
class Sorted:
    """A type that runs code when it is built is fine; one that is no dataclass is not."""

    value: int


class Plain:
    pass


def test_types_come_back_as_themselves(tmp_path):
    value = Held(Colour.RED, Scale("log1p"))
    write_folder(tmp_path / "a", value)
    assert read_folder(tmp_path / "a", Held) == value
    with pytest.raises(StoreProblem, match="holds a Held, not a Query"):
        read_folder(tmp_path / "a", Query)


def test_named_tuples_come_back_as_tuples(tmp_path):
    write_folder(tmp_path / "a", namedtuple("Pair", "a b")(1, 2))
    assert read_tree(tmp_path / "a") == (1, 2)


def test_a_table_keeps_text_that_looks_like_numbers_and_what_is_missing(tmp_path):
    table = pd.DataFrame(
        {
            "id": ["007", None, "1e5"],
            "n": [1, 2, 3],
            "x": [0.1, np.nan, 1e-300],
            "ok": [True, False, True],
        },
        index=["1", "2", "03"],
    )
    write_folder(tmp_path / "a", table)
    pd.testing.assert_frame_equal(read_tree(tmp_path / "a"), table)


def test_what_no_file_can_hold_is_refused_with_a_way_out(tmp_path):
    with pytest.raises(BadModelOutput, match="a Plain cannot be written") as caught:
        write_folder(tmp_path / "a", {"x": Plain()})
    assert "saves" in caught.value.way_out
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", ["os:system", "builtins:eval", f"{__name__}:Plain", "nowhere:X"])
def test_reading_a_folder_never_builds_what_is_no_value(tmp_path, kind):
    write_folder(tmp_path / "a", Sorted(1))
    tree = tmp_path / "a" / "tree.json"
    text = json.loads(tree.read_text())
    tree.write_text(json.dumps(text | {"object": kind}))
    with pytest.raises(StoreProblem, match="is damaged"):
        read_tree(tmp_path / "a")


@pytest.mark.parametrize("harm", ["no tree", "no arrays", "half", "text", "empty"])
def test_a_damaged_folder_is_named(tmp_path, harm):
    write_folder(tmp_path / "a", np.arange(1000.0))
    tree, arrays = tmp_path / "a" / "tree.json", tmp_path / "a" / "arrays.npz"
    if harm == "no tree":
        tree.unlink()
    elif harm == "no arrays":
        arrays.unlink()
    elif harm == "half":
        arrays.write_bytes(arrays.read_bytes()[:3000])
    else:
        tree.write_text("{" if harm == "text" else "")
    with pytest.raises(StoreProblem, match=str(tmp_path / "a")) as caught:
        read_tree(tmp_path / "a")
    assert caught.value.way_out


def test_a_write_that_fails_leaves_nothing_behind(tmp_path):
    def fail(part):
        (part / "x").write_text("half")
        raise OSError(28, "No space left on device")

    with pytest.raises(StoreProblem, match="No space left on device") as caught:
        atomic_folder(tmp_path / "a", fail)
    assert str(tmp_path / "a") in caught.value.problem
    assert "space" in caught.value.way_out
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_there_already_wins(tmp_path):
    write_folder(tmp_path / "a", 1)
    write_folder(tmp_path / "a", 2)
    assert read_tree(tmp_path / "a") == 1
    assert [p.name for p in tmp_path.iterdir()] == ["a"]


def test_a_file_is_replaced_in_one_move(tmp_path):
    atomic_file(tmp_path / "f", lambda part: part.write_text("old"))
    with pytest.raises(ZeroDivisionError):
        atomic_file(tmp_path / "f", lambda part: part.write_text("half") / 0)
    assert (tmp_path / "f").read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["f"]


def test_errors_survive_the_way_between_processes():
    error = pickle.loads(pickle.dumps(StoreProblem("problem", "way out")))
    assert (type(error), error.problem, error.way_out) == (StoreProblem, "problem", "way out")
    assert str(error) == "problem\n  -> way out"
    assert isinstance(error, ForetellError)


def test_the_nearest_names_are_offered_or_all_of_them():
    assert did_you_mean("Ridge", ["ridge"]) == "did you mean 'ridge'?"
    assert did_you_mean("zzz", ["b", "a"]) == "valid: a, b"
    assert did_you_mean("zzz", []) == "there is none"
    assert did_you_mean("zzz", map(str, range(100))).endswith("... (100 in all)")


@pytest.fixture
def split_and_data(make_dataset):
    data = make_dataset(["A", "B", "C", "A+B"], n_control=60, contexts=("x", "y"))
    return make(data, "unseen_perturbation", folds=2)[0], data


def test_query_prediction_and_model_come_back_the_same(tmp_path, split_and_data):
    split, data = split_and_data
    query = replace_components(split.query(data))
    query.save(tmp_path / "query")
    back = Query.load(tmp_path / "query")
    assert back.rows == query.rows
    assert back.scale == query.scale
    assert (back.controls.X != query.controls.X).nnz == 0
    pd.testing.assert_frame_equal(back.components, query.components)
    for model in (Additive(), Ridge(), Ridge(per_gene=True, seed=3)):
        expected = model.fit(split.train_part(data)).predict(query)
        model.save(tmp_path / model.info.name / str(model.seed))
        loaded = type(model).load(tmp_path / model.info.name / str(model.seed))
        assert loaded.seed == model.seed
        np.testing.assert_array_equal(loaded.predict(back).mean, expected.mean)
    expected.save(tmp_path / "prediction")
    kept = Prediction.load(tmp_path / "prediction")
    for name in ("mean", "control", "control_index", "support", "genes"):
        np.testing.assert_array_equal(getattr(kept, name), getattr(expected, name))
    assert kept.reasons == expected.reasons
    assert kept.scale == expected.scale


def replace_components(query: Query) -> Query:
    from dataclasses import replace

    return replace(query, components=pd.DataFrame({"id": ["1", "2"]}, index=["A", "B"]))


def test_a_network_comes_back_the_same(tmp_path):
    edges = pd.DataFrame(
        {"source": ["a", "b", "a"], "target": ["b", "c", "b"], "weight": [1.0, -2.0, 0.5]}
    )
    network = Network.from_edges(edges, context="K562", name="n")
    assert network.n_edges == 2
    network.save(tmp_path / "n.parquet")
    back = Network.load(tmp_path / "n.parquet")
    np.testing.assert_array_equal(back.nodes, ["a", "b", "c"])
    np.testing.assert_array_equal(back.A.toarray(), sp.csr_matrix(network.A).toarray())
    assert (back.context, back.name) == ("K562", "n")
