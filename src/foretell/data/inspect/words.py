"""Words: how the field names its columns and labels; names are hints, values decide."""

from __future__ import annotations

import re

from foretell.core.labels import LIKE_CONTROL

__all__ = [
    "ALTERED",
    "BLOCK",
    "COMPONENT",
    "CONTROL_FLAG",
    "DONOR",
    "DOSE",
    "FIXED",
    "GUIDE",
    "IDENTITY",
    "KIND",
    "LIBRARY",
    "NO_CALL",
    "PERTURBATION",
    "SPECIES",
    "STIMULUS",
    "TIME",
    "TREATED_WITH",
    "is_control_label",
    "is_no_call_label",
    "plain",
]


def plain(name: str) -> str:
    """Spell a name in small letters, words joined by ``_``.

    >>> plain("Target.Gene"), plain("drugName"), plain("pert iname"), plain("nUMI")
    ('target_gene', 'drug_name', 'pert_iname', 'n_umi')
    """
    text = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", str(name))
    return re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")


# What was done to the cells: (name, weight); the first that matches counts.
PERTURBATION = tuple(
    (re.compile(rf"(?:{pattern})"), weight)
    for pattern, weight in (
        (r"perturbation|perturbations|perturbation_(name|label)|pert_name", 10),
        (r"target_genes?|gene_targets?|perturbed_genes?|genetic_perturbation_id|pert_gene", 9),
        (r"sm_name|drugname_drugconc|pert(urbation)?_target|perturbagen|pert|pert_iname", 8),
        (r"drug(_name)?|compound(_name)?|small_molecule|treatment_?id|product_name|drugname", 8),
        (r"cytokine|ligand|knock_?(out|down)|ko|kd|perturb\w*|treated_with|crispr_target", 7),
        (r"gene|gene_?(id|name|symbol)|condition|target|\w+_perturbation|pert_id", 6),
        (r"treatment|stim|stimulus|stimulation|agent|sm_lincs_id|genotype|mutant|strain", 5),
        (r"perturbation_\w+|condition_\w+|\w+_condition|cov_drug\w*|pert_\w+", 3),
    )
)
GUIDE = re.compile(
    r"(\w+_)?(guides?|grnas?|sgrnas?|sg_?rna|feature_call|crispr_guide|construct|sgid)"
    r"(_?(ids?|identity|name|call|target|barcode|assignment|sequence|1|2|a|b))?"
)
TREATED_WITH = re.compile(r"sm_|drug|compound|molecule|treatmentid|treatment_id|perturbagen|smiles")
CONTROL_FLAG = re.compile(r"(is_?)?(control|ctrl|ctl|neg_control|negative_control|vehicle)(_cell)?")
KIND = re.compile(
    r"(perturbation|pert|perturb|screen|crispr)_?(type|kind|modality|class|method)"
    r"|genetic_perturbation_strategy|modality|manipulation|kind"
)
# Other columns that are about the treatment, never about the cells.
FIXED = re.compile(
    r"is_.*|n_?perts?|nperts?|n_\w+|num_\w+|\w*_?counts?|\w*percent\w*|pct_\w+|\w*_umi\w*|split"
    r"|.*_split|.*_(prob|score|index|unit|level|type|class|strategy|source|moa|smiles)|assigned"
)

IDENTITY = re.compile(
    r"cell_?types?(_\w+)?|cell_?lines?(_\w+)?|celltypes?|cell_(i?name|label|mfc_name|kind|state)"
    r"|tissues?(_type)?|organ|organism_part|cell"
)
DONOR = re.compile(r"(donor|patient|individual|subject|person|participant|animal|mouse)(_\w+)?")
STIMULUS = re.compile(
    r"stim\w*|condition\w*|culture\w*|treatment\w*|medium|media|disease\w*|state|environment"
    r"|perturbation_2|base_stimulus|activation|exposure|\w+_condition|\w+_treatment"
)
SPECIES = re.compile(r"species|organism|host")
BLOCK = re.compile(
    r"batch\w*|\w*_batch|plates?(_\w+)?|\w+_plate|gem_?groups?|lanes?|replicates?(_\w+)?|\w+_rep"
    r"|rep(licate)?_?id|bio_?rep\w*|rep|sample\w*|library(_\w+)?|channel|chip|runs?|pool|gse|series"
    r"|orig_ident|experiment(_\w+)?|dataset|batchid|cell_plate|flow_?cell|donor_batch"
)

DOSE = re.compile(
    r"(\w+_)?(dose|doses|conc|concentration|dosage|drugconc)(_(val|value|u_?m|n_?m|m_?m|um|nm|mm|ug\w*|ng\w*|mg\w*|mpk|amount|numeric|\w*molar))?"
)
ALTERED = re.compile(r"(\w+_)?level_after_perturbation|expression_level_after_perturbation")
TIME = re.compile(
    r"(\w+_)?(time|times|timepoint|time_?point|duration|hours|hour|hpi|exposure_time|days?)"
    r"(_(h|hr|hrs|hours?|min|mins|minutes?|d|days?|s|sec|value|point))*"
)
LIBRARY = re.compile(
    r"n_?counts?(_rna)?|n_?count_\w+|total_counts?|n_?umis?|umi_?counts?|total_umis?|library_size"
    r"|size|lib_size|n_counts_\w+|counts?_total|sum|ncounts|nnzumi|tscp_count|umi_total"
)
COMPONENT = re.compile(
    r"(\w+_)?smiles|moa(_\w+)?|mechanism(_\w+)?|(\w+_)?inchi(key|_key)?|(drug_|compound_)?targets?"
    r"|pathway(_\w+)?|target_pathway|pubchem_?c?id|pert_id|sm_lincs_id|(perturbation_)?ensembl_id"
    r"|(target_)?gene_id|chembl_?id|cid"
)

_CONTROL = re.compile(
    r"dimethyl.?sulf(ph)?oxide|(^|[\W_])neg(ative)?[ _-]?ctrl([\W_]|$)"
    r"|^(ntc?|wt|pbs|saline|water)([ _-](\d+|cells?|bsa))?$|^ntg?\d+g?\d*$"
    r"|wild.?type|^unstim|no.?(drug|treatment|perturbation|ligand|stim)|intergenic|luciferase"
    r"|^(e?gfp|lacz|empty|parental|none|basal|baseline|blank|solvent|medium|aavs1|rosa26)$",
    re.IGNORECASE,
)
NO_CALL = re.compile(
    r"un-?assign\w*|not[ _-]?assigned|unassigned.*|nan|n\.?/?a\.?|<na>|none|null|ambiguous"
    r"|multi-?plets?|doublets?|multiple(_guides?)?|negative|unknown|undetermined"
    r"|no[ _-]?(guide|call|grna|sgrna)s?|uncalled|low[ _-]?quality|\?|-|",
    re.IGNORECASE,
)


def is_control_label(label: str) -> bool:
    """Tell labels that speak of untreated cells.

    >>> [is_control_label(t) for t in ("NT", "Dimethyl Sulfoxide", "NTRK1", "control", "WT1")]
    [True, True, False, True, False]
    """
    return bool(LIKE_CONTROL.search(label) or _CONTROL.search(label))


def is_no_call_label(label: str) -> bool:
    """Tell labels that mean "no perturbation could be called".

    >>> [is_no_call_label(t) for t in ("unassigned", "nan", "Negative", "NANOG")]
    [True, True, True, False]
    """
    return NO_CALL.fullmatch(label.strip()) is not None
