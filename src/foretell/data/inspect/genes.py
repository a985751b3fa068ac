"""Genes: what kind of names the features have, of which species, and whether targets are there."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from foretell.data.inspect.guess import LIKELY, SURE, UNCLEAR, Guess
from foretell.data.inspect.look import Look

__all__ = ["COORDINATES", "guess_features", "guess_gene_names", "guess_species"]

COORDINATES, SYMBOLS = "coordinates", "symbol"
MOST = 20_000
FORMS = (
    ("ensembl", re.compile(r"ENS[A-Z]*G\d{11}|FBgn\d{7}|WBGene\d{8}|AT[1-5MC]G\d{5}")),
    ("ensembl (versioned)", re.compile(r"ENS[A-Z]*G\d{11}\.\d+")),
    ("yeast orf", re.compile(r"Y[A-P][LR]\d{3}[WC](-[A-Z])?|Q\d{4}|YNCL?\w+")),
    ("uniprot", re.compile(
        r"[OPQ]\d[A-Z0-9]{3}\d|[A-NR-Z]\d[A-Z][A-Z0-9]{2}\d([A-Z][A-Z0-9]{2}\d)?")),
    ("probe", re.compile(r"\w+_at|ILMN_\d+|A_\d\d_P\d+")),
    (COORDINATES, re.compile(
        r"(d|dim|latent|pc|factor|umap|z|f|feature|emb|embedding|component|v|x|genept|scgpt"
        r"|scfoundation|esm\w*|gene2vec|[a-z]+_emb\w*)[_-]?\d+", re.I)),
    ("entrez", re.compile(r"[1-9]\d{1,8}")),
    ("simulated", re.compile(r"(g|gene|n)[_-]?\d+", re.I)),
    (SYMBOLS, re.compile(
        r"[A-Za-z][A-Za-z0-9.\-@()]{0,19}( /// .*)?|\d{7}[A-Z]\d{2}RIK|7SK", re.I)),
)  # fmt: skip
PREFIXES = {
    "ENSG": "human", "ENSMUSG": "mouse", "ENSRNOG": "rat", "ENSDARG": "zebrafish",
    "FBgn": "fly", "WBGene": "worm", "ENSMMUG": "macaque", "ENSSSCG": "pig",
}  # fmt: skip
SPECIES = ("human", "mouse", "rat", "yeast", "fly", "worm", "zebrafish")
LATIN = {
    "homo sapiens": "human", "mus musculus": "mouse", "rattus norvegicus": "rat",
    "saccharomyces cerevisiae": "yeast", "drosophila melanogaster": "fly",
}  # fmt: skip


def guess_features(look: Look) -> Guess:
    """Name the kind of identifiers of the index, from their form."""
    names = look.genes[:MOST]
    shares = {form: _share(names, pattern) for form, pattern in FORMS}
    if not len(names):
        return Guess("gene_id", "other", UNCLEAR, ("there are no genes",))
    if _counts_up(names):
        return Guess("gene_id", "numbers", SURE, (f"they count from {names[0]}: no gene ids",))
    form = next((f for f, share in shares.items() if share > 0.8), "other")
    evidence = f"{shares.get(form, 0):.0%} have this form: {', '.join(names[:4])}"
    if form == "other":
        top = max(shares, key=lambda f: shares[f])
        evidence = f"no form fits 80% of them (nearest: {top}, {shares[top]:.0%}): {names[0]}, ..."
    return Guess("gene_id", form, SURE if shares.get(form, 0) > 0.95 else LIKELY, (evidence,))


def _share(names: Sequence[str] | np.ndarray, pattern: re.Pattern[str]) -> float:
    hits = [pattern.fullmatch(name) is not None for name in names]
    return sum(hits) / len(hits) if hits else 0.0


def _counts_up(names: np.ndarray) -> bool:
    """Tell positions (0, 1, 2, ...) from Entrez ids."""
    if len(names) < 3 or not all(name.isdigit() for name in names):
        return False
    numbers = sorted(map(int, names))
    return numbers[-1] - numbers[0] == len(names) - 1


def guess_species(look: Look) -> Guess:
    """Read the species from a column, from prefixes, or from the case of symbols."""
    for table in (look.columns, look.var):
        for column in table:
            if column.plain in ("species", "organism", "host") and len(column.values) == 1:
                word = column.values[0].lower()
                said = LATIN.get(word, word)
                return Guess("species", said, SURE, (f"'{column.name}' says {column.values[0]}",))
    for column in look.columns:
        if column.plain in ("species", "organism") and len(column.values) > 1:
            return Guess("species", None, LIKELY, (f"several in '{column.name}': {column.top(3)}",))
    form = look.value("gene_id")
    if form in ("ensembl", "ensembl (versioned)"):
        return _by_prefix(look)
    if form == "yeast orf":
        return Guess("species", "yeast", SURE, ("systematic names of yeast",))
    return _by_case(look) if form == SYMBOLS else Guess("species", None, LIKELY, ("not told",))


def _by_prefix(look: Look) -> Guess:
    starts = [next((p for p in PREFIXES if name.startswith(p)), "") for name in look.genes[:MOST]]
    prefix = max(sorted(set(starts)), key=starts.count)
    share = starts.count(prefix) / len(starts)
    if not prefix:
        return Guess("species", None, LIKELY, ("the prefix of the ids is not one of the usual",))
    evidence = f"{share:.0%} of the ids start with {prefix}"
    return Guess("species", PREFIXES[prefix], SURE if share > 0.95 else LIKELY, (evidence,))


def _by_case(look: Look) -> Guess:
    names = [n for n in look.genes[:MOST] if sum(ch.isalpha() for ch in n) > 1]
    if len(names) < 5:
        return Guess("species", None, LIKELY, ("too few symbols to tell",))
    upper = float(np.mean([n.upper() == n or "orf" in n for n in names]))
    title = float(np.mean([n[0].isupper() and n[1:] == n[1:].lower() for n in names]))
    text = " ".join([*look.opened.texts.values(), *_cell_texts(look)]).lower()
    named = [s for s in SPECIES if re.search(rf"\b{s}\b", text)]
    if title > 0.6:
        rodent = named[0] if named and named[0] in ("mouse", "rat") else None
        evidence = f"{title:.0%} of the symbols are capitalised like those of mouse and rat"
        if rodent:
            return Guess("species", rodent, LIKELY, (evidence, f"the file speaks of {rodent}"))
        return Guess("species", "mouse", LIKELY, (evidence, "rat is possible, too"))
    if upper > 0.6:
        evidence = f"{upper:.0%} of the symbols are in capitals like those of human"
        return Guess("species", "human", LIKELY, (evidence,))
    return Guess("species", None, LIKELY, ("symbols in mixed case",))


def _cell_texts(look: Look) -> list[str]:
    return [v for c in look.columns if "cell" in c.plain for v in c.values[:20]]


def guess_gene_names(look: Look, targets: Sequence[str]) -> Guess:
    """Choose the names of genes that the targets of perturbations are found among."""
    if not targets or len(look.gene_names) == 1:
        return Guess("gene_names", None, SURE, ("the index names the genes",))
    found = {
        where: sum(t in names for t in targets) / len(targets)
        for where, names in look.gene_names.items()
    }
    best = max(found, key=lambda where: (found[where], where == ""))
    said = f"{found[best]:.0%} of {len(targets)} targets, against {found['']:.0%} in the index"
    if not best or found[best] < max(0.05, 1.5 * found[""]):
        return Guess("gene_names", None, SURE, ("the index names the genes",))
    column = look.var[best]
    n_lost = int(column.counts[column.counts > 1].sum()) + column.n_missing
    evidence = [f"'{best}' of var holds {said}"]
    if n_lost:
        evidence.append(f"{n_lost} of its names are missing or repeated: these keep their id")
    return Guess("gene_names", best, SURE if found[best] > 0.3 else LIKELY, tuple(evidence))
