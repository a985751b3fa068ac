"""Store: what is kept is whole, what is damaged is no result, and locks die with their holder."""

from __future__ import annotations

import json
import multiprocessing
import os
import time
from dataclasses import replace

import numpy as np
import pytest

from foretell.bench.store import OLD_S, Store, code_version, write_text
from foretell.core.errors import StoreProblem
from foretell.core.evaluation import COLUMNS, Evaluation
from foretell.core.prediction import Prediction
from foretell.core.scale import Scale

KEY = "00ff00ff00ff00ff"
PREDICTION = Prediction(
    mean=np.arange(600.0).reshape(2, 300),
    genes=np.array([f"G{i}" for i in range(300)]),
    scale=Scale("log1p"),
    control=np.zeros((1, 300)),
    control_index=np.zeros(2, dtype=int),
    support=np.array(["supported", "fallback"]),
)
DONE, FAILED = {"status": "done", "reason": ""}, {"status": "failed", "reason": "why"}


@pytest.fixture
def store(tmp_path) -> Store:
    return Store(tmp_path / "store")


def test_a_run_is_kept_and_read_back(store):
    assert not store.has_run(KEY)
    store.save_run(KEY, DONE, PREDICTION)
    assert store.has_run(KEY)
    assert store.record(KEY)["status"] == "done"
    np.testing.assert_array_equal(store.prediction(KEY).mean, PREDICTION.mean)


def test_a_failed_run_has_a_record_and_no_prediction(store):
    store.save_run(KEY, FAILED, None)
    assert store.record(KEY)["reason"] == "why"
    assert store.prediction(KEY) is None


def harm_json(folder):
    (folder / "run.json").write_text('{"status": "done"')


def harm_list(folder):
    (folder / "run.json").write_text("[1, 2]")


def remove_json(folder):
    (folder / "run.json").unlink()


def truncate_arrays(folder):
    arrays = folder / "prediction" / "arrays.npz"
    arrays.write_bytes(arrays.read_bytes()[:2000])


def remove_prediction(folder):
    for file in (folder / "prediction").iterdir():
        file.unlink()
    (folder / "prediction").rmdir()


def remove_tree(folder):
    (folder / "prediction" / "tree.json").unlink()


def empty_folder(folder):
    remove_prediction(folder)
    remove_json(folder)


@pytest.mark.parametrize(
    "harm",
    [
        harm_json,
        harm_list,
        remove_json,
        truncate_arrays,
        remove_prediction,
        remove_tree,
        empty_folder,
    ],
)
def test_a_damaged_run_is_no_run(store, harm):
    store.save_run(KEY, DONE, PREDICTION)
    harm(store.run_folder(KEY))
    assert not store.has_run(KEY)
    assert store.is_damaged(KEY)
    assert store.record(KEY) is None
    with pytest.raises(StoreProblem, match=KEY) as caught:
        store.prediction(KEY)
    assert "again" in caught.value.way_out


@pytest.mark.parametrize("name", ["arrays.npz", "tree.json"])
@pytest.mark.parametrize("where", [0.3, 0.5, 0.95])
def test_a_flipped_bit_never_yields_a_number(store, name, where):
    store.save_run(KEY, DONE, PREDICTION)
    file = store.run_folder(KEY) / "prediction" / name
    raw = bytearray(file.read_bytes())
    raw[int(where * len(raw))] ^= 4
    file.write_bytes(raw)
    assert store.has_run(KEY)  # sizes are right, so only a full reading tells
    with pytest.raises(StoreProblem, match="damaged"):
        store.prediction(KEY)


def test_what_is_damaged_is_put_aside_once(store):
    store.save_run(KEY, DONE, PREDICTION)
    harm_json(store.run_folder(KEY))
    aside = store.quarantine(store.run_folder(KEY))
    assert aside.parent == store.root / "damaged"
    assert (aside / "run.json").is_file()
    assert store.quarantine(store.run_folder(KEY)) is None
    assert not store.is_damaged(KEY)
    store.save_run(KEY, DONE, PREDICTION)
    assert store.has_run(KEY)


def test_a_forgotten_run_leaves_nothing(store):
    store.save_run(KEY, FAILED, None)
    store.forget(KEY)
    store.forget(KEY)
    assert not store.run_folder(KEY).exists()
    assert list(store.run_folder(KEY).parent.iterdir()) == []


def an_evaluation() -> Evaluation:
    import pandas as pd

    rows = 500
    values = {"str": "x", "int64": 1, "float64": 0.5, "bool": False}
    frame = pd.DataFrame({name: [values[kind]] * rows for name, kind in COLUMNS.items()})
    return Evaluation(frame.assign(value=np.random.default_rng(0).standard_normal(rows)))


@pytest.mark.parametrize("harm", ["flip", "cut", "empty", "text"])
def test_damaged_scores_are_no_scores(store, harm):
    path = store.score_file(KEY)
    assert store.scores(KEY) is None
    store.save_scores(KEY, an_evaluation(), {"mse": "1"})
    assert len(store.scores(KEY)) == 500
    raw = path.read_bytes()
    at = raw.index(np.float64(an_evaluation().frame["value"][250]).tobytes())
    flipped = raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :]
    path.write_bytes({"flip": flipped, "cut": raw[:-9], "empty": b"", "text": b"x" * 99}[harm])
    assert store.has_score(KEY)
    assert store.scores(KEY) is None


def test_an_evaluation_without_its_columns_is_refused():
    frame = an_evaluation().frame.drop(columns="floor")
    with pytest.raises(StoreProblem, match="floor") as caught:
        Evaluation(frame)
    assert caught.value.way_out


def hold(store: Store, held: multiprocessing.synchronize.Event) -> None:
    with store.lock(KEY) as mine:
        assert mine
        held.set()
        time.sleep(60)


def test_a_lock_is_held_by_one_process_and_dies_with_it(store):
    context = multiprocessing.get_context("fork")
    held = context.Event()
    holder = context.Process(target=hold, args=(store, held), daemon=True)
    holder.start()
    assert held.wait(10)
    with store.lock(KEY) as mine:
        assert not mine
    with store.lock("another") as mine:
        assert mine
    holder.kill()
    holder.join()
    with store.lock(KEY) as mine:
        assert mine
    with store.lock(KEY, wait=True) as mine:
        assert mine


def test_only_what_was_left_half_written_long_ago_is_swept(store):
    store.save_run(KEY, DONE, PREDICTION)
    old, new = (store.run_folder(KEY).with_name(f".{n}.part") for n in ("old", "new"))
    file = store.root / ".x.h5ad.part"
    for folder in (old, new):
        (folder / "prediction").mkdir(parents=True)
    file.write_text("half")
    long_ago = time.time() - OLD_S - 10
    for path in (old, file):
        os.utime(path, (long_ago, long_ago))
    assert store.sweep() == 2
    assert new.is_dir()
    assert not old.exists()
    assert not file.exists()
    assert store.has_run(KEY)


def test_a_store_that_cannot_be_written_names_path_and_way_out(tmp_path):
    (tmp_path / "file").write_text("in the way")
    store = Store(tmp_path / "file" / "store")
    with pytest.raises(StoreProblem, match="file/store") as caught:
        store.save_run(KEY, DONE, PREDICTION)
    assert "--store" in caught.value.way_out
    with pytest.raises(StoreProblem, match="locks") as caught, store.lock(KEY):
        pass
    assert "--store" in caught.value.way_out
    with pytest.raises(StoreProblem, match="x.txt"):
        write_text(tmp_path / "file" / "x.txt", "text")


def test_the_second_of_two_equal_runs_changes_nothing(store):
    store.save_run(KEY, DONE, PREDICTION)
    store.save_run(KEY, DONE | {"reason": "late"}, replace(PREDICTION, mean=PREDICTION.mean + 1))
    assert store.record(KEY)["reason"] == ""
    assert json.loads((store.run_folder(KEY) / "run.json").read_text())["files"]
    np.testing.assert_array_equal(store.prediction(KEY).mean, PREDICTION.mean)


def test_the_version_of_the_code_follows_the_folders_that_are_asked_for():
    assert code_version(("core",)) == code_version(("core",))
    assert code_version(("core",)) != code_version(("core", "stats"))
