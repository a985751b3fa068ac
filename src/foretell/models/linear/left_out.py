"""Left out: what a linear fit says of a row that it did not see, from the fit of all rows."""

from __future__ import annotations

import numpy as np

__all__ = ["left_out_mean", "left_out_part"]

LEVERAGE_TOLERANCE = 1e-10


def left_out_mean(S: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """Return (n, g) means of all other rows."""
    w = np.ones(len(S)) if weights is None else np.asarray(weights, dtype=float)
    rest: np.ndarray = (w @ S - w[:, None] * S) / (w.sum() - w)[:, None]
    return rest


def left_out_part(F: np.ndarray, S: np.ndarray) -> np.ndarray:
    r"""Return (n, g) left-out predictions, without the centre, of a centred linear smoother.

    .. math:: z_i = \frac{(F S_c)_i - F_{ii} s_i + s_i (\tau_i - F_{ii}) / (n - 1)}{1 - F_{ii}}

    F (n, n) = V (V'V + penalty)^-1 V' with V not centred; S_c = S minus its column means, s_i
    its rows; tau = F 1. Leaving row i out refits the mean too. NaN where a row decides alone.
    """
    n, h = len(S), np.diag(F)
    Sc = S - S.mean(axis=0)
    moved = F @ Sc - h[:, None] * Sc + Sc * ((F.sum(axis=1) - h) / (n - 1))[:, None]
    slack = 1.0 - h
    usable = slack > LEVERAGE_TOLERANCE
    part = moved / np.where(usable, slack, 1.0)[:, None]
    return np.where(usable[:, None], part, np.nan)
