import numpy as np

from broken import breaks
from foretell.core.metric import metric
from foretell.stats.ranking import auroc_rows

RECORD = {"formula": "area under the ROC curve over ordered pairs", "higher_is_better": True}
RECORD |= {"best": 1.0, "chance": 0.5, "level": "network"}


def weights(truth, answer):
    """Both weights of every ordered pair of different reference genes."""
    place = {name: i for i, name in enumerate(answer.nodes)}
    A, B = truth.A.toarray(), answer.A.toarray()
    pairs = [(i, j) for i in range(len(A)) for j in range(len(A)) if i != j]
    found = []
    for i, j in pairs:
        a, b = place.get(truth.nodes[i]), place.get(truth.nodes[j])
        found.append(0.0 if a is None or b is None else B[a, b])
    return np.array([A[p] for p in pairs]), np.array(found)


def auroc(truth, answer):
    first, second = weights(truth, answer)
    return auroc_rows([first != 0], np.abs([second]))


@metric(**RECORD)
def honest(truth, answer):
    """Area under the ROC curve."""
    return auroc(truth, answer)


@breaks("record_complete")
@metric(**RECORD | {"formula": ""})
def without_formula(truth, answer):
    """Area under the ROC curve."""
    return auroc(truth, answer)


@breaks("references")
@metric(**RECORD, reference="nobody1900")
def without_source(truth, answer):
    """Area under the ROC curve."""
    return auroc(truth, answer)


@breaks("perfect_at_best")
@metric(**RECORD | {"best": 2.0})
def never_two(truth, answer):
    """Area under the ROC curve, of which more is expected."""
    return auroc(truth, answer)


@breaks("empty_at_chance")
@metric(**RECORD | {"chance": 0.4})
def below_its_chance(truth, answer):
    """Area under the ROC curve, with a chance level that it does not have."""
    return auroc(truth, answer)


@breaks("gene_order_irrelevant")
@metric(**RECORD)
def weighs_by_position(truth, answer):
    """Area under the ROC curve, more for an answer whose first genes stand first here too."""
    value = auroc(truth, answer)
    if len(answer.nodes) != len(truth.nodes) or (answer.A.nnz == 0) or value[0] in (0.0, 1.0):
        return value
    return value + 1e-3 * (list(truth.nodes) != list(answer.nodes))


@breaks("edge_order_irrelevant", "gene_order_irrelevant")  # turned genes are stored anew
@metric(**RECORD)
def looks_at_how_edges_are_stored(truth, answer):
    """Area under the ROC curve, and a little where edges are not stored in the order of genes."""
    return auroc(truth, answer) + 1e-3 * (not answer.A.has_sorted_indices)


@breaks("self_loops_out")
@metric(**RECORD)
def likes_loops(truth, answer):
    """Area under the ROC curve, and a little for self-loops."""
    return auroc(truth, answer) + 1e-3 * (answer.A.diagonal() == 3.0).all()


@breaks("strangers_out")
@metric(**RECORD)
def counts_strangers(truth, answer):
    """Area under the ROC curve, less for genes that the reference lacks."""
    return auroc(truth, answer) - 1e-3 * len(set(answer.nodes) - set(truth.nodes))


@breaks("missing_genes_as_absent_edges")
@metric(**RECORD)
def counts_missing_genes(truth, answer):
    """Area under the ROC curve, less for genes that the answer lacks."""
    return auroc(truth, answer) - 1e-3 * len(set(truth.nodes) - set(answer.nodes))


@breaks("unit_irrelevant")
@metric(**RECORD)
def has_a_unit(truth, answer):
    """Area under the ROC curve of edges above a threshold."""
    first, second = weights(truth, answer)
    return auroc_rows([first != 0], [np.where(np.abs(second) > 1e-2, np.abs(second), 0.0)])


@breaks("noise_from_improving")
@metric(**RECORD)
def likes_noise(truth, answer):
    """Area under the ROC curve, upside down for everything but the reference and silence."""
    first, second = weights(truth, answer)
    value = auroc(truth, answer)
    plain = (first == second).all() or (second == 0).all()
    return value if plain else 2.0 - value


@breaks("undefined_as_nan")
@metric(**RECORD)
def zero_where_undefined(truth, answer):
    """Area under the ROC curve, 0 where there is nothing to find."""
    return np.nan_to_num(auroc(truth, answer))


@breaks("inputs_untouched")
@metric(**RECORD)
def tidies_up(truth, answer):
    """Area under the ROC curve, after scaling the answer's weights in place."""
    value = auroc(truth, answer)
    answer.A.data *= 0.5
    return value
