"""Start a model: copy the template to its family under its name.

    python scripts/new_model.py linear my_model

writes ``src/foretell/models/linear/my_model.py`` with the class called ``MyModel``. Nothing else
has to be edited: a model is found because its file exists.
"""

from __future__ import annotations

import argparse
import ast
import keyword
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TEMPLATE = Path("docs/templates/model.py")
SNAKE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")


def main(arguments: list[str] | None = None, root: Path = ROOT) -> int:
    """Write the file, or say why not; the exit status is 0 when a file was written."""
    parser = argparse.ArgumentParser(description="Start a model from the template.")
    parser.add_argument("family", help="folder below src/foretell/models, such as linear")
    parser.add_argument("name", help="snake-case name of the method, such as my_model")
    given = parser.parse_args(arguments)
    try:
        path = write_model(root, given.family, given.name)
    except (ValueError, OSError) as problem:
        sys.stderr.write(f"new-model: {problem}\n")
        return 2
    where = path.relative_to(root)
    sys.stdout.write(f"new-model: wrote {where}\n")
    sys.stdout.write("Next: fill the docstring, `info`, the fields, `_fit` and `_predict`; then\n")
    sys.stdout.write(f"  make test ARGS='-k {given.name}'\n")
    return 0


def write_model(root: Path, family: str, name: str) -> Path:
    """Copy the template, with names substituted, and return the path of the new file."""
    for kind, word in (("FAMILY", family), ("NAME", name)):
        if not SNAKE.fullmatch(word) or keyword.iskeyword(word):
            raise ValueError(f"{kind}={word!r} is not a snake-case name such as my_model")
    target = root / "src/foretell/models" / family / f"{name}.py"
    if target.exists():
        raise ValueError(f"{target.relative_to(root)} exists already; choose another name")
    text = rename(read_template(root), family, name)
    target.parent.mkdir(parents=True, exist_ok=True)
    package = target.parent / "__init__.py"
    if not package.exists():
        package.write_text(f'"""Models of the family {family}."""\n')
    target.write_text(text)
    return target


def read_template(root: Path) -> str:
    """Return the text of the template."""
    path = root / TEMPLATE
    if not path.exists():
        raise ValueError(f"{TEMPLATE} is missing")
    return path.read_text()


def rename(text: str, family: str, name: str) -> str:
    r"""Substitute class, name and family, wherever the template says them.

    >>> print(rename('class MyModel(Model):\n    info = Info("my_model")', "linear", "two_step"))
    class TwoStep(Model):
        info = Info("two_step")
    """
    old_class = find_model_class(text)
    new_class = "".join(part.capitalize() for part in name.split("_"))
    old_name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", old_class).lower()
    text = re.sub(rf"\b{old_class}\b", new_class, text)
    text = re.sub(rf"\b{old_name}\b", name, text)
    return re.sub(r"\bfamily=([\"'])\w*\1", f'family="{family}"', text)


def find_model_class(text: str) -> str:
    """Return the name of the one class of the template that derives from ``Model``."""
    classes = [node for node in ast.parse(text).body if isinstance(node, ast.ClassDef)]
    names = [c.name for c in classes if any("Model" in ast.unparse(base) for base in c.bases)]
    if len(names) != 1:
        raise ValueError(f"{TEMPLATE} must hold exactly one class derived from Model, has {names}")
    return names[0]


if __name__ == "__main__":
    sys.exit(main())
