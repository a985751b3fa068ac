"""Disk full: one message with path and way out, and what was there before stays."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
from pathlib import Path

import pytest
from outside import N_RUNS, finished, run_outside, same_tables


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 3 MB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(disk)]
    if os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("only root can mount a small disk")
    if subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("this machine does not allow a small disk to be mounted")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def check_refusal(code: int, err: str, place: Path) -> None:
    message = [line for line in err.splitlines() if line.startswith("foretell:")]
    assert code == 1, err
    assert len(message) == 1
    assert f"cannot write {place}" in message[0] or f"cannot lock in {place}" in message[0]
    assert "  -> " in err
    assert "place" in err
    assert "Traceback" not in err


@pytest.mark.parametrize("free_kb", [pytest.param(40, marks=pytest.mark.slow), 200])
def test_a_full_disk_ends_the_study_and_space_lets_it_go_on(reference, small_disk, free_kb):
    study, undisturbed, _ = reference
    out, filler = small_disk / "out", small_disk / "filler"
    filler.write_bytes(bytes((3 * 1024 - free_kb) * 1024 - 4096))
    code, _, err = run_outside(study, out)
    if code == 0:
        pytest.fail("the study was not stopped: give it less space")
    check_refusal(code, err, small_disk)
    kept = finished(out)
    filler.unlink()
    code, _, err = run_outside(study, out)
    assert code == 0, err
    assert f"runs: {len(kept)} of {N_RUNS} were there already" in err
    same_tables(out, undisturbed)


@pytest.mark.parametrize("largest", [2500, pytest.param(20_000, marks=pytest.mark.slow)])
def test_a_limit_on_file_size_is_a_full_disk_without_root(reference, tmp_path, largest):
    study, undisturbed, _ = reference
    out = tmp_path / "out"

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest, largest))

    code, _, err = run_outside(study, out, preexec_fn=limit)
    check_refusal(code, err, out)
    kept = finished(out)
    code, _, err = run_outside(study, out)
    assert code == 0, err
    assert f"runs: {len(kept)} of {N_RUNS} were there already" in err
    same_tables(out, undisturbed)


def test_results_of_an_earlier_run_survive_a_full_disk(reference, tmp_path):
    study, undisturbed, _ = reference
    out = tmp_path / "out"
    shutil.copytree(undisturbed, out)
    (out / "log.jsonl").unlink()
    study_again = tmp_path / "tiny.toml"
    study_again.write_text(study.read_text().replace('"mse"]', '"mse", "mae"]'))

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (3000, 3000))

    code, _, err = run_outside(study_again, out, preexec_fn=limit)
    check_refusal(code, err, out)
    same_tables(out, undisturbed)


def test_a_place_that_cannot_be_made_is_named(reference, tmp_path):
    study, *_ = reference
    (tmp_path / "file").write_text("in the way")
    code, _, err = run_outside(study, tmp_path / "file" / "out")
    check_refusal(code, err, tmp_path / "file")
