"""Warm: what every task needs, loaded once in the process that tasks are forked from.

Importing this module loads the compiled loop of `GroupMoments`; a task that did so itself would
spend a third of a second on it.
"""

from __future__ import annotations

import anndata  # noqa: F401 - for its effect on this process
import numpy as np
import pandas as pd  # noqa: F401
import threadpoolctl  # type: ignore[import-untyped]  # noqa: F401

import foretell.bench.worker  # noqa: F401
from foretell.core.moments import GroupMoments

__all__: list[str] = []

GroupMoments(1, 1).add(np.ones((1, 1)), np.zeros(1, dtype=np.int64))
