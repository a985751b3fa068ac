"""On screens with known truth: what is there is found, and what is not there is not."""

from functools import cache

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData

from foretell.bench.groups import Rules
from foretell.bench.judge import judge_repeat
from foretell.core.dataset import Dataset
from foretell.core.mapping import ColumnMapping
from foretell.core.registry import find, make_model
from foretell.core.split import Split
from foretell.core.task import Task, TaskName
from foretell.data.simulate import Screen, simulate
from foretell.splits.make import make

CEILING = "technical duplicate"
LOG1P = ColumnMapping(context=("cell_type",), blocks=("batch",), scale="log1p")


def log1p(adata, keep=slice(None), name="screen"):
    """A data set of log1p of counts per 1,000."""
    part = adata[keep].copy()
    counts = part.X.toarray().astype(float)
    part.X = np.log1p(1e3 * counts / counts.sum(axis=1, keepdims=True))
    return Dataset.from_anndata(part, LOG1P, name=name)


def predict(models, data, splits):
    """Answers of every model, per split."""
    return {
        label: [model.fit(s.train_part(data)).predict(s.query(data)) for s in splits]
        for label, model in models.items()
    }


def judge(data, splits, answers, metric="pearson_delta", halves=2):
    """Mean score of every answer over conditions."""
    metrics = [find("metrics")[metric]]
    rows = judge_repeat(data, splits, (), answers, metrics, Rules(halves=halves))
    return {label: np.mean([r["value"] for r in own]) for label, own in rows.items()}


# --- additive screens ----------------------------------------------------------------------------


def additive_error(n):
    """Mean squared error of `additive` to the true shift of pairs, with n cells per condition."""
    screen = Screen.additive(
        n_perturbations=8,
        n_combinations=10,
        n_genes=60,
        n_regulators=12,
        n_contexts=1,
        cells_per_condition=n,
        cells_spread=0,
        controls_per_context=n,
        library_size=20_000,
        seed=5,
    )
    simulation = simulate(screen)
    data, true = log_ratios(simulation), simulation.truth.shift
    singles = [c for c in data.perturbed if c.perturbation.order == 1]
    pairs = [c for c in data.perturbed if c.perturbation.order == 2]
    task = Task(TaskName.UNSEEN_COMBINATION)
    split = Split(task, tuple(singles), (), tuple(pairs), (), data.fingerprint)
    predicted = make_model("additive").fit(split.train_part(data)).predict(split.query(data)).mean
    row = {label: i for i, label in enumerate(simulation.truth.conditions["perturbation"])}
    return np.mean((predicted - true[[row[str(c.perturbation)] for c in pairs]]) ** 2)


def log_ratios(simulation):
    """One sample per condition: log of mean counts over those of the controls.

    On this scale shifts add up exactly, as they do in the simulation.
    """
    labels = simulation.adata.obs["perturbation"].astype(str).to_numpy()
    X = simulation.adata.X.toarray()
    control = np.log(X[labels == "control"].mean(axis=0))
    conditions = sorted(set(labels) - {"control"})
    S = np.array([np.log(X[labels == label].mean(axis=0)) - control for label in conditions])
    obs = pd.DataFrame({"perturbation": conditions}, index=conditions)
    adata = AnnData(S, obs=obs, var=simulation.adata.var)
    mapping = ColumnMapping(scale="log_ratio", observation="samples")
    return Dataset.from_anndata(adata, mapping, name="log ratios")


def test_the_error_of_additive_falls_as_one_over_the_number_of_cells():
    errors = {n: additive_error(n) for n in (50, 200, 800)}
    assert errors[50] / errors[200] == pytest.approx(4, rel=0.4)
    assert errors[200] / errors[800] == pytest.approx(4, rel=0.4)


# --- planted low rank ----------------------------------------------------------------------------


def modules(g=60, n_targets=30, n_modules=3, noise=0.3, seed=0):
    """A screen in which a gene's perturbation moves the genes of its own modules.

    S = -Z Z' with Z (g, n_modules): where a gene stands among the others says what it does.
    """
    rng = np.random.default_rng(seed)
    Z = rng.normal(size=(g, n_modules))
    S = -0.4 * Z[:n_targets] @ Z.T
    labels = np.repeat(["control", *(f"g{i:02d}" for i in range(n_targets))], 40)
    means = 8.0 + np.vstack([np.zeros(g), S])
    X = means[np.repeat(np.arange(n_targets + 1), 40)] + rng.normal(0, noise, (len(labels), g))
    obs = pd.DataFrame({"perturbation": labels}, index=[f"c{i}" for i in range(len(labels))])
    var = pd.DataFrame(index=[f"g{i:02d}" for i in range(g)])
    adata = AnnData(np.maximum(X, 0.0), obs=obs, var=var)
    return Dataset.from_anndata(adata, ColumnMapping(scale="log1p"), name="modules")


def test_embeddings_find_a_planted_low_rank_that_the_mean_cannot():
    data = modules()
    splits = make(data, "unseen_perturbation", folds=3)
    scores = find("encodings").make("gene_scores", rank=3)
    models = {
        "mean": make_model("training_mean"),
        "ridge": make_model("ridge", encoding=scores),
        "bilinear": make_model("bilinear", rank=3, encoding=scores),
    }
    answers = predict(models, data, splits)
    r, error = judge(data, splits, answers), judge(data, splits, answers, "mse")
    assert r["mean"] < 0.3
    assert min(r["ridge"], r["bilinear"]) > 0.9
    assert max(error["ridge"], error["bilinear"]) < 0.2 * error["mean"]


# --- no effect at all ----------------------------------------------------------------------------


@cache
def noise_scores(shared):
    """Mean score per screen of every model, on screens where nothing has an effect."""
    scores = [noise_screen(seed, shared) for seed in range(12)]
    return {label: np.array([score[label] for score in scores]) for label in scores[0]}


def noise_screen(seed, shared):
    screen = Screen.noise_only(
        n_perturbations=24,
        n_combinations=12,
        n_genes=80,
        n_regulators=10,
        n_contexts=1,
        cells_per_condition=40,
        cells_spread=0,
        controls_per_context=36 if shared else 80,
        seed=seed,
    )
    data = log1p(simulate(screen).adata, name=f"noise {seed}")
    tasks = ("unseen_perturbation", "unseen_combination")
    splits = make(data, "unseen_perturbation" if shared else tasks[seed % 2], folds=2)
    names = ["training_mean"] if shared else light_models()
    return judge(data, splits, predict({n: make_model(n) for n in names}, data, splits))


def light_models():
    """Models that need no extra; the others take too long for a dozen screens."""
    return [entry.name for entry in find("models") if not (entry.problem or entry.info.extras)]


def significance(values):
    """How many standard errors the mean lies above 0; the unit is a screen, not a condition."""
    spread = values.std(ddof=1) / np.sqrt(len(values))
    return values.mean() / spread if spread > 0 else 0.0


@pytest.mark.parametrize("name", light_models())
def test_without_any_effect_no_model_scores_above_chance(name):
    assert significance(noise_scores(shared=False)[name]) < 3


def test_shared_controls_reward_an_uninformative_answer_by_the_known_amount():
    scores = noise_scores(shared=True)["training_mean"]
    C, K = 40 / 2, 36  # scores are taken against half of the cells
    assert significance(scores) > 10
    assert scores.mean() == pytest.approx(np.sqrt(C / (C + K)), abs=0.06)


# --- the ceiling ---------------------------------------------------------------------------------


def test_the_same_experiment_measured_again_scores_the_ceiling():
    screen = Screen(
        n_perturbations=20,
        n_combinations=0,
        n_genes=80,
        n_contexts=1,
        n_regulators=20,
        cells_per_condition=90,
        cells_spread=0,
        controls_per_context=300,
        seed=2,
    )
    adata = simulate(screen).adata
    treated = adata.obs["perturbation"].to_numpy() != "control"
    again = treated & (np.arange(adata.n_obs) % 3 == 0)  # as many cells as a half of the rest
    data, second = log1p(adata, ~again), log1p(adata, again | ~treated)
    splits = make(data, "unseen_perturbation", folds=2)
    repeated = {c: Y for c, Y in zip(second.perturbed, second.profiles().Y, strict=True)}
    answers = [s.query(data).answer(mean=np.array([repeated[c] for c in s.test])) for s in splits]
    for metric in ("pearson_delta", "mse", "mae", "pds_cosine"):
        found = judge(data, splits, {"again": answers}, metric, halves=10)
        assert found["again"] == pytest.approx(found[CEILING], rel=0.05)
