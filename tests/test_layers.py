"""Who may import whom, read from the syntax trees; the table stands in section 4 of the design."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "src" / "foretell"

LAYERS = (
    {"core"},
    {"stats"},
    {"data", "knowledge", "nn"},
    {"splits", "metrics", "compat", "networks", "models", "analysis"},
    {"ensemble", "uncertainty", "design", "contract"},
    {"bench"},
    {"plot", "report"},
    {"cli", "app"},
)
ALONE = LAYERS[2] | LAYERS[3]  # these do not import each other within their layer
BY_REGISTRY = {"models", "metrics", "networks"}  # not imported by name from layer 4 on, but by cli
ALLOWED = {("knowledge", "data.find"), ("knowledge", "data.fetch")}
DEEP = {"torch", "tensorflow", "jax", "flax", "keras", "lightning", "transformers"}
PLOTTING = {"matplotlib", "plotly", "seaborn", "altair", "bokeh"}
NETWORK = {"urllib", "urllib3", "requests", "pooch", "socket", "http", "httpx", "aiohttp", "ftplib"}
PRINTING = {"rich", "typer", "click", "tqdm"}
NOT_NOUNS = {"utils", "util", "helpers", "helper", "common", "misc", "base", "manager"}


@dataclass(frozen=True)
class Import:
    """A dotted name, and the functions that stand around its import."""

    name: str
    inside: tuple[str, ...] = ()

    @property
    def top(self) -> str:
        return self.name.partition(".")[0]


@dataclass(frozen=True)
class File:
    """A file of the package: where it stands, and what it says."""

    path: str
    text: str

    @property
    def parts(self) -> tuple[str, ...]:
        return tuple(self.path.removesuffix(".py").split("/"))

    @property
    def folder(self) -> str:
        return self.parts[0] if len(self.parts) > 1 else ""

    @property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @property
    def imports(self) -> list[Import]:
        return list(_imports(self.tree, ()))

    @property
    def ours(self) -> list[str]:
        """What it imports of ours, without the package's name."""
        names = [i.name for i in self.imports if i.top == "foretell"]
        return [name.partition(".")[2] for name in names]


def _imports(node: ast.AST, inside: tuple[str, ...]) -> Iterator[Import]:
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        inside = (*inside, node.name)
    if isinstance(node, ast.Import):
        yield from (Import(alias.name, inside) for alias in node.names)
    if isinstance(node, ast.ImportFrom):
        yield from (Import(f"{node.module or ''}.{alias.name}", inside) for alias in node.names)
    for child in ast.iter_child_nodes(node):
        yield from _imports(child, inside)


@cache
def package() -> tuple[File, ...]:
    files = sorted(PACKAGE.rglob("*.py"))
    return tuple(File(f.relative_to(PACKAGE).as_posix(), f.read_text("utf-8")) for f in files)


def layer(folder: str) -> int:
    return next((i for i, folders in enumerate(LAYERS) if folder in folders), -1)


# --- rules: each returns what is wrong with one file ---------------------------------------------


def climbs(file: File) -> list[str]:
    """Imports of a higher layer, or of a neighbour that stands alone."""
    if not file.folder:
        return []  # the package's front door opens every room
    wrong = []
    for name in file.ours:
        other = name.partition(".")[0]
        allowed = other in (file.folder, "_version") or any(
            file.folder == own and name.startswith(target) for own, target in ALLOWED
        )
        allowed |= not other and layer(file.folder) >= 5  # the front door, for its version
        higher = layer(other) > layer(file.folder)
        beside = layer(other) == layer(file.folder) and file.folder in ALONE
        if not allowed and (layer(other) < 0 or higher or beside):
            wrong.append(name)
    return wrong


def passes_by_the_registry(file: File) -> list[str]:
    """Imports of models, metrics or inference by name from layers 4 to 7."""
    if not 4 <= layer(file.folder) <= 7:
        return []
    return [name for name in file.ours if name.partition(".")[0] in BY_REGISTRY]


def reports_on_more_than_tables(file: File) -> list[str]:
    """Imports of plot and report that are neither core nor bench."""
    if file.folder not in LAYERS[6]:
        return []
    known = {"core", "bench", "_version", "", *LAYERS[6]}
    return [name for name in file.ours if name.partition(".")[0] not in known]


def imports_another_model(file: File) -> list[str]:
    """Imports of a model's file, or of another family, by a file below models."""
    if file.folder != "models" or len(file.parts) < 3:
        return []
    wrong = []
    for name in file.ours:
        parts = name.split(".")
        if parts[0] == "models" and len(parts) > 2:
            own_family = parts[1] == file.parts[1]
            if not own_family or "/".join(parts[:3]) in model_files():
                wrong.append(name)
    return wrong


@cache
def model_files() -> frozenset[str]:
    """Files that declare a model, without suffix."""
    return frozenset("/".join(file.parts) for file in package() if declares_model(file))


def declares_model(file: File) -> bool:
    classes = [node for node in ast.walk(file.tree) if isinstance(node, ast.ClassDef)]
    bases = [ast.unparse(base) for c in classes for base in c.bases]
    return file.folder == "models" and any(b.rpartition(".")[2].endswith("Model") for b in bases)


def loads_deep_learning(file: File) -> list[str]:
    """Deep-learning libraries outside nn and outside the functions of models."""
    inside = file.folder in ("models", "knowledge", "networks")
    found = [i for i in file.imports if i.top in DEEP and file.folder != "nn"]
    return [i.name for i in found if not (inside and i.inside)]


def plots(file: File) -> list[str]:
    allowed = file.folder in ("plot", "report")
    return [i.name for i in file.imports if i.top in PLOTTING and not allowed]


def reaches_the_network(file: File) -> list[str]:
    allowed = file.path == "data/fetch.py"
    return [i.name for i in file.imports if i.top in NETWORK and not allowed]


def prints(file: File) -> list[str]:
    if file.folder == "cli":
        return []
    calls = [node.func for node in ast.walk(file.tree) if isinstance(node, ast.Call)]
    names = [f.id for f in calls if isinstance(f, ast.Name) and f.id in ("print", "pprint")]
    return [*names, *(i.name for i in file.imports if i.top in PRINTING)]


def is_not_a_noun(file: File) -> list[str]:
    return [part for part in file.parts if part.strip("_") in NOT_NOUNS]


def has_no_layer(file: File) -> list[str]:
    return [file.folder] if file.folder and layer(file.folder) < 0 else []


RULES = (
    climbs,
    passes_by_the_registry,
    reports_on_more_than_tables,
    imports_another_model,
    loads_deep_learning,
    plots,
    reaches_the_network,
    prints,
    is_not_a_noun,
    has_no_layer,
)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_no_file_breaks_the_rule(rule):
    wrong = {file.path: found for file in package() if (found := rule(file))}
    assert wrong == {}


BROKEN = [
    (climbs, "core/x.py", "from foretell.stats import ridge"),
    (climbs, "stats/x.py", "def f():\n    from foretell.data.load import load"),
    (climbs, "core/x.py", "if TYPE_CHECKING:\n    from foretell.models import linear"),
    (climbs, "knowledge/x.py", "from foretell.data.load import load"),
    (climbs, "splits/x.py", "import foretell.metrics.profile"),
    (climbs, "models/linear/x.py", "from foretell.networks import genie3"),
    (climbs, "contract/x.py", "from foretell import bench"),
    (climbs, "stats/x.py", "import foretell"),
    (passes_by_the_registry, "bench/x.py", "from foretell.models.linear.ridge import Ridge"),
    (passes_by_the_registry, "contract/x.py", "from foretell.metrics.profile import mse"),
    (reports_on_more_than_tables, "report/x.py", "from foretell.data.load import load"),
    (imports_another_model, "models/linear/x.py", "from foretell.models.linear.ridge import Ridge"),
    (imports_another_model, "models/linear/x.py", "import foretell.models.baselines.mean_shift"),
    (loads_deep_learning, "models/latent/x.py", "import torch.nn"),
    (loads_deep_learning, "stats/x.py", "def f():\n    import torch"),
    (plots, "bench/x.py", "def f():\n    import matplotlib.pyplot as plt"),
    (reaches_the_network, "data/load.py", "from urllib.request import urlopen"),
    (prints, "bench/x.py", "print('done')"),
    (prints, "bench/x.py", "from rich.console import Console"),
    (is_not_a_noun, "stats/utils.py", ""),
    (is_not_a_noun, "data/common/reading.py", ""),
    (has_no_layer, "extra/x.py", ""),
]


@pytest.mark.parametrize(("rule", "path", "text"), BROKEN)
def test_a_rule_catches_what_it_forbids(rule, path, text):
    assert rule(File(path, text))


FINE = [
    (climbs, "knowledge/x.py", "from foretell.data.fetch import fetch"),
    (climbs, "cli/x.py", "from foretell.bench.runner import run"),
    (imports_another_model, "models/baselines/x.py", "import foretell.models.baselines.mean_shift"),
    (loads_deep_learning, "models/latent/x.py", "def _fit():\n    import torch"),
    (loads_deep_learning, "nn/x.py", "import torch"),
    (plots, "report/x.py", "import plotly"),
    (reaches_the_network, "data/fetch.py", "import pooch"),
    (prints, "cli/x.py", "print('done')"),
]


@pytest.mark.parametrize(("rule", "path", "text"), FINE)
def test_a_rule_allows_what_the_design_allows(rule, path, text):
    assert rule(File(path, text)) == []


def test_every_rule_has_something_that_it_catches():
    assert {rule for rule, _, _ in BROKEN} == set(RULES)
