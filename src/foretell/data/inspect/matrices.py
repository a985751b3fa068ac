"""Matrices: which of X and the layers to read, judged on samples of each."""

from __future__ import annotations

import numpy as np

from foretell.data.inspect.guess import LIKELY, SURE, UNCLEAR, Guess
from foretell.data.inspect.look import Look
from foretell.data.inspect.observation import RELATIVE
from foretell.data.inspect.opened import X
from foretell.data.inspect.sample import Sample
from foretell.data.inspect.scale import guess_scale

__all__ = ["guess_matrix"]

TRUSTED = ("counts", "log1p", "normalized")


def guess_matrix(look: Look) -> tuple[Guess, Guess]:
    """Return the guesses of `layer` and `scale`; the others are the alternatives."""
    text = look.opened.texts.get("value_scale", "")
    judged = {
        name: guess_scale(look.sample(name), text if name == X else "", name=name)
        for name in look.opened.matrices
    }
    if not judged:
        return Guess("layer", None, UNCLEAR, ("the file has no matrix",)), Guess("scale", None)
    chosen = look.said.get("layer") or _choose(judged)
    scale = judged.get(chosen, next(iter(judged.values())))
    if "log1p" in look.opened.texts:
        scale = _with_log1p(scale, look.opened.texts)
    others = tuple(
        f"'{name}' looks like {guess.value} ({guess.confidence}): {guess.evidence[0]}"
        for name, guess in judged.items()
        if name != chosen
    )
    if look.opened.has_raw:
        others = (*others, "`raw` holds another matrix; copy it into a layer to use it")
    why = "X is missing or no amount" if chosen != X else "X is read"
    layer = Guess("layer", None if chosen == X else chosen, SURE, (why,), others)
    scale = Guess("scale", scale.value, scale.confidence, scale.evidence, others)
    return layer, _agreed(look, chosen, scale)


def _choose(judged: dict[str, Guess]) -> str:
    """Take X; a layer only where X is missing, or is scaled while a layer holds amounts."""
    if X not in judged:
        amounts = [name for name, g in judged.items() if g.value in TRUSTED]
        return amounts[0] if amounts else next(iter(judged))
    if judged[X].value in RELATIVE:
        named = [n for n in judged if n.lower() in ("counts", "raw", "raw_counts", "count", "umi")]
        named = [n for n in named if judged[n].value == "counts" and judged[n].confidence == SURE]
        if named:
            return named[0]
    return X


def _with_log1p(scale: Guess, texts: dict[str, str]) -> Guess:
    """Compare with what scanpy wrote into ``uns["log1p"]``."""
    base = texts.get("log1p/base", "")
    if str(scale.value).startswith("log1p"):
        said = f"uns['log1p'] is there{f', base {base}' if base else ''}"
        return Guess("scale", scale.value, scale.confidence, (*scale.evidence, said))
    return scale.but(LIKELY, "uns['log1p'] is there, but these values are not logarithms")


def _agreed(look: Look, chosen: str, scale: Guess) -> Guess:
    """Check log values against counts in a layer: zero in the same places, rising together."""
    names = [n for n in look.opened.layers if "count" in n.lower() and n != chosen]
    if not names or not str(scale.value).startswith("log1p"):
        return scale
    counts, logs = look.sample(names[0]), look.sample(chosen)
    n = min(counts.shape[0], 50)
    for i in range(n):
        a, b = (_dense(s, i) for s in (counts, logs))
        rises = np.corrcoef(np.argsort(np.argsort(a)), np.argsort(np.argsort(b)))[0, 1]
        if ((a > 0) != (b > 0)).any() or (len(np.unique(a)) > 2 and rises < 0.9):
            return scale.but(LIKELY, f"it is not the logarithm of layer '{names[0]}'")
    return Guess(
        "scale", scale.value, scale.confidence,
        (*scale.evidence, f"zero where layer '{names[0]}' is zero, and rises with it"),
        scale.alternatives,
    )  # fmt: skip


def _dense(sample: Sample, i: int) -> np.ndarray:
    """(n_genes,) one row."""
    row = sample.block[i : i + 1]
    dense: np.ndarray = np.ravel(row.toarray() if sample.is_sparse else row)
    return dense
