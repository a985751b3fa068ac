"""Folder form: arrays and JSON on disk, written whole or not at all, read without running code."""

from __future__ import annotations

import dataclasses
import importlib
import json
import os
import shutil
import sys
import uuid
import zipfile
from collections.abc import Callable
from contextlib import suppress
from enum import Enum
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from foretell.core.errors import BadModelOutput, StoreProblem

__all__ = ["atomic_file", "atomic_folder", "read_folder", "read_tree", "write_folder", "write_tree"]

T = TypeVar("T")
TREE, ARRAYS = "tree.json", "arrays.npz"


def write_folder(folder: Path, value: Any) -> None:
    """Write a value as a folder; nobody ever sees half of it."""
    atomic_folder(Path(folder), lambda part: write_tree(part, value))


def read_folder(folder: Path, kind: type[T]) -> T:
    """Read a value back, checking its type."""
    value = read_tree(Path(folder))
    if not isinstance(value, kind):
        raise StoreProblem(
            f"{folder} holds a {type(value).__name__}, not a {kind.__name__}",
            f"name a folder that a {kind.__name__} was saved to",
        )
    return value


def atomic_folder(folder: Path, write: Callable[[Path], None]) -> None:
    """Let `write` fill a temporary folder, flush it to disk, then move it into place.

    A folder that is already there wins: results are named by their content.
    """
    part = folder.with_name(f".{folder.name}.{uuid.uuid4().hex[:8]}.part")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        part.mkdir()
        write(part)
        for file in part.rglob("*"):
            _flush(file)
        _flush(part)
        try:
            part.rename(folder)
        except OSError:
            if not folder.is_dir():
                raise
        _flush(folder.parent)
    except OSError as error:
        raise StoreProblem(
            f"cannot write {folder}: {error.strerror or error}",
            "free some space or choose another place with --store; finished results are kept",
        ) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)


def atomic_file(path: Path, write: Callable[[Path], None]) -> None:
    """Let `write` make a temporary file, flush it to disk, then move it over the old one."""
    path = Path(path)
    part = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write(part)
        _flush(part)
        part.replace(path)
    except OSError as error:
        raise StoreProblem(
            f"cannot write {path}: {error.strerror or error}",
            "free some space or choose another place; finished results are kept",
        ) from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_tree(folder: Path, value: Any) -> None:
    """Write ``tree.json`` and ``arrays.npz`` into an existing folder."""
    arrays: dict[str, np.ndarray] = {}
    tree = _encode(value, arrays)
    np.savez(folder / ARRAYS, **arrays)  # type: ignore[arg-type]
    (folder / TREE).write_text(json.dumps(tree), encoding="utf-8")


def read_tree(folder: Path) -> Any:
    """Read what `write_tree` wrote; arrays are loaded without pickle."""
    try:
        tree = json.loads((folder / TREE).read_text(encoding="utf-8"))
        with np.load(folder / ARRAYS, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
        return _decode(tree, arrays)
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise StoreProblem(
            f"{folder} is damaged: {error}", "delete the folder and run again"
        ) from error


def _encode(value: Any, arrays: dict[str, np.ndarray]) -> Any:
    if value is None or isinstance(value, (bool, int, float, str)) and not isinstance(value, Enum):
        return value
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        return {"array": _store(value, arrays)}
    if isinstance(value, Enum):
        return {"enum": [_class_path(type(value)), value.value]}
    if isinstance(value, (tuple, list)):
        kind = "tuple" if isinstance(value, tuple) else "list"
        return {kind: [_encode(v, arrays) for v in value]}
    if isinstance(value, dict):
        pairs = [[_encode(k, arrays), _encode(v, arrays)] for k, v in value.items()]
        return {"dict": pairs}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return _encode_dataclass(value, arrays)
    return _encode_table(value, arrays)


def _encode_dataclass(value: Any, arrays: dict[str, np.ndarray]) -> Any:
    """Fields, and the fitted state of models and encodings (names that end in ``_``)."""
    fields = {f.name: _encode(getattr(value, f.name), arrays) for f in dataclasses.fields(value)}
    fitted = {
        name: _encode(v, arrays)
        for name, v in vars(value).items()
        if name.endswith("_") and not name.startswith("_")
    }
    return {"object": _class_path(type(value)), "fields": fields, "fitted": fitted}


def _encode_table(value: Any, arrays: dict[str, np.ndarray]) -> Any:
    if hasattr(value, "indptr") and hasattr(value, "tocsr"):
        csr = value.tocsr()
        names = [_store(a, arrays) for a in (csr.data, csr.indices, csr.indptr)]
        return {"csr": [*names, list(csr.shape)]}
    if hasattr(value, "columns") and hasattr(value, "iloc"):
        columns = [[str(name), _encode_column(value[name], arrays)] for name in value.columns]
        return {"table": [_encode_column(value.index, arrays), columns]}
    raise BadModelOutput(
        f"a {type(value).__name__} cannot be written to a folder",
        "keep fitted state as numbers, text, arrays, sparse matrices or dataclasses; a model that "
        'holds an estimator of another library declares saves = "profiles"',
    )


def _encode_column(column: Any, arrays: dict[str, np.ndarray]) -> Any:
    """Numbers as an array, all else value by value: "007" stays text and None stays None."""
    if isinstance(column.dtype, np.dtype) and column.dtype.kind in "biuf":
        return _encode(column.to_numpy(), arrays)
    return {"list": [v if isinstance(v, (str, int, float)) else None for v in column.tolist()]}


def _store(array: np.ndarray, arrays: dict[str, np.ndarray]) -> str:
    if array.dtype == object:
        array = array.astype(str)
    name = f"a{len(arrays)}"
    arrays[name] = array
    return name


def _decode(tree: Any, arrays: dict[str, np.ndarray]) -> Any:
    if not isinstance(tree, dict):
        return tree
    kind, content = next(iter(tree.items()))
    if kind == "array":
        return arrays[content]
    if kind in ("tuple", "list"):
        items = [_decode(v, arrays) for v in content]
        return tuple(items) if kind == "tuple" else items
    if kind == "dict":
        return {_decode(k, arrays): _decode(v, arrays) for k, v in content}
    if kind == "enum":
        return _class(content[0])(content[1])
    if kind == "object":
        return _decode_object(tree, arrays)
    return _decode_table(kind, content, arrays)


def _decode_object(tree: dict[str, Any], arrays: dict[str, np.ndarray]) -> Any:
    cls = _class(tree["object"])
    value = cls(**{name: _decode(v, arrays) for name, v in tree["fields"].items()})
    for name, fitted in tree["fitted"].items():
        object.__setattr__(value, name, _decode(fitted, arrays))
    return value


def _decode_table(kind: str, content: Any, arrays: dict[str, np.ndarray]) -> Any:
    if kind == "csr":
        import scipy.sparse as sp

        data, indices, indptr = (arrays[name] for name in content[:3])
        return sp.csr_matrix((data, indices, indptr), shape=tuple(content[3]))
    if kind == "table":
        import pandas as pd

        index, columns = content
        decoded = {name: _decode(column, arrays) for name, column in columns}
        return pd.DataFrame(decoded, index=_decode(index, arrays))
    raise ValueError(f"unknown entry '{kind}'")


def _class_path(cls: type) -> str:
    return f"{cls.__module__}:{cls.__qualname__}"


def _class(path: str) -> Any:
    """Find a class by name, of Foretell or of a module that is already imported.

    Only dataclasses and enums are accepted, so that reading a folder runs no code from it.
    """
    module, _, name = path.partition(":")
    if not module.startswith("foretell.") and module not in sys.modules:
        raise ValueError(f"'{path}' is not a type that a folder may hold")
    cls: Any = importlib.import_module(module)
    for part in name.split("."):
        cls = getattr(cls, part)
    if not (isinstance(cls, type) and (dataclasses.is_dataclass(cls) or issubclass(cls, Enum))):
        raise ValueError(f"'{path}' is not a type that a folder may hold")
    return cls
