"""Run the comparisons: one JSON line each, then a table.

    python benchmarks/performance/run.py [--peers] [--only NAME] [--repeats N]

With ``--peers``, peers that are not dependencies of Foretell are installed into environments of
their own below the work folder; without it, or where one does not install, they are a line with
the reason. Run nothing else meanwhile.
"""

from __future__ import annotations

import argparse
import importlib
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

from measure import compare  # noqa: E402 - the folder of this script must be on the path first


def peer_python(requirements: tuple[str, ...], folder: Path, version: str) -> tuple[str, str]:
    """Make the environment of a peer; returns its interpreter, or a reason."""
    home = folder / ("env-" + "-".join(requirements).replace("==", "-"))
    python = home / "bin" / "python"
    if not python.is_file():
        interpreter = shutil.which(f"python{version}") if version else sys.executable
        if interpreter is None:
            return "", f"needs Python {version}, and there is no python{version} on the path"
        done = subprocess.run([interpreter, "-m", "venv", str(home)], check=False)
        if done.returncode != 0:
            return "", f"{interpreter} makes no environment"
        command = [str(python), "-m", "pip", "install", "--quiet", *requirements]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            return "", f"did not install: {done.stderr.strip().splitlines()[-1]}"
    return str(python), ""


def run(name: str, folder: Path, repeats: int, with_peers: bool) -> dict[str, Any]:
    """Run one comparison."""
    module = importlib.import_module(name)
    requirements = getattr(module, "PEER_REQUIREMENTS", ())
    if not requirements:
        return compare(name, folder, repeats)
    if not with_peers:
        return {"name": module.NAME, "peer": module.PEER, "peer_reason": "run with --peers"}
    version = getattr(module, "PEER_PYTHON", "")
    python, reason = peer_python(requirements, folder, version)
    if reason:
        return {"name": module.NAME, "peer": module.PEER, "peer_reason": reason}
    return compare(name, folder, repeats, python)


def table(records: list[dict[str, Any]]) -> str:
    """Lay the records out."""
    keys = ("name", "ours_s", "peer_s", "ratio", "ours_cpu_s", "peer_cpu_s", "ours_mb", "peer_mb")
    rows = [list(keys), *[[str(record.get(key, "-")) for key in keys] for record in records]]
    widths = [max(len(row[i]) for row in rows) for i in range(len(keys))]
    lines = ["  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)) for row in rows]
    for record in records:
        reason = record.get("ours_reason") or record.get("peer_reason")
        if reason:
            lines.append(f"{record['name']}: {reason}")
    return "\n".join(lines)


def main() -> None:
    """Read the options and run."""
    parser = argparse.ArgumentParser(description="Compare Foretell with its peers.")
    parser.add_argument("--peers", action="store_true")
    parser.add_argument("--only", default="")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument(
        "--folder", type=Path, default=Path(tempfile.gettempdir()) / "foretell-perf"
    )
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    names = sorted(file.stem for file in HERE.glob("compare_*.py"))
    records = []
    for name in names:
        if options.only in name:
            records.append(run(name, options.folder, options.repeats, options.peers))
            print(json.dumps(records[-1]), flush=True)
    print(table(records))


if __name__ == "__main__":
    main()
