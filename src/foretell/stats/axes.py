"""Axes: leading principal axes of observations that are read in blocks."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["principal_axes", "principal_scores", "random_start"]

Floats = NDArray[np.float64]
Blocks = Callable[[], Iterable[tuple[Any, slice]]]

OVERSAMPLED = 10  # directions that are followed beside those that are kept


def principal_scores(
    blocks: Blocks, mean: Floats, start: Floats, n_obs: int, rank: int, passes: int = 3
) -> NDArray[np.float32]:
    """Project observations on their leading principal axes, in a few passes over blocks.

    Subspace iteration: W <- orth((X - mean)' (X - mean) W), from a random start with a few more
    columns than are kept, so that sparse blocks stay sparse and memory is bounded. With no more
    genes than axes the centred values themselves are returned. Good where the spectrum falls off;
    where it is flat, the space found is one of many that are as good.

    Parameters
    ----------
    blocks : called once per pass; yields (n, g) blocks, dense or CSR, and where their rows stand.
    mean : (g,) mean over all observations.
    start : (g, k) random start, k > `rank`; see `random_start`.
    n_obs : observations in all.
    rank : axes to keep, >= 1.
    passes : iterations; one more pass projects.

    Returns
    -------
    (n_obs, min(rank, g)) scores, centred.

    Notes
    -----
    Cost: O(passes stored values k). Source: halko2011.

    >>> X = np.random.default_rng(0).normal(size=(50, 20)) @ np.diag(0.7 ** np.arange(20))
    >>> start = np.random.default_rng(1).normal(size=(20, 15))
    >>> E = principal_scores(lambda: [(X, slice(0, 50))], X.mean(axis=0), start, 50, 5)
    >>> s = np.linalg.svd(X - X.mean(axis=0), compute_uv=False)
    >>> bool((E**2).sum() > 0.999 * (s[:5] ** 2).sum())
    True
    """
    g = len(mean)
    W = _subspace(blocks, mean, start, rank, passes)
    scores = np.zeros((n_obs, W.shape[1]), dtype=np.float32)
    for X, where in blocks():
        scores[where] = np.asarray(X @ W) - mean @ W
    if g <= rank:
        return scores
    gram = np.asarray(scores.T @ scores, dtype=np.float64)
    rotated: NDArray[np.float32] = scores @ _rotation(gram, rank).astype(np.float32)
    return rotated


def principal_axes(
    blocks: Blocks, mean: Floats, start: Floats, rank: int, passes: int = 3
) -> Floats:
    """Return the leading principal axes themselves, on which other observations can be projected.

    As `principal_scores`; `(X - mean) @ W` are the scores of X.

    Returns
    -------
    (g, min(rank, g)) orthonormal columns W, leading first.

    Notes
    -----
    Cost: O(passes stored values k). Source: halko2011.

    >>> X = np.random.default_rng(0).normal(size=(50, 20)) @ np.diag(0.7 ** np.arange(20))
    >>> start = np.random.default_rng(1).normal(size=(20, 15))
    >>> W = principal_axes(lambda: [(X, slice(0, 50))], X.mean(axis=0), start, 5)
    >>> V = np.linalg.svd(X - X.mean(axis=0))[2][:5]
    >>> bool(np.abs((V @ W) ** 2 - np.eye(5)).max() < 1e-2)
    True
    """
    W = _subspace(blocks, mean, start, rank, passes)
    if len(mean) <= rank:
        return W
    gram = np.zeros((W.shape[1], W.shape[1]))
    for X, _ in blocks():
        Z = np.asarray(X @ W) - mean @ W
        gram += Z.T @ Z
    rotated: Floats = W @ _rotation(gram, rank)
    return rotated


def _subspace(blocks: Blocks, mean: Floats, start: Floats, rank: int, passes: int) -> Floats:
    """Return an orthonormal basis (g, k) near the span of the leading axes."""
    g = len(mean)
    if g <= rank:
        return np.eye(g)
    W: Floats = np.linalg.qr(start[:, : min(start.shape[1], g)])[0]
    for _ in range(passes):
        image = np.zeros_like(W)
        for X, _ in blocks():
            Z = np.asarray(X @ W) - mean @ W
            image += np.asarray(X.T @ Z) - np.outer(mean, Z.sum(axis=0))
        W = np.linalg.qr(image)[0]
    return W


def _rotation(gram: Floats, rank: int) -> Floats:
    """Return (k, rank) columns that turn a basis to its principal axes, signs fixed."""
    _, V = np.linalg.eigh(gram)
    V = V[:, ::-1][:, :rank]
    turned: Floats = V * np.where(V[np.abs(V).argmax(axis=0), np.arange(V.shape[1])] < 0, -1.0, 1.0)
    return turned


def random_start(names: NDArray[Any], rank: int, rng: np.random.Generator) -> Floats:
    """Draw the start of the iteration by name, so that the order of the genes does not matter.

    Parameters
    ----------
    names : (g,) names of the genes.
    rank : axes that will be kept.
    """
    drawn = rng.standard_normal((len(names), rank + OVERSAMPLED))
    place = np.empty(len(names), dtype=np.int64)
    place[np.argsort(names, kind="stable")] = np.arange(len(names))
    found: Floats = drawn[place]
    return found
