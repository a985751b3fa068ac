"""How the documentation is built. Warnings are errors: see `make docs`."""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import generate  # noqa: E402  (it stands beside this file, found through the line above)

from foretell._version import __version__  # noqa: E402

project = "Foretell"
author = "The Foretell developers"
copyright = "2026, The Foretell developers"  # noqa: A001
release = version = __version__

extensions = ["myst_parser", "sphinx.ext.mathjax", "sphinxcontrib.bibtex"]
default_role = "literal"  # single backticks in docstrings are names
exclude_patterns = ["_build", "templates"]
myst_enable_extensions = ["amsmath", "colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3
bibtex_bibfiles = ["references.bib"]
bibtex_reference_style = "author_year"

html_theme = "furo"
html_title = f"Foretell {release}"


def setup(app: object) -> None:
    """Write the reference from the registry before Sphinx looks for sources."""
    app.connect("builder-inited", lambda app: generate.write(Path(app.srcdir) / "reference"))
