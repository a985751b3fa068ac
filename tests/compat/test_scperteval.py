"""scPertEval: the numbers of the real package, scores and calibrations."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from foretell.compat import scperteval
from foretell.core.errors import BadMapping, UnknownName

TOLERANCE = {"plain": 1e-9, "edges": 1e-9, "single": 1e-6}
SETTINGS = {"perturbation": "target", "control": "non-targeting", "subsample": 200}


@pytest.mark.parametrize("kind", ["score", "drf", "bds"])
@pytest.mark.parametrize("name", TOLERANCE)
def test_every_protocol_is_the_one_of_the_real_package(
    name: str, kind: str, pair: Any, fixture: Any
) -> None:
    real, pred = pair(name)
    if kind == "score":
        found = scperteval.score(real, pred, **SETTINGS)
    else:
        found = scperteval.calibrate(real, calibrator=kind, **SETTINGS)
    expected = fixture("scperteval", name)[kind]
    refused = {protocol for protocol, record in expected.items() if "refused" in record}
    assert refused == {n.split("=")[0] for n, _ in found.left_out if "sinkhorn" not in n}
    values = found.table.set_index(["metric", "perturbation"])["value"]
    wrong = []
    for protocol, record in expected.items():
        # the distance of a cell to itself is a rounding error of 1e-8 there
        tolerance = max(TOLERANCE[name], 1e-7 if "energy" in protocol else 0.0)
        for label, value in record.get("values", {}).items():
            mine = values[protocol, label]
            if not np.isclose(mine, value, rtol=tolerance, atol=tolerance, equal_nan=True):
                wrong.append((protocol, label, mine, value))
        for statistic, value in record.get("aggregate", {}).items():
            mine = found.aggregate(protocol, statistic)
            if not np.isclose(mine, value, rtol=tolerance, atol=tolerance, equal_nan=True):
                wrong.append((protocol, statistic, mine, value))
    assert not wrong
    assert set(values.index.get_level_values(0)) == set(expected) - refused


def test_perturbations_of_few_cells_are_dropped(pair: Any) -> None:
    real, pred = pair("plain")
    assert "G40+G41" not in set(scperteval.score(real, pred, **SETTINGS).table["perturbation"])
    low = scperteval.score(real, pred, protocols=["mse"], min_cells=5, **SETTINGS)
    assert "G40+G41" in set(low.table["perturbation"])


def test_genes_may_stand_in_another_order(pair: Any) -> None:
    real, pred = pair("plain")
    one = scperteval.score(real, pred, protocols=["mse", "pearson"], **SETTINGS)
    other = scperteval.score(real, pred[:, ::-1], protocols=["mse", "pearson"], **SETTINGS)
    assert one.table["value"].to_numpy() == pytest.approx(other.table["value"].to_numpy())


def test_what_cannot_be_compared_is_refused(pair: Any) -> None:
    real, pred = pair("plain")
    with pytest.raises(UnknownName, match="none of G03"):
        scperteval.score(real, pred[pred.obs["target"] != "G03"], **SETTINGS)
    with pytest.raises(BadMapping, match="same genes"):
        scperteval.score(real, pred[:, 1:], **SETTINGS)
    with pytest.raises(UnknownName, match="no protocol 'msee'"):
        scperteval.score(real, pred, protocols=["msee"], **SETTINGS)
    with pytest.raises(UnknownName, match="no calibrator 'dr'"):
        scperteval.calibrate(real, calibrator="dr", **SETTINGS)
