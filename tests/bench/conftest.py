"""Let tests and the processes they start import `troubled`, which stands beside this file."""

from __future__ import annotations

import sys
from pathlib import Path

HERE = str(Path(__file__).parent)
if HERE not in sys.path:
    sys.path.append(HERE)  # processes are started with the same path
