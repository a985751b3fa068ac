"""Changes: what is done to a good file; a change is a list of plain numbers and words."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from hypothesis import strategies as st

__all__ = ["of_bytes", "of_folders", "of_structure", "spoil"]

Change = Sequence[Any]
FAR = st.integers(0, 1 << 20)
WORDS = (
    "", "X", "obs", "var", "uns", "layers", "data", "indices", "indptr", "shape", "categories",
    "codes", "_index", "perturbation", "csr_matrix", "csc_matrix", "array", "dataframe",
    "categorical", "string-array", "nullable-integer", "anndata", "dict", "awkward-array", "null",
    "0.1.0", "9.9.9", "encoding-type", "encoding-version", "column-order", "ordered", "\u00e9/..",
)  # fmt: skip
NUMBERS = (0, 1, -1, 2, 127, -128, 255, 4096, 2**31 - 1, 2**31, -(2**31), 2**62, 0.5)
TYPES = ("i1", "u1", "i4", "i8", "u8", "f2", "f4", "f8", ">f4", ">i8", "c8", "S3", "?", "b")
SHAPES = ((), (0,), (1,), (3,), (40, 20), (20, 40), (2, 2, 2), (0, 0))

word, number = st.sampled_from(WORDS), st.sampled_from(NUMBERS)
BYTES = st.one_of(
    st.tuples(st.just("flip"), FAR, st.integers(0, 7)),
    st.tuples(st.just("set"), FAR, st.sampled_from((0, 1, 127, 128, 255))),
    st.tuples(st.just("cut"), FAR),
    st.tuples(st.just("drop"), FAR, st.integers(1, 64)),
    st.tuples(st.just("insert"), FAR, st.integers(0, 255), st.integers(1, 64)),
    st.tuples(st.just("copy"), FAR, FAR, st.integers(1, 512)),
    st.tuples(st.just("blank"), FAR, st.integers(1, 512)),
)
STRUCTURE = st.one_of(
    st.tuples(st.just("drop"), FAR),
    st.tuples(st.just("rename"), FAR, word),
    st.tuples(st.just("copy"), FAR, FAR),
    st.tuples(st.just("link"), FAR, FAR),
    st.tuples(st.just("retag"), FAR, FAR, st.one_of(word, number)),
    st.tuples(st.just("tag"), FAR, word, st.one_of(word, number)),
    st.tuples(st.just("untag"), FAR, FAR),
    st.tuples(st.just("poke"), FAR, FAR, number),
    st.tuples(st.just("cast"), FAR, st.sampled_from(TYPES)),
    st.tuples(st.just("shuffle"), FAR, FAR),
    st.tuples(st.just("stretch"), FAR, st.integers(-5, 5)),
    st.tuples(st.just("fill"), FAR, st.sampled_from(SHAPES), st.one_of(word, number)),
    st.tuples(st.just("empty"), FAR),
)
of_bytes = st.lists(BYTES, min_size=1, max_size=3)
of_structure = st.lists(STRUCTURE, min_size=1, max_size=3)
of_folders = st.lists(
    st.one_of(st.tuples(st.just("remove"), FAR), st.tuples(st.just("bytes"), FAR, BYTES)),
    min_size=1,
    max_size=3,
)


def spoil(path: Path, how: str, changes: Sequence[Change]) -> None:
    """Apply changes to a file, or to the files of a folder."""
    if how == "bytes":
        data = bytearray(path.read_bytes())
        for change in changes:
            data = _changed(data, change)
        path.write_bytes(bytes(data))
    elif how == "folder":
        _spoil_folder(path, changes)
    else:
        with h5py.File(path, "r+") as file:
            for name, *rest in changes:
                with suppress(Exception):  # what the library refuses to do is no change
                    STRUCTURAL[name](file, *rest)


def _changed(data: bytearray, change: Change) -> bytearray:
    kind, at, *rest = change
    at %= max(len(data), 1)
    if kind == "cut":
        return data[:at]
    if kind == "flip" and data:
        data[at] ^= 1 << rest[0]
    if kind == "set" and data:
        data[at] = rest[0]
    if kind == "drop":
        del data[at : at + rest[0]]
    if kind == "insert":
        data[at:at] = bytes([rest[0]] * rest[1])
    if kind == "copy":
        start = rest[0] % max(len(data), 1)
        data[at : at + rest[1]] = data[start : start + rest[1]]
    if kind == "blank":
        data[at : at + rest[0]] = bytes(min(rest[0], len(data) - at))
    return data


def _spoil_folder(folder: Path, changes: Sequence[Change]) -> None:
    for kind, which, *rest in changes:
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        if not files:
            return
        file = files[which % len(files)]
        if kind == "remove":
            file.unlink()
        else:
            file.write_bytes(bytes(_changed(bytearray(file.read_bytes()), rest[0])))
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_dir() and not any(path.iterdir()):
            shutil.rmtree(path)


# --- changes of what an HDF5 file holds -----------------------------------------------------------


def _names(file: h5py.File) -> list[str]:
    names: list[str] = []
    file.visit(names.append)
    return sorted(names)


def _name(file: h5py.File, which: int) -> str:
    names = _names(file)
    return names[which % len(names)]


def _array(file: h5py.File, which: int) -> h5py.Dataset:
    arrays = [name for name in _names(file) if isinstance(file[name], h5py.Dataset)]
    return file[arrays[which % len(arrays)]]


def _put(array: h5py.Dataset, values: Any) -> None:
    file, name, tags = array.file, array.name, dict(array.attrs)
    del file[name]
    file.create_dataset(name, data=values)
    file[name].attrs.update(tags)


def _drop(file: h5py.File, which: int) -> None:
    del file[_name(file, which)]


def _rename(file: h5py.File, which: int, new: str) -> None:
    name = _name(file, which)
    file.move(name, f"{name.rpartition('/')[0]}/{new or 'x'}")


def _copy(file: h5py.File, which: int, to: int) -> None:
    source, target = _name(file, which), _name(file, to)
    file.copy(source, "copied")
    del file[target]
    file.move("copied", target)


def _link(file: h5py.File, which: int, to: int) -> None:
    source, target = _name(file, which), _name(file, to)
    del file[source]
    file[source] = h5py.SoftLink(f"/{target}") if to % 2 else file[target]


def _retag(file: h5py.File, which: int, tag: int, value: Any) -> None:
    tags = file[_name(file, which)].attrs
    name = sorted(tags)[tag % len(tags)] if len(tags) else "encoding-type"
    tags[name] = value


def _tag(file: h5py.File, which: int, name: str, value: Any) -> None:
    file[_name(file, which)].attrs[name or "shape"] = value


def _untag(file: h5py.File, which: int, tag: int) -> None:
    tags = file[_name(file, which)].attrs
    if len(tags):
        del tags[sorted(tags)[tag % len(tags)]]


def _poke(file: h5py.File, which: int, at: int, value: Any) -> None:
    array = _array(file, which)
    values = np.asarray(array[()])
    flat = values.reshape(-1)
    flat[at % len(flat)] = value if array.dtype.kind in "iuf" else f"{value}"
    array[...] = values


def _cast(file: h5py.File, which: int, dtype: str) -> None:
    array = _array(file, which)
    _put(array, array[()].astype(dtype))


def _shuffle(file: h5py.File, which: int, seed: int) -> None:
    array = _array(file, which)
    array[...] = np.random.default_rng(seed).permutation(array[()])


def _stretch(file: h5py.File, which: int, by: int) -> None:
    array = _array(file, which)
    values = array[()]
    _put(array, np.concatenate([values, values[:by]]) if by > 0 else values[: by or None])


def _fill(file: h5py.File, which: int, shape: Sequence[int], value: Any) -> None:
    name = _name(file, which)
    tags = dict(file[name].attrs)
    del file[name]
    file[name] = np.full(tuple(shape), value) if not isinstance(value, str) else value
    file[name].attrs.update(tags)


def _empty(file: h5py.File, which: int) -> None:
    name = _name(file, which)
    tags = dict(file[name].attrs)
    del file[name]
    file.create_group(name).attrs.update(tags)


STRUCTURAL: dict[str, Callable[..., None]] = {
    "drop": _drop,
    "rename": _rename,
    "copy": _copy,
    "link": _link,
    "retag": _retag,
    "tag": _tag,
    "untag": _untag,
    "poke": _poke,
    "cast": _cast,
    "shuffle": _shuffle,
    "stretch": _stretch,
    "fill": _fill,
    "empty": _empty,
}
