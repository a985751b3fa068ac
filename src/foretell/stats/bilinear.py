"""Bilinear regression between two embeddings with exact leave-one-condition-out errors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["BilinearFit", "loo_bilinear"]

Floats = NDArray[np.float64]

LEVERAGE_TOLERANCE = 1e-10  # a condition with 1 - eta below this determines its own fit
BLOCK_VALUES = 2**22  # conditions are read in blocks of about this many values (32 MB)


@dataclass(frozen=True, eq=False)
class BilinearFit:
    """A bilinear regression at the penalties with the smallest leave-one-out error.

    Parameters
    ----------
    A : (g, k) gene embedding, as given.
    K : (k, k2) interaction of the embeddings.
    center : (g,) mean change over conditions.
    penalty : chosen penalty of the gene side and of the perturbation side.
    loo_error : (n_penalties,), or (n_penalties, n_perturbation_penalties) for a grid: mean
        squared leave-one-out error over conditions and genes, in squared units of Y. `inf`
        where leaving a condition out leaves its prediction undefined although another
        penalty would not.
    skipped : conditions of leverage 1, shaped like the perturbation penalties.
    """

    A: Floats
    K: Floats
    center: Floats
    penalty: tuple[float, float]
    loo_error: Floats
    skipped: NDArray[np.int64]

    def predict(self, B: ArrayLike) -> Floats:
        """Predict (g, m) changes from (k2, m) perturbation embeddings."""
        change: Floats = self.A @ (self.K @ np.asarray(B, dtype=np.float64))
        change += self.center[:, None]
        return change


def loo_bilinear(
    A: ArrayLike,
    B: ArrayLike,
    Y: ArrayLike,
    penalties: ArrayLike,
    *,
    perturbation_penalties: ArrayLike | None = None,
) -> BilinearFit:
    """Fit Y ~ A K B + c 1' and choose the penalties by exact leave-one-condition-out.

    With c the row means of Y, the fit is

        K = (A'A + l I)^-1 A' (Y - c 1') B' (B B' + m I)^-1,   prediction A K b + c.

    Leaving condition i out refits c and removes b_i b_i' from B B' by a rank-one downdate.
    In the singular bases A = P s W', B = V t U', with q = P'(Y - c 1'),
    f = U diag(t^2 / (t^2 + m)) U', eta = diag(f) and tau = f'1 this comes to

        z_i = s^2 / (s^2 + l) * [q f_i - q_i eta_i + q_i (tau_i - eta_i) / (n - 1)] / (1 - eta_i)

    as the left-out prediction in the basis P, so that no penalty needs more than (k, n) work.
    The part of Y outside the span of A is the same at every penalty.

    Good where genes and perturbations have embeddings that were learnt from many more data
    than the screen. The gene embedding is taken as given: if it was computed from Y, then the
    left-out condition still shaped it and the error is too low.

    Parameters
    ----------
    A : (g, k) finite gene embedding.
    B : (k2, n) finite perturbation embedding, n >= 2 conditions.
    Y : (g, n) finite changes; read in blocks, so it may be float32.
    penalties : (n_penalties,) values l >= 0, in squared units of the embeddings.
    perturbation_penalties : values m; None = the same l on both sides, else every pair.

    Returns
    -------
    BilinearFit
        The error is averaged over conditions with leverage eta < 1 at some penalty; with no
        such condition it is `inf` and the largest penalties are chosen.

    Raises
    ------
    ValueError
        If shapes do not fit, a value is not finite, or a penalty is negative.

    Notes
    -----
    Cost: O(g k^2 + k2 n min(k2, n) + g n k) once, O(k n min(k2, n)) per penalty.
    Source: ahlmanneltze2025. Differs from the source: the penalties are chosen, and may differ.

    >>> A, B = np.array([[1.0], [0.0]]), np.array([[1.0, 2.0, 4.0]])
    >>> fit = loo_bilinear(A, B, A @ B, [1e-9, 1.0])
    >>> fit.penalty, fit.center.round(2)
    ((1e-09, 1e-09), array([2.33, 0.  ]))
    """
    A, B, Y = np.asarray(A, np.float64), np.asarray(B, np.float64), np.asarray(Y)
    is_paired = perturbation_penalties is None
    l_ = _checked_penalties(penalties)
    m_ = l_ if perturbation_penalties is None else _checked_penalties(perturbation_penalties)
    _check(A, B, Y)
    P, s, Wt = _decompose(A)
    V, t, Ut = _decompose(B)
    center, q, outside = _project(Y, P)
    sides = _LeftOut.of(q, Ut, _divide(t**2, t**2 + m_[:, None]))
    d_A = _divide(s**2, s**2 + l_[:, None])
    error = _errors(sides, d_A, outside, is_paired) / Y.shape[0]
    i, j = _choose(error, l_, m_, is_paired)
    left = Wt.T * _divide(s, s**2 + l_[i])
    right = (Ut.T * _divide(t, t**2 + m_[j])) @ V.T
    return BilinearFit(
        A=A,
        K=(left @ q) @ right,
        center=center,
        penalty=(float(l_[i]), float(m_[j])),
        loo_error=error.diagonal().copy() if is_paired else error,
        skipped=sides.certain.sum(axis=1),
    )


@dataclass(frozen=True, eq=False)
class _LeftOut:
    """The perturbation side of leaving each condition out, before shrinkage of the gene side."""

    q: Floats  # (k, n)
    Ut: Floats  # (r, n)
    d_B: Floats  # (n_perturbation_penalties, r)
    slack: Floats  # (n_perturbation_penalties, n): 1 - eta
    certain: NDArray[np.bool_]  # (n_perturbation_penalties, n): leverage 1

    @classmethod
    def of(cls, q: Floats, Ut: Floats, d_B: Floats) -> _LeftOut:
        U2 = Ut**2
        is_complete = Ut.shape[0] == Ut.shape[1]
        outside = 0.0 if is_complete else np.maximum(1.0 - U2.sum(axis=0), 0.0)
        slack = outside + (1.0 - d_B) @ U2
        return cls(q, Ut, d_B, slack, slack < LEVERAGE_TOLERANCE)

    @property
    def usable(self) -> NDArray[np.bool_]:
        """(n,) leverage below 1 at some penalty."""
        return np.logical_not(self.certain.all(axis=0))

    def predictions(self, j: int) -> Floats:
        """Return the (k, n) left-out predictions at penalty j, up to the factor d_A."""
        q, Ut, d, n = self.q, self.Ut, self.d_B[j], self.q.shape[1]
        eta = d @ Ut**2
        tau = (d * Ut.sum(axis=1)) @ Ut
        J: Floats = ((q @ Ut.T) * d) @ Ut
        J += q * ((tau - eta) / (n - 1) - eta)
        slack = self.slack[j]
        J *= np.divide(1.0, slack, out=np.zeros_like(slack), where=slack >= LEVERAGE_TOLERANCE)
        return J


def _errors(sides: _LeftOut, d_A: Floats, outside: Floats, is_paired: bool) -> Floats:
    """Return (n_penalties, n_perturbation_penalties) means over conditions of |y_i - ...|^2.

    Of pairs only the diagonal is computed; `inf` elsewhere.
    """
    n, usable = sides.q.shape[1], sides.usable
    moved = n / (n - 1) * sides.q[:, usable]  # y_i - c_-i = n / (n - 1) (y_i - c)
    rest = (n / (n - 1)) ** 2 * outside[usable].sum()
    error = np.full((len(d_A), len(sides.d_B)), np.inf)
    for j in np.flatnonzero(~(sides.certain & usable).any(axis=1) & usable.any()):
        J = sides.predictions(int(j))[:, usable]
        for i in [j] if is_paired else range(len(d_A)):
            E = moved - d_A[i][:, None] * J
            error[i, j] = (np.vdot(E, E) + rest) / usable.sum()
    return error


def _choose(error: Floats, l_: Floats, m_: Floats, is_paired: bool) -> tuple[int, int]:
    """Return where the error is smallest; the largest penalties win ties (to rounding)."""
    size = l_[:, None] + m_
    if is_paired:
        size = np.where(np.eye(len(l_), dtype=bool), size, -1.0)
    falling = np.argsort(-size, axis=None, kind="stable")
    best = falling[np.argmax(error.ravel()[falling] <= error.min() * (1.0 + 1e-12))]
    return int(best) // len(m_), int(best) % len(m_)


def _decompose(M: Floats) -> tuple[Floats, Floats, Floats]:
    """Return the thin singular value decomposition with rounded-off values set to 0."""
    U, s, Vt = np.linalg.svd(M, full_matrices=False)
    s[s <= s[:1] * max(M.shape) * np.finfo(float).eps] = 0.0
    return U, s, Vt


def _project(Y: NDArray[Any], P: Floats) -> tuple[Floats, Floats, Floats]:
    """Return the row means (g,), q = P'(Y - c 1') (k, n), column sums (n,) of the rest squared."""
    g, n = Y.shape
    center = Y.mean(axis=1, dtype=np.float64)
    q, outside = np.empty((P.shape[1], n)), np.empty(n)
    width = max(1, BLOCK_VALUES // g)
    for start in range(0, n, width):
        at = slice(start, start + width)
        rest = Y[:, at] - center[:, None]
        q[:, at] = P.T @ rest
        rest -= P @ q[:, at]
        outside[at] = np.einsum("ij,ij->j", rest, rest)
    return center, q, outside


def _divide(a: Floats, b: Floats) -> Floats:
    """Return a / b, and 0 where b is 0."""
    return np.divide(a, b, out=np.zeros_like(b), where=b > 0)


def _checked_penalties(penalties: ArrayLike) -> Floats:
    values = np.atleast_1d(np.asarray(penalties, dtype=np.float64))
    if values.ndim != 1 or not values.size or not np.isfinite(values).all() or values.min() < 0:
        raise ValueError("penalties must be (n_penalties,), at least one, finite and >= 0")
    return values


def _check(A: Floats, B: Floats, Y: NDArray[Any]) -> None:
    if A.ndim != 2 or B.ndim != 2 or Y.shape != (A.shape[0], B.shape[1]) or B.shape[1] < 2:
        raise ValueError(
            f"A (g, k), B (k2, n), Y (g, n) with n >= 2, not {A.shape}, {B.shape}, {Y.shape}"
        )
    for name, values in (("A", A), ("B", B), ("Y", Y)):
        if not np.isfinite(values).all():
            raise ValueError(f"{name} holds values that are not finite")
