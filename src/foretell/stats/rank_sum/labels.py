"""Labels: which observations are compared, in one labelling or in several at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from foretell.core.errors import BadValues

__all__ = ["Labels", "read_labels"]

SKIP = 0xFFFFFFFF


@dataclass(frozen=True, eq=False)
class Labels:
    """Groups of observations, as the kernels read them.

    The kernels carry a payload with every value through the sort. With one labelling that is the
    group itself; with several it is the row, whose groups stand in the table.

    Parameters
    ----------
    payload : (n_obs,) of each row; `SKIP` where no labelling uses it.
    table : (n_sets, n_payloads) group of a payload: ``n_groups`` = reference, one more = unused.
    n : (n_sets, n_groups) observations of every group.
    n_control : (n_sets,) observations of the reference; with `rest`, all that have a group.
    rest : True where a group is compared with all others that have one.
    many : True where labellings were given in two dimensions.
    """

    payload: NDArray[np.uint32]
    table: NDArray[np.int32]
    n: NDArray[np.int64]
    n_control: NDArray[np.int64]
    rest: bool
    many: bool

    @property
    def reference(self) -> np.uint64:
        """Payload of values that come from a sorted reference."""
        return np.uint64(self.table.shape[1] - 1)


def read_labels(
    codes: ArrayLike, n_groups: int, control: ArrayLike | None, n_obs: int, n_reference: int = 0
) -> Labels:
    """Check codes and controls, and count groups.

    Parameters
    ----------
    codes : (n_obs,) or (n_sets, n_obs) groups, -1 = none.
    control : bool, shaped like `codes` or (n_obs,); None compares with all others.
    n_reference : observations of a sorted reference, which stand beside those counted here.
    """
    given = np.asarray(codes)
    many = given.ndim == 2
    group = _checked(np.atleast_2d(given), n_groups, n_obs)
    if control is not None:
        is_control = _checked_control(control, group.shape)
        both = int((is_control & (group >= 0)).sum())
        if both:
            raise BadValues(
                f"{both} observations are controls and belong to a group as well",
                "give controls the code -1",
            )
        group[is_control] = n_groups
    n_sets = len(group)
    group[group < 0] = n_groups + 1
    used = (group <= n_groups).any(axis=0)
    if many:
        payload = np.where(used, np.arange(n_obs), SKIP)
        table = np.hstack([group, np.full((n_sets, 1), n_groups)])
    else:
        payload = np.where(used, group[0], SKIP)
        table = np.arange(n_groups + 1)[None]
    counts = np.stack([np.bincount(row, minlength=n_groups + 2) for row in group])
    n = np.ascontiguousarray(counts[:, :n_groups])
    rest = control is None and not n_reference
    n_control = n.sum(axis=1) if rest else counts[:, n_groups] + n_reference
    return Labels(payload.astype(np.uint32), table.astype(np.int32), n, n_control, rest, many)


def _checked(codes: NDArray[Any], n_groups: int, n_obs: int) -> NDArray[np.int64]:
    if codes.ndim != 2 or codes.shape[1] != n_obs:
        raise BadValues(
            f"codes of shape {codes.shape} do not fit {n_obs} observations",
            "give one code per observation, or one row of them per labelling",
        )
    if codes.size and (codes.dtype.kind not in "iu" or codes.min() < -1 or codes.max() >= n_groups):
        raise BadValues(
            f"codes are whole numbers from -1 to {n_groups - 1}", "-1 leaves an observation out"
        )
    return codes.astype(np.int64)  # a copy, which is written to


def _checked_control(control: ArrayLike, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    is_control = np.asarray(control)
    fits = is_control.shape in (shape, shape[1:])
    if is_control.dtype != bool or not fits:
        raise BadValues(
            f"controls of type {is_control.dtype} and shape {is_control.shape} do not fit codes "
            f"of shape {shape}",
            "give True for every control observation",
        )
    return np.broadcast_to(is_control, shape)
