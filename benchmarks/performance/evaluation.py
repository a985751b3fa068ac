"""The comparisons of the evaluation engine with its peers, in one table.

    python benchmarks/performance/evaluation.py [--peers] [--repeats N] [--only NAME] [--size SHARE]

Every row is a ``compare_*.py`` beside this file, run as ``run.py`` runs it: both sides in turn,
each in a process of its own, peers in environments of their own. A row whose peer is absent says
why. ``--size`` scales the streamed screen of a million cells down, for example ``--size 0.1``.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

from run import run, table  # noqa: E402 - the folder of this script must be on the path first

ROWS = (
    "rank_sum_vs_illico",
    "rank_sum_vs_pdex",
    "rank_sum_vs_scanpy",
    "edistance_vs_pertpy",
    "etest_vs_pertpy",
    "score_vs_cell_eval_vcc",
    "score_vs_scperteval",
    "calibrate_vs_scperteval",
    "bootstrap_2000x30x10",
    "conformal_vs_mapie",
    "stream_1m_cells",
)


def modules() -> dict[str, str]:
    """Return the file of every row, by the name that the file gives itself."""
    found = {}
    for file in HERE.glob("compare_*.py"):
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "NAME":
                found[ast.literal_eval(node.value)] = file.stem
    return found


def main() -> None:
    """Read the options and run."""
    parser = argparse.ArgumentParser(description="Compare the evaluation engine with its peers.")
    parser.add_argument("--peers", action="store_true")
    parser.add_argument("--only", default="")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--size", default="1")
    parser.add_argument(
        "--folder", type=Path, default=Path(tempfile.gettempdir()) / "foretell-perf"
    )
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    os.environ["FORETELL_STREAM_SIZE"] = options.size
    files, records = modules(), []
    for name in (row for row in ROWS if options.only in row):
        if name not in files:
            records.append({"name": name, "ours_reason": "no file of this folder has this name"})
            continue
        records.append(run(files[name], options.folder, options.repeats, options.peers))
        print(json.dumps(records[-1]), flush=True)
    print(table(records))


if __name__ == "__main__":
    main()
