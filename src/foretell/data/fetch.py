"""Fetch: public files from their publishers; the one module that may use the network.

A file is downloaded into ``<name>.part`` and goes on where a broken download stopped; it gets its
name when its sums are right. Pooch knows the cache folder, and `Download` is a downloader as pooch
takes them; its ``retrieve`` is not used, because it cannot resume, reads every file twice for its
sum, and deletes what does not fit.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from foretell._version import __version__
from foretell.core.errors import CannotFetch
from foretell.core.source import Source
from foretell.data.sources.files.sums import check_sums, record_sum
from foretell.data.sources.files.unpack import check_room, unpack

__all__ = ["CACHE", "OFFLINE", "Download", "Progress", "cache_folder", "fetch", "is_offline"]

CACHE, OFFLINE = "FORETELL_CACHE", "FORETELL_OFFLINE"
WAITS = (1.0, 2.0, 4.0, 8.0)  # seconds before further attempts that bring nothing new
LONGEST_WAIT = 60.0  # whatever a server asks for
TIMEOUTS = (15.0, 60.0)  # seconds to connect, and between two blocks
BLOCK = 1 << 16
TEMPORARY = (202, 408, 425, 429, 500, 502, 503, 504)  # 202: figshare is still preparing the file

Progress = Callable[[int, int | None], None]


def fetch(
    source: Source,
    *,
    to: str | Path | None = None,
    offline: bool = False,
    progress: Progress | None = None,
    force: bool = False,
) -> Path:
    """Return the file of a source, fetched and unpacked where it is not there yet.

    Sums that the source does not declare are recorded in ``checksums.json`` beside the file and
    checked ever after. Processes that want the same file wait for one another.

    Parameters
    ----------
    source : what to fetch.
    to : folder of the files; otherwise `cache_folder`.
    offline : never open a connection, as the environment variable ``FORETELL_OFFLINE=1`` does.
    progress : called with (bytes done, bytes in all or None).
    force : download again even if the file is there; the old one stays until the new is right.

    Errors
    ------
    `CannotFetch`, always with what to do by hand.
    """
    from filelock import FileLock

    folder = cache_folder() if to is None else Path(to).expanduser()
    ready, packed = folder / source.ready, folder / source.download
    if force or not (ready.is_file() or packed.is_file()):
        _refuse_unfetchable(source, packed, offline or is_offline())
    if force or not ready.is_file():
        _make_folder(folder)
        with FileLock(str(folder / f".{source.download}.lock")):
            # another process may have fetched it while we waited
            if force or not (ready.is_file() or packed.is_file()):
                _download(source, packed, progress)
            elif packed.is_file():
                _accept(packed, source)
            if source.packing and (force or not ready.is_file()):
                unpack(packed, source, ready)
    _accept(ready, source)
    return ready


def cache_folder() -> Path:
    """Return the folder named by ``FORETELL_CACHE``, or that of the operating system."""
    named = os.environ.get(CACHE)
    if named:
        return Path(named).expanduser()
    import pooch

    return Path(pooch.os_cache("foretell"))


def is_offline() -> bool:
    """Tell whether ``FORETELL_OFFLINE`` forbids connections."""
    return os.environ.get(OFFLINE, "") not in ("", "0")


def _refuse_unfetchable(source: Source, packed: Path, offline: bool) -> None:
    if source.address is None:
        raise CannotFetch(
            f"'{source.name}' has no address to fetch it from ({source.accession})",
            f"{source.by_hand}; then put it at {packed}",
        )
    if offline:
        raise CannotFetch(
            f"{packed.name} of '{source.name}' is not in {packed.parent}, and offline nothing is "
            "fetched",
            f"get it from {source.address} and put it at {packed}, or fetch it once with a "
            f"connection (unset {OFFLINE})",
        )


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CannotFetch(
            f"cannot write to {folder} ({error.strerror})", f"name another folder, or set {CACHE}"
        ) from error


def _accept(path: Path, source: Source) -> None:
    """Check a file that is there; record its sum where that is its first time."""
    _record(path, source, check_sums(path, path.name, source))


def _record(path: Path, source: Source, sha256: str) -> None:
    if os.access(path.parent, os.W_OK):  # a shared folder may be read only
        is_download = path.name == source.download
        origin = source.address or "by hand" if is_download else f"unpacked from {source.download}"
        record_sum(path.parent, path.name, sha256, origin)


def _download(source: Source, packed: Path, progress: Progress | None) -> None:
    """Download next to the final name, check the sums there, then move into place."""
    arrived = packed.with_name(f"{packed.name}.arrived")
    download = Download(
        part=packed.with_name(f"{packed.name}.part"),
        place=packed,
        size=source.size,
        has_sum=bool(source.sha256 or source.md5),
        progress=progress,
    )
    download(source.address or "", str(arrived), None)
    sha256 = check_sums(arrived, packed.name, source, put_away=True)
    arrived.replace(packed)  # with force, an older one is there
    _record(packed, source, sha256)


class _Broken(Exception):
    """An attempt failed in a way that may pass."""

    def __init__(self, reason: str, wait: float = 0.0) -> None:
        super().__init__(reason)
        self.wait = wait


@dataclass
class Download:
    """Download over HTTP and go on where it stopped; a downloader as pooch takes them.

    Parameters
    ----------
    part : what has come so far; next to it ``<part>.json`` says where from. Otherwise beside the
        output.
    place : where a person would put the file, for error messages.
    size : bytes expected.
    has_sum : True where a sum will be checked, so that a version cannot change in between unseen.
    progress : called with (bytes done, bytes in all or None).
    """

    part: Path | None = None
    place: Path | None = None
    size: int | None = None
    has_sum: bool = False
    progress: Progress | None = None

    def __call__(self, url: str, output_file: str, pooch: Any = None) -> None:
        """Download `url` to `output_file`; attempts that bring something new cost nothing."""
        del pooch
        part = self.part or Path(f"{output_file}.part")
        failures = 0
        while True:
            before = _bytes_in(part)
            try:
                self._attempt(url, part)
                break
            except _Broken as broken:
                failures = 1 if _bytes_in(part) > before else failures + 1
                if failures > len(WAITS):
                    raise CannotFetch(f"{url}: {broken}", self._resume_later(part)) from broken
                time.sleep(max(WAITS[failures - 1], min(broken.wait, LONGEST_WAIT)))
        part.replace(output_file)
        _note_of(part).unlink(missing_ok=True)

    def _resume_later(self, part: Path) -> str:
        by_hand = f", or get it by hand and put it at {self.place}" if self.place else ""
        return (
            "check the connection and run the same again: it goes on after "
            f"{_bytes_in(part) / 1e6:.1f} MB{by_hand}"
        )

    def _attempt(self, url: str, part: Path) -> None:
        """Ask once for what is still missing, and write it."""
        import requests  # type: ignore[import-untyped]
        from urllib3.exceptions import HTTPError

        note = _read_note(part, url)
        have = _bytes_in(part) if note and (note["tag"] or self.has_sum) else 0
        headers = {"Accept-Encoding": "identity", "User-Agent": f"foretell/{__version__}"}
        if have:
            headers["Range"] = f"bytes={have}-"
            headers |= {"If-Range": note["tag"]} if note["tag"] else {}
        try:
            with requests.get(url, headers=headers, stream=True, timeout=TIMEOUTS) as response:
                self._receive(response, url, part, have)
        except (requests.ConnectionError, requests.Timeout, HTTPError) as error:
            raise _Broken(f"the connection failed ({_reason(error)})") from error
        except requests.RequestException as error:
            raise CannotFetch(f"{url} cannot be asked for ({error})", "correct it") from error
        except OSError as error:
            raise CannotFetch(
                f"{part} cannot be written ({error.strerror})",
                "free some space, or name another folder (--to, or FORETELL_CACHE)",
            ) from error

    def _receive(self, response: Any, url: str, part: Path, have: int) -> None:
        total = self._check_answer(response, url, part, have)
        if total == have and response.status_code == 416:
            return  # it was complete already
        resumed = response.status_code == 206
        done = have if resumed else 0
        check_room(part.parent, None if total is None else total - done, part.stem)
        if not resumed:
            _write_note(part, url, response.headers)
        with part.open("ab" if resumed else "wb") as file:
            self._tell(done, total)
            for block in response.raw.stream(BLOCK, decode_content=False):
                if done == 0 and _looks_like_page(block):
                    raise self._page(url)
                file.write(block)
                done += len(block)
                self._tell(done, total)
        if total is not None and done < total:
            raise _Broken(f"the connection ended after {done} of {total} bytes")
        self._check_size(url, done)

    def _check_answer(self, response: Any, url: str, part: Path, have: int) -> int | None:
        """Return the bytes in all, or refuse what is not the file."""
        status = response.status_code
        self._check_status(status, response, url)
        if url.startswith("https:") and not response.url.startswith("https:"):
            raise CannotFetch(f"{url} leads to an unsafe address", f"see {response.url} yourself")
        if status not in (206, 416) and "html" in response.headers.get("Content-Type", ""):
            raise self._page(url)
        if status == 200:
            length = response.headers.get("Content-Length")
            total = int(length) if length else None
        else:
            start, total = _range_of(response.headers.get("Content-Range", ""))
            if (status == 206 and start != have) or (status == 416 and total != have):
                part.unlink(missing_ok=True)
                raise _Broken("the server cannot go on where the download stopped")
        self._check_size(url, total)
        return total

    def _check_status(self, status: int, response: Any, url: str) -> None:
        if status in (200, 206, 416):
            return
        if status in TEMPORARY:
            wait = response.headers.get("Retry-After", "")
            raise _Broken(f"the server answered {status}", float(wait) if wait.isdigit() else 0.0)
        where = f" and put it at {self.place}" if self.place else ""
        if status in (401, 403):
            raise CannotFetch(
                f"{url} refuses ({status})",
                f"it wants a login, or no scripts: get it in a browser{where}",
            )
        raise CannotFetch(
            f"{url} is not there ({status})",
            f"its publisher moved it: look for its accession, or get it by hand{where}",
        )

    def _check_size(self, url: str, total: int | None) -> None:
        if None not in (total, self.size) and total != self.size:
            raise CannotFetch(
                f"{url} has {total} bytes, expected {self.size}",
                "its publisher changed it: compare, then correct size and sum in the source",
            )

    def _page(self, url: str) -> CannotFetch:
        where = f" and put it at {self.place}" if self.place else ""
        return CannotFetch(
            f"{url} answered with a web page instead of data",
            f"it may want a login or a click: get it in a browser{where}",
        )

    def _tell(self, done: int, total: int | None) -> None:
        if self.progress is not None:
            self.progress(done, total if total is not None else self.size)


def _bytes_in(part: Path) -> int:
    return part.stat().st_size if part.is_file() else 0


def _note_of(part: Path) -> Path:
    return part.with_name(f"{part.name}.json")


def _read_note(part: Path, url: str) -> dict[str, str]:
    """Return what is known of a part, if it comes from this address."""
    try:
        note: dict[str, str] = json.loads(_note_of(part).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return note if note.get("address") == url else {}


def _write_note(part: Path, url: str, headers: Any) -> None:
    """Note where a part comes from, and by what to know that it is still the same file."""
    tag = headers.get("ETag", "")
    tag = headers.get("Last-Modified", "") if not tag or tag.startswith("W/") else tag
    _note_of(part).write_text(json.dumps({"address": url, "tag": tag}), encoding="utf-8")


def _range_of(text: str) -> tuple[int | None, int | None]:
    """Read ``bytes 5-9/10`` or ``bytes */10`` as (start, total)."""
    span, _, total = text.removeprefix("bytes ").partition("/")
    start = span.partition("-")[0]
    return int(start) if start.isdigit() else None, int(total) if total.isdigit() else None


def _looks_like_page(block: bytes) -> bool:
    return block[:200].lstrip().lower().startswith((b"<!doctype html", b"<html"))


def _reason(error: Exception) -> str:
    """Return the innermost cause, which is the one that says something."""
    inner = error
    while inner.__cause__ is not None or inner.__context__ is not None:
        deeper = inner.__cause__ or inner.__context__
        if not isinstance(deeper, Exception):
            break
        inner = deeper
    return f"{type(inner).__name__}: {str(inner)[:120]}"
