"""Ridge regression of many targets with exact leave-one-out errors from one decomposition."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["RidgeFit", "loo_ridge"]

Floats = NDArray[np.float64]

LEVERAGE_TOLERANCE = 1e-10  # a row with 1 - h below this determines its own fit
BLOCK_VALUES = 2**23  # targets are read in blocks of about this many values (64 MB)


@dataclass(frozen=True, eq=False)
class RidgeFit:
    """A ridge regression at the penalty with the smallest leave-one-out error.

    Parameters
    ----------
    coef : (d, g) coefficients.
    intercept : (g,) prediction at X = 0; 0 if not centred.
    penalty : the chosen penalty, or (g,) one for each target.
    loo_error : (n_penalties,) mean squared leave-one-out error over rows and targets, or
        (n_penalties, g) over rows; in squared units of Y. `inf` where leaving a row out
        leaves nothing to predict it from although another penalty would.
    x_mean : (d,) mean of X; 0 if not centred.
    skipped : (n_penalties,) rows of leverage 1 at each penalty.
    """

    coef: Floats
    intercept: Floats
    penalty: float | Floats
    loo_error: Floats
    x_mean: Floats
    skipped: NDArray[np.int64]

    def predict(self, X: ArrayLike) -> Floats:
        """Predict (m, g) targets from (m, d) features."""
        prediction: Floats = np.asarray(X, dtype=np.float64) @ self.coef + self.intercept
        return prediction


def loo_ridge(
    X: ArrayLike,
    Y: ArrayLike,
    penalties: ArrayLike,
    *,
    per_target: bool = False,
    center: bool = True,
    weights: ArrayLike | None = None,
    per_target_dtype: type[np.floating] = np.float32,
) -> RidgeFit:
    """Fit ridge regressions and choose the penalty by exact leave-one-row-out.

    Minimises sum_i w_i |y_i - b0 - x_i B|^2 + a |B|^2 over B (d, g) and, if centred, the
    unpenalised b0 (g,). With U s V' the decomposition of the centred and weighted X, and
    1 - d = a / (s^2 + a), leaving row i out changes its residual r_i to r_i / (1 - h_i), where
    h = w / sum(w) + U^2 d. The centre and the weights of the remaining rows are refitted too.

    Good for any shape (features may outnumber rows). The error speaks for new rows that are
    as independent of the others as the given rows are of each other: duplicates flatter it.

    Parameters
    ----------
    X : (n, d) finite features.
    Y : (n, g) finite targets; read in blocks, so it may be float32.
    penalties : (n_penalties,) values a >= 0, in squared units of X (times those of `weights`).
    per_target : choose a penalty for each target instead of one for all.
    center : fit an intercept.
    weights : (n,) weights >= 0 of the rows, in the fit and in the mean of the errors.
    per_target_dtype : precision of the errors per target; float64 doubles their time.

    Returns
    -------
    RidgeFit
        The error is averaged over rows whose leverage is below 1 at some penalty. With no
        such row every error is `inf` and the largest penalty is chosen.

    Raises
    ------
    ValueError
        If shapes do not fit, a value is not finite, or a penalty or weight is negative.

    Notes
    -----
    Cost, r = min(n, d): O(n d r) for the decomposition, O(n r g) for the targets, then
    O(n r^2) per penalty for a shared penalty (the targets enter only through the (r, r) matrix
    C C', C = U'Y) but O(n r g) per penalty with `per_target`. Memory beyond the input and the
    coefficients: O(r g + n^2).
    With d > n / 2 and n > 512 the decomposition is that of X X', unless a penalty is so small
    that squaring the singular values would cost digits.

    Source: allen1974; shared decomposition golub1979.

    >>> X, Y = np.eye(3), np.array([[0.0], [1.0], [5.0]])
    >>> fit = loo_ridge(X, Y, [0.1, 1e6])
    >>> fit.loo_error.round(2), fit.intercept.round(2)
    (array([10.5, 10.5]), array([2.]))
    """
    X, Y, a, w = _checked(X, Y, penalties, weights)
    share = w / w.sum()
    x_mean = share @ X if center else np.zeros(X.shape[1])
    root = np.sqrt(w)
    basis = _decompose(root[:, None] * (X - x_mean), root if center else None, float(a.min()))
    rows = _leave_out(basis, share if center else np.zeros_like(share), a)
    targets = _Targets(Y, root, share, basis, center)
    if per_target:
        error = _errors_per_target(targets, basis, rows, np.dtype(per_target_dtype))
    else:
        error = _errors_shared(targets, basis, rows) / max(Y.shape[1], 1)
    mass = float(w[rows.usable].sum())
    error = np.where(rows.certain.any(axis=1) | (mass == 0.0), np.inf, error.T / (mass or 1.0)).T
    best = _choose(a, error)
    coef = basis.solve(targets.C, best)
    return RidgeFit(
        coef=coef,
        intercept=targets.mean - x_mean @ coef,
        penalty=best if per_target else float(best),
        loo_error=error,
        x_mean=x_mean,
        skipped=rows.skipped,
    )


@dataclass(frozen=True, eq=False)
class _Basis:
    """Orthonormal U (n, r) of the rows' space, s2 (r,) >= 0 falling, X'U (d, rank)."""

    U: Floats
    s2: Floats
    XtU: Floats
    is_complete: bool  # U spans all that centring leaves, so U U'Y = Y

    def solve(self, C: Floats, penalty: Floats) -> Floats:
        """Return the (d, g) coefficients X'U C / (s^2 + a); overwrites C = U'Y (r, g)."""
        rank = self.XtU.shape[1]
        C[:rank] /= self.s2[:rank, None] + penalty
        coef: Floats = self.XtU @ C[:rank]
        return coef


@dataclass(frozen=True, eq=False)
class _Rows:
    """What leaving a row out does at each penalty."""

    shrink: Floats  # (n_penalties, r): 1 - d
    inverse: Floats  # (n_penalties, n): 1 / (1 - h); 0 for rows that are not counted
    certain: NDArray[np.bool_]  # (n_penalties, n): leverage 1 here, but not at every penalty
    usable: NDArray[np.bool_]  # (n,): leverage below 1 at some penalty
    skipped: NDArray[np.int64]  # (n_penalties,)


class _Targets:
    """Y in blocks of targets; filled while they are read: C = U'Y (r, g) and the means (g,)."""

    def __init__(
        self, Y: NDArray[Any], root: Floats, share: Floats, basis: _Basis, center: bool
    ) -> None:
        self.Y, self.root, self.share, self.basis, self.center = Y, root, share, basis, center
        self.C = np.empty((basis.U.shape[1], Y.shape[1]))
        self.mean = np.zeros(Y.shape[1])

    def blocks(self) -> Iterator[tuple[slice, Floats, Floats | None]]:
        """Yield (columns, their C, the part (n, .) of Y outside of U, None if complete)."""
        n, g = self.Y.shape
        width = max(1, BLOCK_VALUES // n)
        for start in range(0, g, width):
            at = slice(start, start + width)
            Y = self.Y[:, at].astype(np.float64)
            if not np.isfinite(Y).all():
                raise ValueError("Y holds values that are not finite")
            if self.center:
                self.mean[at] = self.share @ Y
                Y -= self.mean[at]
            Y *= self.root[:, None]
            C = self.basis.U.T @ Y
            self.C[:, at] = C
            yield at, C, None if self.basis.is_complete else Y - self.basis.U @ C


def _checked(
    X: ArrayLike, Y: ArrayLike, penalties: ArrayLike, weights: ArrayLike | None
) -> tuple[Floats, NDArray[Any], Floats, Floats]:
    X, Y = np.asarray(X, dtype=np.float64), np.asarray(Y)
    a = np.atleast_1d(np.asarray(penalties, dtype=np.float64))
    if X.ndim != 2 or Y.ndim != 2 or X.shape[0] != Y.shape[0] or not X.shape[0]:
        raise ValueError(f"X (n, d) and Y (n, g) share n >= 1 rows, not {X.shape} and {Y.shape}")
    w = np.ones(X.shape[0]) if weights is None else np.asarray(weights, dtype=np.float64)
    if w.shape != X.shape[:1] or not np.isfinite(w).all() or w.min() < 0 or w.sum() == 0:
        raise ValueError("weights must be (n,), finite, >= 0 and not all 0")
    if a.ndim != 1 or not a.size or not np.isfinite(a).all() or a.min() < 0:
        raise ValueError("penalties must be (n_penalties,), at least one, finite and >= 0")
    if not np.isfinite(X).all():
        raise ValueError("X holds values that are not finite")
    return X, Y, a, w


def _decompose(X: Floats, root: Floats | None, smallest: float) -> _Basis:
    """Return the left singular basis of the weighted, centred X (n, d).

    A reflection takes the direction of the mean, `root`, to the first row, which is dropped:
    the rest is a plain problem of n - 1 rows, so no leverage is a difference of large numbers.
    """
    if root is None:
        U, s2, XtU = _left_basis(X, smallest)
        return _Basis(U, s2, XtU, is_complete=U.shape[0] == U.shape[1])
    v = root / np.linalg.norm(root)
    v[0] += np.copysign(1.0, v[0])  # of the two reflections the one without cancellation
    U, s2, XtU = _left_basis(_reflect(X, v)[1:], smallest)
    padded = np.vstack([np.zeros((1, U.shape[1])), U])
    return _Basis(_reflect(padded, v), s2, XtU, is_complete=U.shape[0] == U.shape[1])


def _reflect(M: Floats, v: Floats) -> Floats:
    """Apply the Householder reflection I - 2 v v' / v'v to the columns of M (n, m)."""
    reflected: Floats = M - np.outer(v, (2.0 / (v @ v)) * (v @ M))
    return reflected


def _left_basis(X: Floats, smallest: float) -> tuple[Floats, Floats, Floats]:
    """Return U (n, r), s2 (r,), X'U (d, rank): r = d where d is small, else n."""
    n, d = X.shape
    if 0 in X.shape:
        full = np.eye(n) if 2 * d > n else np.zeros((n, 0))
        return full, np.zeros(full.shape[1]), np.zeros((d, 0))
    if 2 * d > n > 512 and smallest > 1e-10 * float(np.vdot(X, X)):
        # squared singular values are exact enough for these penalties, and three times faster
        falling, U = np.linalg.eigh(X @ X.T)
        s2, U = falling[::-1].copy(), np.ascontiguousarray(U[:, ::-1])
        rank = int(np.count_nonzero(s2 > s2[0] * max(n, d) * np.finfo(float).eps))
        XtU = X.T @ U[:, :rank]
    else:
        U, s, Vt = np.linalg.svd(X, full_matrices=n > d > n / 2)
        rank = int(np.count_nonzero(s > s[0] * max(n, d) * np.finfo(float).eps))
        s2 = np.zeros(U.shape[1])
        s2[: s.size] = s**2
        XtU = Vt[:rank].T * s[:rank]
    s2[rank:] = 0.0
    return U, s2, XtU


def _leave_out(basis: _Basis, mean_leverage: Floats, a: Floats) -> _Rows:
    total = basis.s2 + a[:, None]
    shrink = np.divide(a[:, None], total, out=np.ones_like(total), where=total > 0)
    U2 = basis.U**2
    outside = 0.0 if basis.is_complete else np.maximum(1.0 - mean_leverage - U2.sum(axis=1), 0.0)
    slack = outside + shrink @ U2.T  # 1 - h, without cancellation
    certain = slack < LEVERAGE_TOLERANCE
    usable = np.logical_not(certain.all(axis=0))
    inverse = np.divide(1.0, slack, out=np.zeros_like(slack), where=usable & ~certain)
    return _Rows(shrink, inverse, certain & usable, usable, certain.sum(axis=1))


def _choose(a: Floats, error: Floats) -> Floats:
    """Return the penalty of the smallest error, the largest one where errors tie to rounding."""
    falling = np.argsort(-a, kind="stable")
    is_best = error[falling] <= error.min(axis=0) * (1.0 + 1e-12)
    return np.asarray(a[falling[np.argmax(is_best, axis=0)]])


def _errors_shared(targets: _Targets, basis: _Basis, rows: _Rows) -> Floats:
    """Return the (n_penalties,) sum over rows and targets of squared leave-one-out residuals.

    With A = (1 - d) U / (1 - h) row by row and P = Y - U C the residuals are A C + P / (1 - h);
    their squares need C and P only through C C', P C' and the row sums of P^2.
    """
    n, r = basis.U.shape
    G, N, p2 = np.zeros((r, r)), np.zeros((n, r)), np.zeros(n)
    for _, C, P in targets.blocks():
        G += C @ C.T
        if P is not None:
            N += P @ C.T
            p2 += np.einsum("ij,ij->i", P, P)
    error, A = np.empty(len(rows.shrink)), np.empty((n, r))
    for i, (shrink, inverse) in enumerate(zip(rows.shrink, rows.inverse, strict=True)):
        np.multiply(basis.U, shrink, out=A)
        A *= inverse[:, None]
        error[i] = np.vdot(G, A.T @ A)
        if not basis.is_complete:
            error[i] += 2 * np.einsum("ij,ij,i", A, N, inverse) + p2 @ inverse**2
    return error


def _errors_per_target(
    targets: _Targets, basis: _Basis, rows: _Rows, dtype: np.dtype[Any]
) -> Floats:
    """Return the (n_penalties, g) sum over rows of squared leave-one-out residuals."""
    error = np.empty((len(rows.shrink), targets.C.shape[1]))
    U = basis.U.astype(dtype)
    shrinks, inverses = rows.shrink.astype(dtype), rows.inverse.astype(dtype)
    A = np.empty_like(U)
    for at, C, P in targets.blocks():
        C, P = C.astype(dtype), None if P is None else P.astype(dtype)
        for i, (shrink, inverse) in enumerate(zip(shrinks, inverses, strict=True)):
            np.multiply(U, shrink, out=A)
            A *= inverse[:, None]
            E = A @ C
            if P is not None:
                E += P * inverse[:, None]
            error[i, at] = np.square(E, out=E).sum(axis=0, dtype=np.float64)
    return error
