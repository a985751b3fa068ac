"""Sizes, depth, annotations and imports: budgets of section 5 of the design, printed and held."""

import ast
import importlib
import inspect
import io
import json
import statistics
import subprocess
import sys
import tokenize
from functools import cache
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "src" / "foretell"
FILE_LIMIT, FUNCTION_LIMIT, DEPTH_LIMIT = 300, 60, 2
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
DOCUMENTED = (*FUNCTIONS, ast.ClassDef, ast.Module)
LAYOUT = {
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENDMARKER,
    tokenize.ENCODING,
}
HEAVY = ("sklearn", "anndata", "torch", "pandas", "scipy", "numba", "matplotlib", "plotly")


@cache
def files():
    """Path below the package, text and tree of every file."""
    paths = sorted(PACKAGE.rglob("*.py"))
    texts = [path.read_text("utf-8") for path in paths]
    names = [path.relative_to(PACKAGE).as_posix() for path in paths]
    return [(name, text, ast.parse(text)) for name, text in zip(names, texts, strict=True)]


def code_lines(text, tree):
    """Numbers of the lines that hold code; docstrings, comments and blank lines do not."""
    lines = set()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type not in LAYOUT:
            lines.update(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(tree):
        if isinstance(node, DOCUMENTED) and ast.get_docstring(node, clean=False) is not None:
            doc = node.body[0]
            lines.difference_update(range(doc.lineno, doc.end_lineno + 1))
    return lines


@cache
def sizes():
    """Code lines of every file, and of every function."""
    of_files, of_functions = {}, {}
    for name, text, tree in files():
        lines = code_lines(text, tree)
        of_files[name] = len(lines)
        for node in ast.walk(tree):
            if isinstance(node, FUNCTIONS):
                own = lines & set(range(node.lineno, node.end_lineno + 1))
                of_functions[f"{name}:{node.lineno} {node.name}"] = len(own)
    return of_files, of_functions


def test_files_and_functions_stay_within_their_limits(capsys):
    of_files, of_functions = sizes()
    lengths = sorted(of_functions.values())
    report = (
        f"budgets: {len(of_files)} files, median {statistics.median(of_files.values()):g} lines "
        f"of code (goal 120), largest {max(of_files.values())} (limit {FILE_LIMIT}); "
        f"{len(lengths)} functions, median {statistics.median(lengths):g} (goal 10), "
        f"p90 {lengths[int(0.9 * len(lengths))]}, largest {lengths[-1]} (limit {FUNCTION_LIMIT})"
    )
    with capsys.disabled():
        sys.stdout.write(f"\n{report}\n")
    assert {name: n for name, n in of_files.items() if n > FILE_LIMIT} == {}
    assert {name: n for name, n in of_functions.items() if n > FUNCTION_LIMIT} == {}


def test_lines_are_counted_without_docstrings_and_comments():
    lines = ['"""Doc.', "", '"""', "# comment", 'x = """a', '# b"""', "def f():"]
    text = "\n".join([*lines, '    """Doc."""', "    return x  # comment", ""])
    assert code_lines(text, ast.parse(text)) == {5, 6, 7, 9}


@cache
def classes():
    """Every class that can be imported without an extra."""
    found = set()
    for name, _, tree in files():
        if any(isinstance(node, ast.ClassDef) for node in tree.body):
            module = "foretell." + name.removesuffix(".py").replace("/", ".")
            members = vars(importlib.import_module(module.removesuffix(".__init__"))).values()
            found |= {m for m in members if inspect.isclass(m) and m.__module__ == module}
    return found


def ancestors(cls):
    return [base for base in cls.__bases__ if base.__module__.startswith("foretell.")]


def depth(cls):
    return max((1 + depth(base) for base in ancestors(cls)), default=0)


def test_inheritance_is_shallow_and_single():
    assert {cls: depth(cls) for cls in classes() if depth(cls) > DEPTH_LIMIT} == {}
    assert [cls for cls in classes() if len(ancestors(cls)) > 1] == []


def test_a_class_is_abstract_or_final():
    parents = {base for cls in classes() for base in ancestors(cls)}
    concrete = {p for p in parents if not inspect.isabstract(p) and not issubclass(p, Exception)}
    assert concrete == set()


def test_public_modules_declare_what_is_public():
    missing = []
    for name, _, tree in files():
        public = [n for n in tree.body if isinstance(n, (*FUNCTIONS, ast.ClassDef))]
        public = [node.name for node in public if not node.name.startswith("_")]
        declared = any(
            isinstance(target, ast.Name) and target.id == "__all__"
            for node in tree.body
            if isinstance(node, ast.Assign)
            for target in node.targets
        )
        if public and not declared and not Path(name).name.startswith("_"):
            missing.append(name)
    assert missing == []


def public_functions():
    """Functions and methods that others call, with the file that they stand in."""
    for name, _, tree in files():
        owners = [tree, *(n for n in ast.walk(tree) if isinstance(n, ast.ClassDef))]
        for owner in owners:
            for node in owner.body:
                if isinstance(node, FUNCTIONS) and not node.name.startswith("_"):
                    yield f"{name}:{node.lineno} {node.name}", node


def test_public_functions_are_fully_annotated():
    missing = []
    for where, node in public_functions():
        a = node.args
        given = [*a.posonlyargs, *a.args, *a.kwonlyargs, *filter(None, (a.vararg, a.kwarg))]
        bare = [arg.arg for arg in given if arg.annotation is None]
        if [name for name in bare if name not in ("self", "cls")] or node.returns is None:
            missing.append(where)
    assert missing == []


IMPORT = "import foretell"
COMMAND = """
from foretell.cli import main
sys.argv = ["foretell", *{arguments}]
try:
    main()
except SystemExit as done:
    assert not done.code, done.code
"""


@pytest.mark.parametrize(
    "code",
    [
        IMPORT,
        COMMAND.format(arguments=["--help"]),
        COMMAND.format(arguments=["models", "list"]),
    ],
    ids=["import", "help", "models list"],
)
def test_heavy_libraries_wait_until_they_are_needed(code):
    listing = f"import sys, json\n{code}\nprint(json.dumps(sorted(sys.modules)), file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", listing], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    loaded = set(json.loads(done.stderr.splitlines()[-1]))
    assert loaded & set(HEAVY) == set()
