import numpy as np

from broken import breaks
from foretell.core.metric import Answer, metric
from foretell.stats.correlation import pearson_rows

ERROR = {"formula": "mean over genes of (a - b)^2", "higher_is_better": False, "best": 0.0}
ERROR |= {"chance": None}


def squared_error(truth, answer, weight=1.0):
    error = np.where(truth.mask, weight * (answer.mean - truth.mean) ** 2, 0.0).sum(axis=1)
    n = truth.mask.sum(axis=1)
    return np.where(n > 0, error / np.maximum(n, 1), np.nan)


@metric(**ERROR)
def honest(truth, answer):
    """Mean squared error."""
    return squared_error(truth, answer)


@breaks("record_is_complete")
@metric(**ERROR | {"formula": ""})
def without_formula(truth, answer):
    """Mean squared error."""
    return squared_error(truth, answer)


@breaks("references_resolve")
@metric(**ERROR, reference="nobody1900")
def without_source(truth, answer):
    """Mean squared error."""
    return squared_error(truth, answer)


@breaks("perfect_scores_best")
@metric(**ERROR)
def never_zero(truth, answer):
    """Mean squared error, and a little more."""
    return squared_error(truth, answer) + 0.1


@breaks("no_change_scores_chance")
@metric(formula="correlation of shifts", higher_is_better=True, best=1.0, chance=0.0)
def undefined_for_no_change(truth, answer):
    """Correlation that leaves a constant shift out."""
    return pearson_rows(truth.shift, answer.shift, truth.mask)[0]


@breaks("gene_order_irrelevant")
@metric(**ERROR)
def weighs_by_position(truth, answer):
    """Mean squared error in which later genes count more."""
    return squared_error(truth, answer, weight=np.arange(1.0, truth.mean.shape[1] + 1))


@breaks("condition_order_irrelevant", "conditions_independent")  # a position is a companion's too
@metric(**ERROR)
def punishes_later_conditions(truth, answer):
    """Mean squared error in which later conditions count more."""
    return squared_error(truth, answer) * np.arange(1.0, len(truth.mean) + 1)


@breaks("conditions_independent")
@metric(**ERROR)
def divides_by_the_average(truth, answer):
    """Mean squared error relative to other conditions."""
    error = squared_error(truth, answer)
    return error / (1.0 + error.mean())


@breaks("masked_genes_cannot_matter")
@metric(**ERROR)
def ignores_the_mask(truth, answer):
    """Mean squared error over all genes."""
    error = ((answer.mean - truth.mean) ** 2).mean(axis=1)
    return np.where(truth.mask.any(axis=1), error, np.nan)


@breaks("noise_does_not_improve")
@metric(**ERROR)
def always_content(truth, answer):
    """Nothing."""
    return 0.0 * squared_error(truth, answer)


@breaks("undefined_is_nan")
@metric(**ERROR)
def zero_for_nothing(truth, answer):
    """Mean squared error, best where nothing is scored."""
    return np.nan_to_num(squared_error(truth, answer))


@breaks("undefined_is_nan")
@metric(**ERROR)
def infinite_for_one_gene(truth, answer):
    """Sum of squared errors over one gene less than there are."""
    n = truth.mask.sum(axis=1)
    with np.errstate(divide="ignore"):
        return squared_error(truth, answer) * n / (n - 1)


@breaks("needs_as_declared")
@metric(**ERROR)
def needs_cells_in_secret(truth, answer):
    """Mean squared error in units of the variance."""
    return squared_error(truth, answer, weight=1.0 / truth.variance)


@breaks("reference_is_as_declared")
@metric(**ERROR, refers_to="nothing")
def refers_to_controls_in_secret(truth, answer):
    """Mean squared error of shifts."""
    moved = Answer(answer.mean - answer.control + truth.control, truth.control, truth.reference)
    return squared_error(truth, moved, weight=1.0 + np.abs(truth.control))


@breaks("inputs_untouched")
@metric(**ERROR)
def overwrites_masked_genes(truth, answer):
    """Mean squared error."""
    answer.mean[~truth.mask] = 0.0
    return squared_error(truth, answer)
