"""Read: a prediction in whichever layout it is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from foretell.core.errors import BadMapping, UnknownName, UnreadableFile, did_you_mean
from foretell.data.readers.predictions import cell_eval, openproblems, pereggrn, scperturbench, vcc
from foretell.data.readers.predictions.outside import Outside

__all__ = ["LAYOUTS", "layout_of", "read_outside"]

LAYOUTS = tuple(module.LAYOUT for module in (cell_eval, vcc, openproblems, pereggrn, scperturbench))


def layout_of(path: Path) -> str:
    """Tell which layout a file has, by its content; an h5ad with labels is cell-eval's."""
    import h5py

    path = Path(path)
    if not path.is_file():
        raise UnreadableFile(f"there is no file {path}", "check the path")
    if path.suffix == ".vcc":
        return vcc.LAYOUT
    if path.suffix in (".parquet", ".csv"):
        return openproblems.LAYOUT
    if not h5py.is_hdf5(path):
        raise UnreadableFile(f"{path} is in no layout that is read", f"layouts: {LAYOUTS}")
    with h5py.File(path, "r") as file:
        columns, layers = set(file.get("obs", ())), set(file.get("layers", ()))
    if scperturbench.SORT in columns or path.stem.endswith(f"_{scperturbench.PREDICTED}"):
        return scperturbench.LAYOUT
    if openproblems.PREDICTED in layers:
        return openproblems.LAYOUT
    return pereggrn.LAYOUT if set(pereggrn.NEEDED) <= columns else cell_eval.LAYOUT


def read_outside(
    path: Path,
    *,
    layout: str = "",
    column: str = "",
    context: tuple[str, ...] = (),
    id_map: Path | None = None,
    keep_cells: bool = True,
) -> Outside:
    """Read a prediction made elsewhere.

    Parameters
    ----------
    layout : one of `LAYOUTS`; found out where empty.
    column : of the labels; the layout's own where empty.
    context : further columns that tell conditions apart (cell-eval's layout).
    id_map : names of the rows, where the layout has only numbers.
    """
    path = Path(path)
    layout = layout or layout_of(path)
    named: dict[str, Any] = {"column": column} if column else {}
    if layout == vcc.LAYOUT:
        return vcc.read_vcc(path, context=context, keep_cells=keep_cells, **named)
    if layout == cell_eval.LAYOUT:
        return cell_eval.read_cell_eval(path, context=context, keep_cells=keep_cells, **named)
    if layout == pereggrn.LAYOUT:
        return pereggrn.read_pereggrn(path)
    if layout == scperturbench.LAYOUT:
        return scperturbench.read_scperturbench(path, keep_cells=keep_cells, **named)[0]
    if layout == openproblems.LAYOUT:
        if id_map is None:
            raise BadMapping(
                f"the rows of {path} are numbers", "give the table that names them: --id-map FILE"
            )
        return openproblems.read_openproblems(path, id_map)
    raise UnknownName(f"there is no layout '{layout}'", did_you_mean(layout, LAYOUTS))
