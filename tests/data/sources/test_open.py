"""From a name to a data set: three sources in full, on small files of their very form."""

import io
import zipfile
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData
from scipy.sparse import csr_matrix

from foretell.core.errors import BadValues, CannotFetch
from foretell.data.sources.catalogue import find_source
from foretell.data.sources.open import open_source

GENES = ["KLF1", "GATA1", "SPI1", "ACTB"]


def write(path, obs, X, var):
    obs.index = [f"c{i}" for i in range(len(obs))]
    AnnData(csr_matrix(X), obs=obs.astype("category"), var=var).write_h5ad(path)
    return path.read_bytes()


def counts(n):
    return np.random.default_rng(0).poisson(3.0, (n, len(GENES))).astype(np.float32)


def local(served, name, data, **numbers):
    """Return a source of the catalogue, with a small file at a local address."""
    served.files["data"] = data
    own = {"sha256": None, "md5": None, "size": None}
    return replace(find_source(name), address=served.url("data"), **own | numbers)


@pytest.fixture
def norman(served, tmp_path):
    labels = ["ctrl"] * 4 + ["KLF1+ctrl"] * 2 + ["ctrl+GATA1"] * 2 + ["KLF1+GATA1"] * 2
    obs = pd.DataFrame({"condition": [*labels, "GATA1+ctrl"], "cell_type": "A549"})
    var = pd.DataFrame({"gene_name": GENES}, index=[f"ENSG{i}" for i in range(len(GENES))])
    data = write(tmp_path / "perturb_processed.h5ad", obs, np.log1p(counts(11)), var)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("norman/perturb_processed.h5ad", data)
        archive.writestr("norman/go.csv", "source,target\n")
    return local(
        served, "norman2019_gears", file.getvalue(), n_obs=11, n_genes=4, n_perturbations=4
    )


def test_norman_opens_out_of_its_archive(norman, tmp_path):
    data = open_source(norman, to=tmp_path / "cache")
    assert data.name == "norman2019_gears"
    assert data.n_obs == 11
    assert [str(c.perturbation) for c in data.perturbed] == [
        "GATA1:activation",
        "GATA1:activation+KLF1:activation",
        "KLF1:activation",
    ]
    assert sorted(data.genes) == sorted(GENES)
    assert str(data.scale) == "log1p"


def test_provenance_says_where_it_comes_from(norman, tmp_path):
    data = open_source(norman, to=tmp_path / "cache")
    about = data.provenance
    assert about.accession.startswith("GSE133344")
    assert about.licence.startswith("CC0")
    assert about.citation == "norman2019"
    assert about.checksum == f"sha256:{data.file_hash}"
    assert data.species == "human"


def test_it_stays_on_disk_where_asked(norman, tmp_path):
    data = open_source(norman, to=tmp_path / "cache", on_disk=True)
    assert data.matrix.on_disk
    profiles = data.profiles()
    assert (profiles.n.sum(), profiles.control_n.sum()) == (7, 4)


@pytest.mark.parametrize("number", ["n_obs", "n_genes", "n_perturbations"])
def test_another_shape_than_the_known_one_is_refused(norman, tmp_path, number):
    expected = {"n_obs": 11, "n_genes": 4, "n_perturbations": 4}[number]
    with pytest.raises(BadValues, match=f"{number} is {expected}, expected 77"):
        open_source(replace(norman, **{number: 77}), to=tmp_path / "cache")


def test_offline_needs_the_file_only_once(norman, tmp_path):
    with pytest.raises(CannotFetch, match="gears_norman.zip"):
        open_source(norman, to=tmp_path / "cache", offline=True)
    open_source(norman, to=tmp_path / "cache")
    assert open_source(norman, to=tmp_path / "cache", offline=True).n_obs == 11


def test_kang_opens_with_contexts_and_donors(served, tmp_path):
    labels = ["ctrl", "stim"] * 4
    cells = ["B cells"] * 4 + ["NK cells"] * 4
    obs = pd.DataFrame({"label": labels, "cell_type": cells, "replicate": ["a", "a", "b", "b"] * 2})
    bytes_ = write(tmp_path / "kang.h5ad", obs, counts(8), pd.DataFrame(index=GENES))
    source = local(served, "kang2018", bytes_, n_obs=8, n_genes=4)
    data = open_source(source, to=tmp_path / "cache")
    assert [str(c) for c in data.contexts] == ["B cells", "NK cells"]
    assert {str(c.perturbation) for c in data.perturbed} == {"stim:ligand"}
    assert len(set(data.block_codes)) == 2
    assert data.provenance.accession.startswith("GSE96583")


def test_a_scperturb_set_opens_with_its_own_control_label(served, tmp_path):
    labels = ["62(mod)_pBA581"] * 3 + ["SPI1_pDS255"] * 3 + ["*", None]
    obs = pd.DataFrame({"perturbation": labels})
    bytes_ = write(tmp_path / "a.h5ad", obs, counts(8), pd.DataFrame(index=GENES))
    source = local(served, "scperturb_adamson2016_pilot", bytes_, n_obs=8)
    data = open_source(source, to=tmp_path / "cache")
    assert data.n_obs == 6
    assert data.dropped == {"no call": 2}
    assert [c.perturbation.targets for c in data.perturbed] == [("SPI1_pDS255",)]


def test_a_combination_of_scperturb_is_split(served, tmp_path):
    labels = ["control"] * 3 + ["KLF1"] * 2 + ["KLF1_GATA1"] * 2
    bytes_ = write(
        tmp_path / "n.h5ad",
        pd.DataFrame({"perturbation": labels}),
        counts(7),
        pd.DataFrame(index=GENES),
    )
    source = local(served, "scperturb_norman2019", bytes_, n_obs=7, n_genes=4)
    data = open_source(source, to=tmp_path / "cache")
    assert sorted(c.perturbation.order for c in data.perturbed) == [1, 2]
