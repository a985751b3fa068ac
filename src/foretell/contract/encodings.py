"""Clauses for encodings: vectors and coverage of perturbations, from training profiles alone."""

from __future__ import annotations

import inspect
from copy import deepcopy

import numpy as np

from foretell.contract.agreement import agree, changed, snapshot
from foretell.contract.errors import require
from foretell.contract.references import require_known, source_keys
from foretell.contract.toy import ALIEN, ask, toy_dataset, toy_splits
from foretell.contract.variants import scramble_held_out
from foretell.core.encoding import Encoding
from foretell.core.perturbation import Perturbation
from foretell.core.profiles import Profiles
from foretell.core.spec import spec_hash
from foretell.core.split import Split
from foretell.core.task import TaskName

__all__ = [
    "check_coverage_as_declared",
    "check_held_out_cannot_matter",
    "check_inputs_untouched",
    "check_mask_is_boolean",
    "check_names_match_the_file",
    "check_references_resolve",
    "check_refit_forgets",
    "check_rows_independent",
    "check_same_vectors_again",
    "check_shapes_and_finiteness",
    "check_spec_unchanged",
    "check_uncovered_targets_are_flagged",
]

Encoded = tuple[np.ndarray, np.ndarray]


def check_shapes_and_finiteness(encoding: Encoding) -> None:
    """Require finite vectors (n, d), with the same d whatever is asked."""
    trained, asked = _trained(encoding), _asked()
    V = trained.encode(asked)[0]
    one = trained.encode(asked[:1])[0]
    fits = V.ndim == 2 and len(V) == len(asked) and one.shape == (1, V.shape[1])
    require(
        fits and np.isfinite(V).all(),
        f"vectors of shape {V.shape} and {one.shape} for {len(asked)} and 1 perturbations, "
        f"{int((~np.isfinite(V)).sum())} values not finite",
        "return (n, d) with zeros for what is not covered",
    )


def check_mask_is_boolean(encoding: Encoding) -> None:
    """Require a boolean mask (n,) of perturbations that are fully covered."""
    mask = _trained(encoding).encode(_asked())[1]
    require(
        isinstance(mask, np.ndarray) and mask.dtype == bool and mask.shape == (len(_asked()),),
        f"a mask of type {getattr(mask, 'dtype', type(mask))} and shape {np.shape(mask)}",
        "return a numpy array of booleans, one per perturbation",
    )


def check_same_vectors_again(encoding: Encoding) -> None:
    """Require the same vectors, bit for bit, from two fits on the same profiles."""
    _require_same(
        _trained(encoding).encode(_asked()),
        _trained(encoding).encode(_asked()),
        "between two fits on the same profiles",
        "use a fixed start (or the `seed` of a field), and fix the signs of decompositions",
    )


def check_held_out_cannot_matter(encoding: Encoding) -> None:
    """Require that scrambling all held-out observations changes no bit of any vector."""
    scrambled = scramble_held_out(toy_dataset(), _split())
    given = [ask(_split()), ask(_split(), scrambled)]  # kept alive, for whoever looks for them
    _require_same(
        _trained(encoding, given[0].train.profiles()).encode(_asked()),
        _trained(encoding, given[1].train.profiles()).encode(_asked()),
        "when held-out expression is scrambled",
        "use nothing but the profiles that `fit` is given",
    )


def check_inputs_untouched(encoding: Encoding) -> None:
    """Require that `fit` leaves the profiles as they were."""
    train = _profiles(_split())
    _ = train.S, train.S_filled, train.D
    before = snapshot(train)
    _trained(encoding, train).encode(_asked())
    found = changed(before, snapshot(train))
    require(not found, f"fit changed {found[:3]} of the profiles", "work on copies")


def check_spec_unchanged(encoding: Encoding) -> None:
    """Require that fitting does not change the fields."""
    before = spec_hash(encoding)
    require(
        spec_hash(_trained(encoding)) == before,
        "the spec has another hash after fit",
        "write fitted values to attributes that end in `_`, never to fields",
    )


def check_refit_forgets(encoding: Encoding) -> None:
    """Require that fitting on A and then on B is fitting on B."""
    last = _profiles(_split())
    earlier = _profiles(toy_splits()[TaskName.UNSEEN_COMBINATION])
    _require_same(
        _trained(encoding, earlier).fit(last).encode(_asked()),
        _trained(encoding, last).encode(_asked()),
        "from a fresh fit after an earlier fit on other data",
        "let `fit` replace all fitted state",
    )


def check_rows_independent(encoding: Encoding) -> None:
    """Require that a perturbation's vector is the same without its companions."""
    trained, asked = _trained(encoding), _asked()
    V, mask = trained.encode(asked)
    for i, perturbation in enumerate(asked):
        alone, covered = trained.encode([perturbation])
        require(
            agree(alone[0], V[i], 1e-9) and covered[0] == mask[i],
            f"'{perturbation}' alone is encoded otherwise than among others",
            "scale and centre by what was learnt in `fit`, not by what is asked",
        )


def check_uncovered_targets_are_flagged(encoding: Encoding) -> None:
    """Require False for an unknown target; its row holds the known components' part."""
    trained = _trained(encoding)
    known = Perturbation((_profiles(_split()).conditions[0].perturbation.components[0],))
    V, mask = trained.encode([ALIEN, known + ALIEN, known])
    require(
        not mask[:2].any(),
        f"'{ALIEN}' counts as covered",
        "return False for a perturbation with a target that has no vector",
    )
    require(
        not V[0].any() and agree(V[1], V[2], 1e-9),
        "an unknown target adds to the vector",
        "add up the covered components only: zeros where there is none",
    )


def check_coverage_as_declared(encoding: Encoding) -> None:
    """Require vectors for targets outside training if, and only if, `covers_unseen` says so."""
    split = _split()
    seen = {target for c in split.train for target in c.perturbation.targets}
    unseen = [p for p in _asked() if not seen & set(p.targets) and p != ALIEN]
    mask = _trained(encoding).encode(unseen)[1]
    require(
        mask.any() == encoding.info.covers_unseen,
        f"covers_unseen = {encoding.info.covers_unseen}, but {int(mask.sum())} of {len(unseen)} "
        "targets outside training are covered",
        "let `info.covers_unseen` say what `encode` does",
    )


def check_names_match_the_file(encoding: Encoding) -> None:
    """Require that `info.name` is the file's name, with a summary in one line."""
    module = type(encoding).__module__.rpartition(".")[2]
    info = encoding.info
    require(
        (info.name == module or module == "__main__") and info.summary and "\n" not in info.summary,
        f"name '{info.name}' and summary '{info.summary}' in {module}.py",
        "name the file like the encoding, and sum it up in one line",
    )


def check_references_resolve(encoding: Encoding) -> None:
    """Require that declared reference and sources of the docstring are in the bibliography."""
    declared = [encoding.info.reference] if encoding.info.reference else []
    require_known(declared + source_keys(inspect.getdoc(type(encoding)) or ""))


def _require_same(first: Encoded, second: Encoded, when: str, way_out: str) -> None:
    same = agree(first[0], second[0]) and agree(first[1], second[1])
    require(same, f"vectors or coverage differ {when}", way_out)


def _split() -> Split:
    return toy_splits()[TaskName.UNSEEN_PERTURBATION]


def _profiles(split: Split) -> Profiles:
    return ask(split).train.profiles()


def _trained(encoding: Encoding, train: Profiles | None = None) -> Encoding:
    return deepcopy(encoding).fit(_profiles(_split()) if train is None else train)


def _asked() -> list[Perturbation]:
    """Every perturbation of the toy screen, and one that nobody knows."""
    return [*sorted({c.perturbation for c in toy_dataset().perturbed}, key=str), ALIEN]
