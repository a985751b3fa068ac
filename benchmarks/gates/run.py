"""Run the gates: simulation studies of what the statistics promise.

    python benchmarks/gates/run.py [--only NAME] [--quick] [--json FILE]

A gate is a file beside this one with `NAME`, `TARGET`, `study(quick)` -> rows and `passed(rows)`.
A file without `study` is run as a script of its own; its exit status is its verdict.
"""

from __future__ import annotations

import argparse
import importlib
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))
NO_GATES = {"run", "bench_path"}


def table(rows: list[dict[str, Any]]) -> str:
    """Lay rows out; columns in the order of their first appearance."""
    keys = list(dict.fromkeys(key for row in rows for key in row))
    cells = [keys, *[[str(row.get(key, "")) for key in keys] for row in rows]]
    widths = [max(len(line[i]) for line in cells) for i in range(len(keys))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in cells
    )


def run(name: str, quick: bool) -> dict[str, Any]:
    """Run one gate and print what it found."""
    start = time.perf_counter()
    text = (HERE / f"{name}.py").read_text(encoding="utf-8")
    if "def study(" not in text:
        done = subprocess.run([sys.executable, str(HERE / f"{name}.py")], check=False)
        return {"gate": name, "passed": done.returncode == 0}
    gate = importlib.import_module(name)
    rows = gate.study(quick)
    verdict = bool(gate.passed(rows))
    seconds = round(time.perf_counter() - start, 1)
    print(f"\n{gate.NAME}: {'passed' if verdict else 'MISSED'}  ({seconds} s)")
    print(f"target: {gate.TARGET}\n{table(rows)}", flush=True)
    return {"gate": gate.NAME, "target": gate.TARGET, "passed": verdict, "rows": rows}


def main() -> None:
    """Read the options and run; the exit status is the number of gates that were missed."""
    parser = argparse.ArgumentParser(description="Simulation studies behind the statistics.")
    parser.add_argument("--only", default="")
    parser.add_argument("--quick", action="store_true", help="few repeats: shows that it runs")
    parser.add_argument("--json", type=Path, default=None)
    options = parser.parse_args()
    names = sorted(file.stem for file in HERE.glob("*.py") if file.stem not in NO_GATES)
    found = [run(name, options.quick) for name in names if options.only in name]
    if options.json is not None:
        options.json.write_text(json.dumps(found, indent=1), encoding="utf-8")
    sys.exit(sum(not record["passed"] for record in found))


if __name__ == "__main__":
    main()
