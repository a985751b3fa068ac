"""About ten numbers per model on the toy screen; changed only with a reason in the commit.

Write them anew with ``FORETELL_GOLDEN=write make test ARGS="tests/golden"``. The tolerance leaves
room for other builds of BLAS; it does not leave room for another method.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest

from foretell.contract.toy import toy_dataset, toy_splits
from foretell.core.model import Model
from foretell.core.registry import find
from foretell.core.spec import spec_hash

FILE = Path(__file__).with_name("golden.json")
EXAMPLES = [
    (f"{entry.name} {i}", model)
    for entry in find("models")
    if entry.declared is not None
    for i, model in enumerate(entry.declared.examples())
]


def numbers(model: Model) -> list[float]:
    """Mean, spread and first shifts of every toy split whose task the model declares."""
    found: list[float] = []
    for task, split in toy_splits().items():
        if task in model.tasks:
            data = toy_dataset()
            kept = split.calibration_part(data) if model.info.uses_calibration else None
            prediction = model.fit(split.train_part(data), kept).predict(split.query(data))
            shift = prediction.shift[prediction.answered]
            if len(shift):
                found += [float(shift.mean()), float(shift.std()), float(shift[0, 0])]
    return found[:12]


@pytest.mark.parametrize(("name", "model"), EXAMPLES, ids=[name for name, _ in EXAMPLES])
def test_predictions_on_the_toy_screen_have_not_changed(name: str, model: Model) -> None:
    golden = json.loads(FILE.read_text()) if FILE.is_file() else {}
    found = numbers(model)
    if os.environ.get("FORETELL_GOLDEN") == "write":
        golden[name] = {"spec": spec_hash(model), "numbers": found}
        FILE.write_text(json.dumps(golden, indent=1, sort_keys=True) + "\n")
        return
    assert name in golden, "a new model: write its golden numbers"
    np.testing.assert_allclose(found, golden[name]["numbers"], rtol=1e-6, atol=1e-9)


def test_no_golden_numbers_are_left_of_models_that_are_gone() -> None:
    assert set(json.loads(FILE.read_text())) == {name for name, _ in EXAMPLES}
