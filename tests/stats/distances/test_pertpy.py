"""Numbers that pertpy 1.4.0 gave for the same points, and where ours differ from it by intent."""

from __future__ import annotations

import numpy as np
import pytest

from foretell.stats.distances.energy import edistances, edistances_between
from foretell.stats.distances.energy_test import energy_tests
from foretell.stats.distances.mmd import linear_mmd2, mmd2
from foretell.stats.distances.per_gene import gaussian_kl, ks, t_distance

CONTROL = 4
# Distance(name, obsm_key).onesided_distances(adata, groupby, selected_group="control")
PERTPY = {
    "edistance": [0.44078400727548583, 0.5522871915725096, 0.4456107400319711, 0.4829301411087723],
    "mmd": [2.36332290967808, 2.2454360387928, 0.406422837680419, 0.9387496730804517],
    "sym_kldiv": [
        0.15261657434934484,
        0.4371675429352272,
        0.47664896989078726,
        0.31575596782739485,
    ],
    "t_test": [1.3723718737677957, 1.9941300890407274, 0.8197143094297724, 0.7577852166317303],
    "ks_test": [0.184375, 0.27375, 0.2041666666666667, 0.2640625],
}
# Distance("edistance").pairwise(...) of the first group
FROM_FIRST = [0.0, 0.6494459519508, 0.5128040046819669, 0.6530219094124874, 0.44078400727548583]
MMD_RBF = 0.072821193102232  # Distance("mmd")(x, y, kernel="rbf", gamma=0.05) of the second group
ETEST = [0.0015, 0.0085, 0.0005, 0.6385]  # DistanceTest("edistance", n_perms=2000)


@pytest.fixture(scope="module")
def cells():
    """Five groups of points; the last is the control."""
    rng = np.random.default_rng(2026)
    codes = np.repeat(np.arange(5), [40, 25, 60, 10, 80])
    X = rng.standard_normal((len(codes), 8)) * np.linspace(2, 0.5, 8)
    X[codes == 1] += 0.4
    X[codes == 2] *= 1.5
    X[codes == 3, 0] -= 1.0
    return X, codes


def groups(cells):
    X, codes = cells
    return [X[codes == g] for g in range(5)]


def test_its_e_distance_is_our_v(cells):
    found = edistances(*cells, 5, CONTROL)
    np.testing.assert_allclose(found.v[:4], PERTPY["edistance"], rtol=1e-12)
    np.testing.assert_allclose(edistances_between(*cells, 5).v[0], FROM_FIRST, rtol=1e-12)
    assert (found.u[:4] < found.v[:4]).all()


def test_its_mmd_is_our_biased_one(cells):
    *treated, control = groups(cells)
    found = [linear_mmd2(x, control)[1] for x in treated]
    np.testing.assert_allclose(found, PERTPY["mmd"], rtol=1e-12)
    assert mmd2(treated[1], control, 0.05)[1] == pytest.approx(MMD_RBF, rel=1e-11)


def test_its_distances_of_single_genes_are_ours(cells):
    *treated, control = groups(cells)
    found = {"ks_test": [ks(x, control).mean() for x in treated]}
    found["t_test"], found["sym_kldiv"] = [], []
    for x in treated:
        moments = [(s.mean(axis=0), s.var(axis=0, ddof=1), len(s)) for s in (x, control)]
        found["t_test"].append(t_distance(*moments[0], *moments[1]).mean())
        plain = [(s.mean(axis=0), s.var(axis=0)) for s in (x, control)]
        found["sym_kldiv"].append(gaussian_kl(*plain[0], *plain[1]).mean())
    for name, values in found.items():
        # it adds an epsilon to standard deviations
        np.testing.assert_allclose(values, PERTPY[name], rtol=1e-5, err_msg=name)


def test_its_p_values_are_ours_but_for_the_draws(cells):
    p = energy_tests(*cells, 5, CONTROL, 2000, np.random.default_rng(0)).p[:4]
    error = np.sqrt(np.array(ETEST) * (1 - np.array(ETEST)) / 2000)
    assert (np.abs(p - ETEST) < 4 * np.sqrt(2) * error + 1e-3).all()
