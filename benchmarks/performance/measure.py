"""Measure: run one side of a comparison in a process of its own, several times, in turn.

Every comparison is a module with `NAME`, `WORK`, `PEER`, `prepare(folder)`, and `ours(folder)` and
`peer(folder)`: generators whose part before the first `yield` is set-up, and whose part after it is
timed. They yield the version of what they run; a second `yield` may give ``{"mb": ...}`` where the
work is done by other processes.
"""

from __future__ import annotations

import importlib
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


def run_side(module: str, side: str, folder: Path, python: str = sys.executable) -> dict[str, Any]:
    """Run one side once in a fresh process; wall and CPU seconds, peak memory, or the reason."""
    command = [python, str(Path(__file__)), module, side, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        lines = done.stderr.strip().splitlines()
        return {"reason": lines[-1] if lines else f"exit code {done.returncode}"}
    return dict(json.loads(done.stdout.strip().splitlines()[-1]))


def compare(
    module: str, folder: Path, repeats: int, python: str = sys.executable
) -> dict[str, Any]:
    """Run both sides in turn and return the medians as one record."""
    loaded = importlib.import_module(module)
    loaded.prepare(folder)
    ours, peer = [], []
    for _ in range(repeats):
        ours.append(run_side(module, "ours", folder))
        if hasattr(loaded, "peer"):
            peer.append(run_side(module, "peer", folder, python))
    record = {"name": loaded.NAME, "work": loaded.WORK, "peer": loaded.PEER, "repeats": repeats}
    record["load_before"] = round(os.getloadavg()[0], 2)
    for name, runs in (("ours", ours), ("peer", peer)):
        reasons = [run["reason"] for run in runs if "reason" in run]
        if reasons:
            record[f"{name}_reason"] = reasons[0]
            continue
        for key in ("s", "cpu_s", "mb"):
            values = [run[key] for run in runs]
            record[f"{name}_{key}"] = round(statistics.median(values), 3) if values else None
        if name == "peer" and runs:
            record["peer_version"] = runs[0]["version"]
    if record.get("ours_s") and record.get("peer_s"):
        record["ratio"] = round(record["peer_s"] / record["ours_s"], 2)
        record["cpu_ratio"] = round(record["peer_cpu_s"] / max(record["ours_cpu_s"], 1e-3), 2)
    return record


def main() -> None:
    """Run one side: ``measure.py MODULE SIDE FOLDER``."""
    module, side, folder = sys.argv[1:4]
    sys.path.insert(0, str(HERE))
    loaded = importlib.import_module(module)
    steps = getattr(loaded, side)(Path(folder))
    version = next(steps)
    start, cpu = time.perf_counter(), time.process_time()
    known = next(steps, None) or {}
    seconds, cpu_seconds = time.perf_counter() - start, time.process_time() - cpu
    record = {"s": seconds, "cpu_s": cpu_seconds, "mb": peak_mb(), "version": version} | known
    print(json.dumps(record))


def peak_mb() -> float:
    """Peak resident memory of this process alone; what it was started from does not count."""
    status = Path("/proc/self/status")
    if not status.is_file():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    line = next(row for row in status.read_text().splitlines() if row.startswith("VmHWM"))
    return int(line.split()[1]) / 2**10


if __name__ == "__main__":
    main()
