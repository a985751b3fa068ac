"""Target moved: whether each targeted gene went where its perturbation should send it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from foretell.core.dataset import Dataset
from foretell.data.filters.target_moved import target_table

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["target_moved"]


def target_moved(dataset: Dataset, fdr: float = 0.05) -> pd.DataFrame:
    """Compare the targeted gene with the controls of the same context.

        log_fold_change = mean over cells of log1p(normalised) - the same over the controls,
        remaining = mean over cells of normalised / the same over the controls,

    with a Welch test of the first, adjusted over all targets that were tested. Its variance is
    pooled over both groups, since a few cells without any count would seem to have none. A
    knockout or interference should go down, an activation or overexpression up; other kinds say
    nothing about the level of their target.

    Right for interference and activation, where the transcript itself is the target. Wrong for
    many knockouts: Cas9 breaks the protein, and the transcript may stay. Wrong too where the gene
    is hardly expressed: what is near 0 cannot go down, which the test then says by a large p. Cells
    of one well are no replicates.

    Parameters
    ----------
    dataset : on any scale. On log1p and intensity scales the values are taken as they are, on a
        relative scale the value is the change itself, and there is no test.
    fdr : of `moved`.

    Returns
    -------
    One row per perturbed condition and target (each target of a combination): `condition`,
    `context`, `target`, `kind`, `expected` (``down``, ``up`` or empty), `n`, `n_control`,
    `control_mean`, `log_fold_change`, `remaining` (1 = unchanged; NaN on intensity and relative
    scales), `t`, `p`, `q`, `as_expected` (the direction alone), `moved` (direction and q < fdr;
    None where it cannot be told), `status`, `reason`. A target that is not among the genes has the
    reason ``not measured``.

    Notes
    -----
    Cost: two passes over the data. Source: welch1947, benjamini1995.
    """
    return target_table(dataset, fdr)
