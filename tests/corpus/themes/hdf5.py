"""HDF5 files that are valid, but stored oddly, or whose parts disagree."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np

from corpus.case import NoScreen, Reads, Refused, case
from corpus.screens import replace_stored, save, screen, unreadable, written
from foretell.core.errors import BadValues, ForetellError

GOOD = Reads(control="control", n=3)


def _stored(path: Path, **how: object) -> None:
    with h5py.File(written(path, dense=True), "r+") as file:
        replace_stored(file, "X", file["X"][:], **how)


@case(GOOD)
def gzip_chunks(path: Path) -> None:
    """Chunks compressed with gzip, shuffled, with check sums."""
    _stored(path, chunks=(7, 3), compression="gzip", shuffle=True, fletcher32=True)


@case(GOOD)
def lzf_chunks(path: Path) -> None:
    """Chunks compressed with lzf."""
    _stored(path, chunks=(5, 20), compression="lzf")


@case(unreadable("screen.h5ad"))
def broken_chunk(path: Path) -> None:
    """A compressed chunk with a wrong byte."""
    _stored(path, chunks=(40, 20), compression="gzip", fletcher32=True)
    with h5py.File(path, "r") as file:
        chunk = file["X"].id.get_chunk_info(0)
    data = bytearray(path.read_bytes())
    data[chunk.byte_offset + chunk.size // 2] ^= 0xFF
    path.write_bytes(bytes(data))


@case(GOOD)
def big_endian(path: Path) -> None:
    """Values in the byte order of another machine."""
    _stored(path, dtype=">f4")


@case(Refused(BadValues, ("X", "not numbers")))
def text_values(path: Path) -> None:
    """X holds texts."""
    with h5py.File(written(path, dense=True), "r+") as file:
        texts = file["X"][:].astype(int).astype("S8")
        replace_stored(file, "X", texts)


@case(Refused(BadValues, ("X", "complex")))
def complex_values(path: Path) -> None:
    """X holds complex numbers."""
    with h5py.File(written(path, dense=True), "r+") as file:
        replace_stored(file, "X", file["X"][:].astype("c16"))


@case(Refused(ForetellError, ("X",)))
def compound_values(path: Path) -> None:
    """X holds records of two numbers."""
    with h5py.File(written(path, dense=True), "r+") as file:
        pairs = np.zeros(file["X"].shape, dtype=[("a", "f4"), ("b", "f4")])
        replace_stored(file, "X", pairs)


@case(unreadable("screen.h5ad"))
def flat_values(path: Path) -> None:
    """X has one axis."""
    with h5py.File(written(path, dense=True), "r+") as file:
        replace_stored(file, "X", file["X"][:].ravel())


@case(unreadable("screen.h5ad"))
def cube_of_values(path: Path) -> None:
    """X has three axes."""
    with h5py.File(written(path, dense=True), "r+") as file:
        replace_stored(file, "X", file["X"][:][:, :, None])


@case(unreadable("screen.h5ad"))
def transposed(path: Path) -> None:
    """X is genes by cells, `obs` and `var` are not."""
    with h5py.File(written(path, dense=True), "r+") as file:
        replace_stored(file, "X", file["X"][:].T)


@case(unreadable("screen.h5ad"), cli=True)
def fewer_rows_than_cells(path: Path) -> None:
    """X has fewer rows than `obs`."""
    with h5py.File(written(path, dense=True), "r+") as file:
        replace_stored(file, "X", file["X"][:-3])


@case(unreadable("screen.h5ad"))
def dense_bomb(path: Path) -> None:
    """A few kB that say they are 80 TB of zeros."""
    adata = screen(dense=True)
    save(adata, path)
    with h5py.File(path, "r+") as file:
        del file["X"]
        file.create_dataset("X", (10**7, 10**6), "f8", chunks=(1000, 1000), compression="gzip")


@case(unreadable("screen.h5ad"))
def unknown_encoding(path: Path) -> None:
    """X is stored in an encoding that nobody knows."""
    with h5py.File(written(path), "r+") as file:
        file["X"].attrs["encoding-type"] = "coo_matrix"


@case(unreadable("screen.h5ad"))
def codes_beyond_the_categories(path: Path) -> None:
    """Codes of a categorical column lie beyond its categories."""
    with h5py.File(written(path), "r+") as file:
        codes = file["obs/perturbation/codes"]
        codes[3] = 100


@case(unreadable("screen.h5ad"))
def categories_twice(path: Path) -> None:
    """A categorical column has a category twice."""
    with h5py.File(written(path), "r+") as file:
        categories = file["obs/perturbation/categories"]
        categories[1] = categories[0]


@case(unreadable("screen.h5ad"))
def short_column(path: Path) -> None:
    """A column of `obs` is shorter than the others."""
    adata = screen(batch=lambda label, i: i)
    save(adata, path)
    with h5py.File(path, "r+") as file:
        replace_stored(file, "obs/batch", file["obs/batch"][:-2])


@case(unreadable("screen.h5ad"))
def listed_column_missing(path: Path) -> None:
    """A column that `obs` lists is not there."""
    with h5py.File(written(path), "r+") as file:
        del file["obs/perturbation"]


@case(unreadable("screen.h5ad"))
def index_missing(path: Path) -> None:
    """The index of `obs` is not there."""
    with h5py.File(written(path), "r+") as file:
        del file["obs/_index"]


@case(unreadable("screen.h5ad"))
def obs_is_an_array(path: Path) -> None:
    """`obs` is an array of numbers."""
    with h5py.File(written(path), "r+") as file:
        del file["obs"]
        file["obs"] = np.zeros((40, 2))


@case(unreadable("screen.h5ad"))
def var_missing(path: Path) -> None:
    """The table of genes is missing."""
    with h5py.File(written(path), "r+") as file:
        del file["var"]


@case(NoScreen(("no columns at all",)))
def obs_without_columns(path: Path) -> None:
    """`obs` has no columns."""
    save(screen(column=None), path)


@case(Refused(ForetellError, ("X",)))
def no_matrix(path: Path) -> None:
    """Neither X nor a layer."""
    adata = screen()
    adata.X = None
    save(adata, path)


@case(Reads(control="control", n=3, columns={"layer": "counts"}))
def layers_without_x(path: Path) -> None:
    """No X, but a layer of counts."""
    adata = screen()
    adata.layers["counts"] = adata.X.copy()
    adata.X = None
    save(adata, path)


@case(Refused(ForetellError, ("raw",)))
def raw_only(path: Path) -> None:
    """No X: counts stand under `raw` alone."""
    adata = screen()
    adata.raw = adata.copy()
    adata.X = None
    save(adata, path)


@case(Reads(control="control", n=3, words=("raw",), columns={"scale": "log1p"}))
def raw_beside_log_values(path: Path) -> None:
    """Log values in X, counts under `raw`."""
    adata = screen(scale="log1p")
    adata.raw = screen()
    save(adata, path)


@case(GOOD)
def fortran_order(path: Path) -> None:
    """A dense matrix in the order of columns."""
    adata = screen(dense=True)
    adata.X = np.asfortranarray(adata.X)
    save(adata, path)


@case(GOOD)
def anndata_of_2019(path: Path) -> None:
    """The layout of anndata before 0.7: tables are records, categories stand in `uns`."""
    adata = screen(dense=True)
    kind = h5py.string_dtype()
    with h5py.File(path, "w") as file:
        file["X"] = adata.X
        labels = adata.obs["perturbation"].astype("category")
        obs = np.empty(adata.n_obs, dtype=[("index", kind), ("perturbation", "i1")])
        obs["index"], obs["perturbation"] = adata.obs_names, labels.cat.codes
        var = np.empty(adata.n_vars, dtype=[("index", kind)])
        var["index"] = adata.var_names
        file["obs"], file["var"] = obs, var
        categories = labels.cat.categories.to_numpy(object)
        file.create_dataset("uns/perturbation_categories", data=categories, dtype=kind)


@case(GOOD)
def anndata_of_2021(path: Path) -> None:
    """The layout of anndata 0.7: categories stand in `__categories`."""
    with h5py.File(written(path), "r+") as file:
        obs = file["obs"]
        codes, categories = obs["perturbation/codes"][:], obs["perturbation/categories"][:]
        del obs["perturbation"]
        obs.create_dataset("perturbation", data=codes)
        kind = h5py.string_dtype()
        obs.create_dataset("__categories/perturbation", data=categories, dtype=kind)
        obs["perturbation"].attrs["categories"] = obs["__categories/perturbation"].ref
        obs.attrs["encoding-version"] = "0.1.0"


@case(GOOD)
def nobody_wrote_versions(path: Path) -> None:
    """A file without any mark of an encoding."""
    adata = screen(dense=True)
    with h5py.File(path, "w") as file:
        file["X"] = adata.X
        for name, table in (("obs", adata.obs), ("var", adata.var)):
            group = file.create_group(name)
            group.attrs["_index"] = "_index"
            group.attrs["column-order"] = list(table.columns)
            group["_index"] = list(table.index)
            for column in table:
                group[column] = list(table[column])


@case(Reads(control="control", n=3, genes=20))
def heavy_uns(path: Path) -> None:
    """`uns` holds nested, empty, unicode and large things."""
    adata = screen()
    adata.uns = {
        "log1p": {"base": np.array(2.0)},
        "empty": {},
        "\u00fcber": "\U0001f9ec" * 3000,
        "deep": {"a": {"b": {"c": {"d": np.zeros((50, 50))}}}},
        "texts": np.array(["a", "b"], dtype=object),
        "value_scale": "log2 fold change",
    }
    save(adata, path)


@case(GOOD)
def three_thousand_columns(path: Path) -> None:
    """`obs` has 3,000 columns."""
    with h5py.File(written(path), "r+") as file:
        names = [f"score_{i}" for i in range(3000)]
        tags = {"encoding-type": "array", "encoding-version": "0.2.0"}
        for i, name in enumerate(names):
            file[f"obs/{name}"] = np.full(40, i / 7)
            file[f"obs/{name}"].attrs.update(tags)
        file["obs"].attrs["column-order"] = ["perturbation", *names]
