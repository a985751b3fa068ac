"""Sums: what a file must contain, recorded at the first fetch and checked ever after."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from foretell.core.errors import CannotFetch
from foretell.core.source import Source
from foretell.data.find import file_hash

__all__ = ["RECORD", "check_sums", "put_aside", "record_sum", "recorded_sum"]

RECORD = "checksums.json"


def recorded_sum(folder: Path, name: str) -> str | None:
    """Return the SHA-256 that was recorded for a file, if any."""
    found: str | None = _read(folder).get(name, {}).get("sha256")
    return found


def record_sum(folder: Path, name: str, sha256: str, origin: str) -> None:
    """Record the sum of a file that is seen for the first time; a recorded one is kept."""
    from filelock import FileLock

    with FileLock(str(folder / f".{RECORD}.lock")):
        record = _read(folder)
        if name in record:
            return
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        record[name] = {"sha256": sha256, "from": origin, "recorded": now}
        fresh = folder / f".{RECORD}.new"
        fresh.write_text(json.dumps(record, indent=1, sort_keys=True) + "\n", encoding="utf-8")
        fresh.replace(folder / RECORD)


def check_sums(path: Path, name: str, source: Source, *, put_away: bool = False) -> str:
    """Compare a file with the sums declared and recorded for `name`; return its SHA-256.

    The sums that a source declares are those of its download, not of what is unpacked from it.
    A file that does not fit is an error; with `put_away` it is renamed to ``*.unexpected``.
    """
    found = file_hash(path)
    expected = {"recorded at the first fetch": recorded_sum(path.parent, name)}
    if name == source.download:
        expected = {f"declared by source '{source.name}'": source.sha256} | expected
    for whose, sha256 in expected.items():
        if sha256 is not None and sha256 != found:
            raise _unexpected(path, name, f"sha256 {found}", f"{sha256}, {whose}", put_away)
    if name == source.download and source.md5 is not None:
        md5 = _md5(path)
        if md5 != source.md5:
            wanted = f"{source.md5}, published with source '{source.name}'"
            raise _unexpected(path, name, f"md5 {md5}", wanted, put_away)
    return found


def put_aside(path: Path, name: str) -> Path:
    """Move a file out of the way, where it can be looked at."""
    aside = path.parent / f"{name}.unexpected"
    path.replace(aside)
    return aside


def _unexpected(path: Path, name: str, found: str, expected: str, put_away: bool) -> CannotFetch:
    where = f"{put_aside(path, name)} (put aside)" if put_away else str(path)
    return CannotFetch(
        f"{where} has {found}, expected {expected}",
        "the publisher changed the file, or it was damaged on the way: delete it and fetch it "
        f"again; to accept a new content, remove '{name}' from {path.parent / RECORD} and correct "
        "the sum in the source if it declares one",
    )


def _md5(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def _read(folder: Path) -> dict[str, Any]:
    path = folder / RECORD
    if not path.is_file():
        return {}
    try:
        record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise CannotFetch(
            f"{path} is not readable JSON ({error})",
            "move it away; sums are then recorded anew at the next fetch",
        ) from error
    return record
