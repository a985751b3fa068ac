"""Fixtures and reporting that every test shares."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

# Property tests draw the same examples on every run: a red test is a reason, never luck.
settings.register_profile("foretell", derandomize=True, deadline=None, max_examples=50)
settings.load_profile("foretell")

DATA_TEST = "foretell_data_test"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what uses a data file, and let its report say so."""
    for item in items:
        if "data_file" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.data)
        if item.get_closest_marker("data"):
            item.user_properties.append((DATA_TEST, True))


@pytest.fixture(scope="session")
def data_file() -> Callable[[str], Path]:
    """Find a real data file by its stem, or skip the test with a reason.

    FORETELL_DATA lists folders, separated like PATH; each is searched together with its direct
    subfolders. A name with a suffix (``x.h5ad``) has to match exactly.
    """

    def find(name: str) -> Path:
        folders = [Path(f) for f in os.environ.get("FORETELL_DATA", "").split(os.pathsep) if f]
        if not folders:
            pytest.skip(f"FORETELL_DATA is not set, wanted {name}")
        found = [path for path in _files_in(folders) if name in (path.stem, path.name)]
        if not found:
            pytest.skip(f"{name} is in no folder of FORETELL_DATA")
        if len({path.name for path in found}) > 1:
            pytest.fail(f"{name} is ambiguous: {sorted(path.name for path in found)}")
        return found[0]

    return find


def _files_in(folders: list[Path]) -> Iterator[Path]:
    for folder in folders:
        for pattern in ("*", "*/*"):
            yield from sorted(path for path in folder.glob(pattern) if path.is_file())


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many data tests ran, so that a green run cannot hide that none did."""
    outcomes: dict[str, set[str]] = {"skipped": set(), "ran": set()}
    for category in ("passed", "failed", "error", "skipped", "xfailed", "xpassed"):
        for report in terminalreporter.stats.get(category, ()):
            if (DATA_TEST, True) in map(tuple, getattr(report, "user_properties", ())):
                outcomes["skipped" if category == "skipped" else "ran"].add(report.nodeid)
    skipped = outcomes["skipped"] - outcomes["ran"]
    terminalreporter.write_line(f"data tests: {len(outcomes['ran'])} ran, {len(skipped)} skipped")
