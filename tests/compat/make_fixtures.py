"""Make the fixtures: run the real evaluators on the screens, each in its own environment.

    PYTHON tests/compat/make_fixtures.py cell_eval|scperteval|gears|systema|pereggrn [SOURCE]

``cell_eval`` and ``scperteval`` are installed packages. Of the others, SOURCE is the folder of
a checkout of their repository; libraries that their metrics do not use are replaced by stand-ins.
What comes out is ``fixtures/<evaluator>.json``; no code of theirs comes with it.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import sys
import tempfile
import types
import warnings
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

from screens import SCREENS, Screen, checksum, screen  # noqa: E402

warnings.filterwarnings("ignore")


def as_anndata(made: Screen, side: str):  # noqa: ANN201 - AnnData of the peer's environment
    """Return one side of a screen as an AnnData."""
    import anndata
    import pandas as pd
    from scipy.sparse import csr_matrix

    X, labels = getattr(made, side), getattr(made, f"{side}_labels")
    obs = pd.DataFrame({"target": labels}, index=[f"{side}{i}" for i in range(len(labels))])
    var = pd.DataFrame(index=made.genes)
    return anndata.AnnData(csr_matrix(X) if made.sparse else X.copy(), obs=obs, var=var)


def cell_eval(source: str) -> dict:
    """Score in full, the baseline of the challenge too, and combine."""
    import polars as pl
    from cell_eval import MetricsEvaluator, score_agg_metrics
    from cell_eval._baseline import build_base_mean_adata

    def run(pred, real, profile, out):  # noqa: ANN001, ANN202
        evaluator = MetricsEvaluator(
            pred, real, control_pert="non-targeting", pert_col="target", num_threads=1, outdir=out
        )
        return evaluator.compute(profile=profile, break_on_error=True, write_csv=False)

    found = {}
    for name in SCREENS:
        made = screen(name)
        with tempfile.TemporaryDirectory() as out:
            table, summary = run(as_anndata(made, "pred"), as_anndata(made, "real"), "full", out)
            base = build_base_mean_adata(as_anndata(made, "real"), pert_col="target")
            _, of_base = run(base, as_anndata(made, "real"), "vcc", out)
            _, of_user = run(as_anndata(made, "pred"), as_anndata(made, "real"), "vcc", out)
        score = score_agg_metrics(of_user, of_base)
        mean = summary.filter(pl.col("statistic") == "mean").drop("statistic").to_dicts()[0]
        found[name] = {
            "checksum": checksum(made),
            "table": {row.pop("perturbation"): row for row in table.to_dicts()},
            "mean": mean,
            "combined": dict(score.iter_rows()),
        }
    return found


def scperteval(source: str) -> dict:
    """Score and calibrate with every protocol that needs no extra library."""
    import scperteval
    from scperteval.protocols.table import TABLE

    names = [p.name for p in TABLE if p.requires_extra is None]
    found = {}
    for name in SCREENS[:3]:
        made = screen(name)
        real, pred = (as_anndata(made, side) for side in ("real", "pred"))
        for side in (real, pred):
            side.obs["perturbation"] = side.obs["target"]
        settings = {"control_label": "non-targeting", "workers": 1, "subsample": 200}
        handle = scperteval.prepare(real, names, **settings)
        result = {"checksum": checksum(made), "score": {}, "drf": {}, "bds": {}}
        for protocol in names:
            for kind in ("score", "drf", "bds"):
                try:
                    if kind == "score":
                        done = scperteval.score(handle, protocol, pred)
                    else:
                        done = scperteval.calibrate(handle, protocol, calibrator=kind)
                except ValueError as error:  # a whole protocol is refused for one perturbation
                    result[kind][protocol] = {"refused": str(error)}
                    continue
                frame = done.per_perturbation
                column = [c for c in frame.columns if c.split("_")[0] == kind][-1]
                by_label = dict(zip(frame["perturbation"], map(float, frame[column]), strict=True))
                label = str(frame["protocol"].iloc[0])
                result[kind][label] = {"values": by_label, "aggregate": done.aggregate}
        found[name] = result
    return found


def _stand_in(*names: str) -> None:
    """Put modules that hold nothing in the place of libraries that are not installed."""
    for name in names:
        try:
            importlib.import_module(name)
        except ImportError:
            sys.modules[name] = _Anything(name)


def _module(path: Path, stand_ins: tuple[str, ...]) -> types.ModuleType:
    """Load one file of a checkout; the libraries named are modules that hold nothing."""
    _stand_in(*stand_ins)
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class _Anything(types.ModuleType):
    """A module in which every name exists."""

    __path__: list = []

    def __getattr__(self, name: str):  # noqa: ANN204
        if name.startswith("__"):
            raise AttributeError(name)
        return type(name, (), {}) if name[:1].isupper() else _Anything(name)

    def __call__(self, *args: object, **kwargs: object) -> _Anything:
        return self


def _means(made: Screen, side: str) -> dict:
    X, labels = getattr(made, side).astype(float), getattr(made, f"{side}_labels")
    return {str(name): X[labels == name].mean(axis=0) for name in np.unique(labels)}


def _gears_package(source: str) -> None:
    """Make ``gears.data_utils`` and ``gears.inference`` importable, without the models."""
    _stand_in("torch", "torch_geometric", "torch_geometric.data", "networkx", "requests", "dcor")
    package = types.ModuleType("gears")
    package.__path__ = [str(Path(source) / "gears")]
    sys.modules["gears"] = package


def gears(source: str) -> dict:
    """Run `compute_metrics`, `deeper_analysis`, `non_zero_analysis` and `non_dropout_analysis`."""
    _gears_package(source)
    import scipy.sparse as sp
    from gears.data_utils import get_DE_genes, get_dropout_non_zero_genes
    from gears.inference import (
        compute_metrics,
        deeper_analysis,
        non_dropout_analysis,
        non_zero_analysis,
    )

    found = {}
    for name in SCREENS[:2]:
        made = screen(name)
        spelled = {str(label): str(label) for label in np.unique(made.real_labels)}
        spelled = {k: v if "+" in v else f"{v}+ctrl" for k, v in spelled.items()}
        spelled["non-targeting"] = "ctrl"
        adata = as_anndata(made, "real")
        adata.X = sp.csr_matrix(adata.X)
        adata.obs["condition"] = [spelled[label] for label in made.real_labels]
        adata.obs["cell_type"] = "A"
        adata.var["gene_name"] = adata.var_names
        adata = get_dropout_non_zero_genes(get_DE_genes(adata, skip_calc_de=False))
        full = dict(adata.obs[["condition", "condition_name"]].astype(str).values)
        place = {gene: i for i, gene in enumerate(made.genes)}
        # one row per cell, as a loader gives them: the truth and the prediction of the cell
        rows = [i for i in np.argsort(made.real_labels) if made.real_labels[i] != "non-targeting"]
        pools = {label: list(np.flatnonzero(made.pred_labels == label)) for label in spelled}
        pred_rows = [pools[made.real_labels[i]].pop() for i in rows]
        labels = np.array([spelled[made.real_labels[i]] for i in rows])
        ranked = adata.uns["rank_genes_groups_cov_all"]
        top = np.array([[place[g] for g in ranked[full[label]][:20]] for label in labels])
        pred, truth = made.pred[pred_rows], made.real[rows]
        results = {
            "pert_cat": labels,
            "pred": pred,
            "truth": truth,
            "pred_de": np.take_along_axis(pred, top, axis=1),
            "truth_de": np.take_along_axis(truth, top, axis=1),
        }
        metrics, by_label = compute_metrics(results)
        for more in (deeper_analysis, non_zero_analysis, non_dropout_analysis):
            for label, values in more(adata, results).items():
                by_label[label] |= {k: float(v) for k, v in values.items()}
        back = {v: k for k, v in spelled.items()}
        table = {back[str(k)]: {m: float(x) for m, x in v.items()} for k, v in by_label.items()}
        top = {
            back[k]: list(adata.uns["top_non_dropout_de_20"][v])
            for k, v in full.items()
            if k != "ctrl"
        }
        found[name] = {"checksum": checksum(made), "mean": metrics, "table": table, "top": top}
    return found


def systema(source: str) -> dict:
    """Run the released scores; the global that one of them lacks is set as the benchmark does.

    The twenty genes are those of ``gears.json``, which must be there.
    """
    import pandas as pd

    folder = Path(source) / "evaluation"
    delta = _module(folder / "pearson_delta_reference_metrics.py", ())
    accuracy = _module(folder / "centroid_accuracy.py", ())
    utils = _module(folder / "eval_utils.py", ("scanpy",))
    panels = json.loads((HERE / "fixtures" / "gears.json").read_text())
    found = {}
    for name in SCREENS[:2]:
        made = screen(name)
        real, pred = _means(made, "real"), _means(made, "pred")
        control = real.pop("non-targeting")
        pred.pop("non-targeting")
        train, test = sorted(real)[:3], sorted(real)[3:]
        centroids = as_anndata(made, "real")
        import scipy.sparse as sp

        centroids.X = sp.csr_matrix(centroids.X)
        centroids.obs["condition"] = centroids.obs["target"]
        centroids.obs["control"] = 0
        reference = utils.average_of_perturbation_centroids(
            centroids[centroids.obs["condition"].isin(train)]
        )
        table = {}
        for p in test:
            top = np.flatnonzero(np.isin(made.genes, panels[name]["top"][p]))
            delta.top20_de_idxs = top
            row = delta.pearson_delta_reference_metrics(real[p], pred[p], reference)
            largest = utils.get_topk_de_gene_ids(control, pred[p], k=20)
            row["jaccard"] = utils.jaccard_similarity(top, largest)
            table[p] = {k: float(v) for k, v in row.items()}
        predicted = pd.DataFrame(np.array([pred[p] for p in test]))
        predicted.index = pd.MultiIndex.from_product([test, ["m"]], names=["condition", "method"])
        measured = pd.DataFrame(np.array([real[p] for p in sorted(real)]), index=sorted(real))
        close = accuracy.calculate_centroid_accuracies(predicted, measured)["m"]
        for p in test:
            table[p]["centroid_accuracy"] = float(close[p])
        found[name] = {"checksum": checksum(made), "train": train, "table": table}
    return found


def pereggrn(source: str) -> dict:
    """Run the metrics of the evaluator on the means of each group."""
    module = _module(
        Path(source) / "pereggrn" / "evaluator.py",
        ("altair", "pereggrn", "pereggrn.experimenter", "ggrn", "ggrn.api", "anndata"),
    )
    found = {}
    for name in SCREENS[:2]:
        made = screen(name)
        real, pred = _means(made, "real"), _means(made, "pred")
        control = real.pop("non-targeting")
        pred.pop("non-targeting")
        table = {
            p: {k: float(m(pred[p], real[p], control, control)) for k, m in module.METRICS.items()}
            for p in real
        }
        found[name] = {"checksum": checksum(made), "table": table}
    return found


if __name__ == "__main__":
    which = sys.argv[1]
    made = globals()[which](sys.argv[2] if len(sys.argv) > 2 else "")
    path = HERE / "fixtures" / f"{which}.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(made, indent=1, default=float) + "\n")
    sys.stdout.write(f"{path}\n")
