"""Independent random streams, one per named part of a simulated screen."""

from __future__ import annotations

import zlib

import numpy as np

__all__ = ["stream"]


def stream(seed: int, *names: str | int) -> np.random.Generator:
    """Return the random generator that belongs to one named part of a screen.

    Parts draw from separate children of the same seed sequence. So a change in one part (the
    number of cells, say) leaves every other part (the network, say) bit for bit as it was.

    Parameters
    ----------
    seed
        Seed of the screen, 0 or more.
    names
        Path of the part, such as `("cells", context, target)`; integers below 2**32.

    Returns
    -------
    numpy.random.Generator
        A fresh generator: equal arguments give equal draws.

    Examples
    --------
    >>> bool(stream(1, "network").random() == stream(1, "network").random())
    True
    >>> bool(stream(1, "network").random() == stream(1, "cells").random())
    False
    """
    key = tuple(zlib.crc32(name.encode()) if isinstance(name, str) else name for name in names)
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=key))
