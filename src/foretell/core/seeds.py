"""A seed from named axes; there is no global generator."""

from __future__ import annotations

import hashlib
import json

import numpy as np

__all__ = ["rng_for", "seed_for"]


def seed_for(**axes: object) -> int:
    """Hash named axes (dataset, split, model, repeat, ...) into a seed below 2**63.

    The order of the axes does not matter, their names do.

    >>> seed_for(dataset="a", repeat=1) == seed_for(repeat=1, dataset="a")
    True
    """
    text = json.dumps({name: str(value) for name, value in axes.items()}, sort_keys=True)
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1


def rng_for(**axes: object) -> np.random.Generator:
    """Return an independent generator for named axes."""
    return np.random.default_rng(seed_for(**axes))
