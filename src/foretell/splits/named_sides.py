"""Named sides: which words mean which side, and the files that list names by side."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

from foretell.core.errors import UnknownName, UnreadableFile, did_you_mean

__all__ = ["SIDES", "WORDS", "read_sides", "read_table"]

SIDES = ("train", "calibration", "test")
WORDS = {
    "train": ("train", "training"),
    "calibration": ("val", "valid", "validation", "dev", "calibration"),
    "test": ("test", "ood", "holdout", "heldout"),
}


def read_sides(file: str) -> dict[str, tuple[str, ...]]:
    """Read names by side; a plain list, or a text file with one name per line, is the test side.

    Errors: `UnreadableFile`; `UnknownName` where a key names no side.
    """
    given = _read(_find(file))
    if isinstance(given, list):
        given = {"test": given}
    if not isinstance(given, dict):
        raise UnreadableFile(
            f"'{file}' holds neither a list nor a table",
            'write a list of names, or { "train": [...], "test": [...] }',
        )
    side_of = {word: side for side, words in WORDS.items() for word in words}
    found: dict[str, tuple[str, ...]] = {}
    for key, names in given.items():
        if str(key).lower() not in side_of:
            hint = did_you_mean(str(key), side_of)
            raise UnknownName(f"'{file}' has a key '{key}', which names no side", hint)
        if not isinstance(names, list):
            raise UnreadableFile(f"'{key}' in '{file}' is not a list", "write names in [ ]")
        side = side_of[str(key).lower()]
        found[side] = (*found.get(side, ()), *map(str, names))
    return found


def read_table(file: str) -> dict[str, Any]:
    """Read a TOML file."""
    given = _read(_find(file))
    if not isinstance(given, dict):
        raise UnreadableFile(f"'{file}' is no TOML table", "name a .toml file")
    return given


def _find(file: str) -> Path:
    path = Path(file).expanduser()
    if not path.is_file():
        beside = [p.name for p in path.parent.iterdir()] if path.parent.is_dir() else []
        raise UnreadableFile(
            f"there is no file '{file}'",
            f"give its path, from the folder that you are in ({did_you_mean(path.name, beside)})",
        )
    return path


def _read(path: Path) -> Any:
    try:
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".json":
            return json.loads(text)
        if path.suffix == ".toml":
            return tomllib.loads(text)
    except (OSError, ValueError) as error:  # both parsers and the decoder raise ValueErrors
        hint = "correct it, and save it as UTF-8"
        raise UnreadableFile(f"cannot read '{path}': {error}", hint) from None
    return [line.strip() for line in text.splitlines() if line.strip()]
